"""sentence-transformers' trainer as this training uses it: batches in their order, and what it tells meanwhile."""

import json
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import datasets
from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer, SentenceTransformerTrainingArguments
from sentence_transformers.base.sampler import DefaultBatchSampler
from sentence_transformers.sentence_transformer.evaluation import SentenceEvaluator
from sentence_transformers.sentence_transformer.losses import (
    CachedMultipleNegativesRankingLoss,
    MatryoshkaLoss,
    MultipleNegativesRankingLoss,
)
from torch.utils.data import SequentialSampler
from transformers import EarlyStoppingCallback, PrinterCallback, TrainerCallback

from ..report import Report, Stage
from .adapters import load_adapters, save_adapters
from .composition import Drawn
from .course import Course
from .held_back import HeldBack
from .options import TrainOptions

_METRIC = "held_back_recall"
_ALL = ("query_to_doc", "query_to_query", "doc_to_query", "doc_to_doc")
"""Who is compared with whom: queries and texts of other examples in both directions (Li et al. 2023)."""


class Watcher(TrainerCallback):  # type: ignore[misc]
    """Tells how far a training is, and keeps losses and recalls by their steps.

    Attributes:
        step: the latest.
    """

    def __init__(self, stage: Stage, at: int, report: Report) -> None:
        self.step = 0
        self.losses: dict[int, float] = {}
        self.recalls: dict[int, float] = {}
        self._at = at
        self._stage = stage
        self._report = report

    def remember(self, state: Path) -> None:
        """Take over what a checkpoint knows of the steps before it."""
        known = json.loads(state.read_text(encoding="utf-8"))
        self.step = int(known["global_step"])
        self._stage.advance(self.step)
        for entry in known["log_history"]:
            self._keep(int(entry["step"]), entry)

    def _keep(self, step: int, entry: dict[str, float]) -> None:
        if "loss" in entry:
            self.losses[step] = round(float(entry["loss"]), 4)
        if f"eval_{_METRIC}" in entry:
            self.recalls[step] = round(float(entry[f"eval_{_METRIC}"]), 4)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """One step more is done."""
        self._stage.advance(state.global_step - self.step)
        self.step = state.global_step

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **_: Any) -> None:
        """Keep and tell a loss or a recall."""
        self._keep(state.global_step, logs or {})
        if logs and "loss" in logs:
            self._report.say("train.loss", step=state.global_step, loss=float(logs["loss"]))
        if logs and f"eval_{_METRIC}" in logs:
            self._report.say("train.recall", step=state.global_step, at=self._at, recall=float(logs[f"eval_{_METRIC}"]))


class _Recall(SentenceEvaluator):  # type: ignore[misc]
    def __init__(self, trial: HeldBack, at: int) -> None:
        super().__init__()
        self.primary_metric = _METRIC
        self._trial = trial
        self._at = at

    def __call__(self, model: SentenceTransformer, *_: Any, **__: Any) -> dict[str, float]:
        return {_METRIC: self._trial.recall(model, self._at)}


class _AsComposed(DefaultBatchSampler):  # type: ignore[misc]
    """The batches that were composed, in their order."""

    def __init__(self, dataset: Any, sizes: Sequence[int]) -> None:
        super().__init__(SequentialSampler(dataset), max(sizes), drop_last=False)
        self.sizes = sizes

    def __iter__(self) -> Iterator[list[int]]:
        start = 0
        for size in self.sizes:
            yield list(range(start, start + size))
            start += size

    def __len__(self) -> int:
        return len(self.sizes)


class _Trainer(SentenceTransformerTrainer):  # type: ignore[misc]
    """A trainer that sees batches of given sizes, in their order."""

    sizes: Sequence[int] = ()

    def get_batch_sampler(self, dataset: Any, *_: Any, **__: Any) -> _AsComposed:
        return _AsComposed(dataset, self.sizes)


class _AdapterTrainer(_Trainer):
    """One whose checkpoints are of the adapters."""

    def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
        folder = Path(output_dir or self.args.output_dir)
        folder.mkdir(parents=True, exist_ok=True)
        save_adapters(self.model, folder)

    def _load_from_checkpoint(self, checkpoint_path: str) -> None:
        load_adapters(self.model, Path(checkpoint_path))


def make_trainer(
    model: SentenceTransformer, course: Course, watcher: Watcher, bfloat16: bool
) -> SentenceTransformerTrainer:
    """A trainer that sees the batches in their order, once.

    Args:
        model: the model; it is changed in place.
        course: what it does.
        watcher: told of every step.
        bfloat16: whether matrices are multiplied in bfloat16.
    """
    datasets.disable_progress_bars()
    logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
    options, trial = course.options, course.trial
    trainer = (_AdapterTrainer if options.lora else _Trainer)(
        model=model,
        args=_arguments(course, model, bfloat16),
        train_dataset=_dataset(course.batches),
        loss=_loss(model, options),
        evaluator=_Recall(trial, options.at) if trial is not None else None,
        callbacks=[watcher, *([EarlyStoppingCallback(options.patience)] if trial is not None else [])],
    )
    trainer.sizes = tuple(map(len, course.batches))
    trainer.remove_callback(PrinterCallback)
    return trainer


def _arguments(course: Course, model: SentenceTransformer, bfloat16: bool) -> SentenceTransformerTrainingArguments:
    options, measured, on_cpu = course.options, course.trial is not None, model.device.type == "cpu"
    return SentenceTransformerTrainingArguments(
        output_dir=str(course.work),
        num_train_epochs=1,
        per_device_train_batch_size=len(course.batches[0]),
        learning_rate=options.learning_rate,
        warmup_steps=0.1,
        lr_scheduler_type="linear",
        weight_decay=0.01,
        bf16=bfloat16,
        use_cpu=on_cpu,
        dataloader_pin_memory=not on_cpu,
        save_strategy="steps",
        save_steps=options.every,
        save_total_limit=2,
        eval_strategy="steps" if measured else "no",
        eval_steps=options.every if measured else None,
        load_best_model_at_end=measured,
        metric_for_best_model=f"eval_{_METRIC}" if measured else None,
        greater_is_better=True if measured else None,
        logging_steps=max(1, min(10, options.every)),
        report_to=[],
        disable_tqdm=True,
        seed=options.seed,
        prompts=_prompts(model, course.batches[0][0]),
    )


def _prompts(model: SentenceTransformer, drawn: Drawn) -> dict[str, str] | None:
    """What goes before the texts of each column, as it does when they are searched; None for a model without prompts."""
    query, document = (model.prompts.get(kind) or "" for kind in ("query", "document"))
    if not (query or document):
        return None
    return {"anchor": query} | dict.fromkeys(list(_columns([drawn]))[1:], document)


def _loss(model: SentenceTransformer, options: TrainOptions) -> Any:
    if options.mini_batch:
        loss = CachedMultipleNegativesRankingLoss(model, mini_batch_size=options.mini_batch, directions=_ALL)
    else:
        loss = MultipleNegativesRankingLoss(model, directions=_ALL)
    return MatryoshkaLoss(model, loss, matryoshka_dims=list(options.dimensions)) if options.dimensions else loss


def _dataset(batches: Sequence[list[Drawn]]) -> datasets.Dataset:
    return datasets.Dataset.from_dict(_columns([example for batch in batches for example in batch]))


def _columns(drawn: Sequence[Drawn]) -> dict[str, list[str]]:
    columns = {"anchor": [one.query for one in drawn], "positive": [one.positive for one in drawn]}
    for number in range(len(drawn[0].negatives)):
        columns[f"negative_{number + 1}"] = [one.negatives[number] for one in drawn]
    return columns
