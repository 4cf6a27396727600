"""``train run``: contrastive training by sentence-transformers' own trainer, which can be cut off at any moment.

What every step sees is decided before the first (:mod:`.composition`). Checkpoints hold weights, optimiser, schedule and
random state; a folder beside the result keeps the latest, and the next run of the same training goes on from it. A
checkpoint that was cut off while it was written is told by the file that the trainer writes last, and is removed.
"""

import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from profilesearch.embedding.precision import tries_bfloat16
from profilesearch.errors import TrainingError

from ..report import Report
from .adapters import add_adapters, fold_in
from .card import write_card
from .composition import compose
from .course import Course
from .examples import Example, digest_of, read_examples
from .held_back import HeldBack, hold_back
from .options import TrainOptions
from .weights import load_model, require_absent, tensors_digest

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from .trainer import Watcher

_LAST_WRITTEN = "trainer_state.json"


@dataclass(frozen=True)
class Trained:
    """What a training came to.

    Attributes:
        steps: that it took.
        losses: mean loss of each stretch of steps, by the step at its end.
        recalls: held-back recall by the step that it was measured after; step 0 is the base model.
        processor_seconds: of this process, since it was started or went on.
    """

    steps: int
    losses: dict[int, float]
    recalls: dict[int, float]
    processor_seconds: float


def train(options: TrainOptions, report: Report) -> Trained:
    """Tune a model on examples, and write it into a folder that sentence-transformers loads.

    Raises:
        TrainingError: the folder is there, another training was begun in it, or the examples are too few.
        SourceError: the examples cannot be read.
        EncoderError: the base model cannot be loaded.
    """
    require_absent(options.out)
    examples = read_examples(options.examples)
    work = options.out.with_name(f"{options.out.name}.training")
    began = time.process_time()
    seen, kept = hold_back(examples, options.held_back)
    batches = list(
        compose(seen, min(options.batch_size, _apart(seen)), options.epochs, options.negatives, options.seed)
    )
    if len(batches[0]) < 2:
        raise TrainingError(f"{options.examples}: expected two groups of examples or more, got one: nothing to compare")
    model = load_model(options.base)
    _claim(work, {**_plan(options), "examples": digest_of(examples), "base": tensors_digest(model)})
    if options.lora:
        add_adapters(model, options.lora, options.seed)
    report.say("train.begins", examples=len(seen), held_back=len(kept), steps=len(batches), base=options.base)
    course = Course(options, batches, HeldBack.of(kept, seen) if kept else None, work)
    watcher = _run(model, course, report)
    trained = Trained(watcher.step, watcher.losses, watcher.recalls, time.process_time() - began)
    _finish(model, options, examples, trained, work)
    report.facts |= {"steps": trained.steps, "processor_seconds": round(trained.processor_seconds)}
    return trained


def _apart(examples: Sequence[Example]) -> int:
    """The largest batch there can be: one example of each group."""
    return max(1, len({example.key for example in examples}))


def _run(model: "SentenceTransformer", course: Course, report: Report) -> "Watcher":
    from .trainer import Watcher, make_trainer

    options, work, trial = course.options, course.work, course.trial
    limit = model.max_seq_length
    before = work / "before.json"
    if trial is not None and not before.exists():
        before.write_text(json.dumps(trial.recall(model, options.at)), encoding="utf-8")
    model.max_seq_length = min(options.tokens, limit or options.tokens)
    with report.stage("train", len(course.batches)) as stage:
        watcher = Watcher(stage, options.at, report)
        if trial is not None:
            watcher.recalls[0] = float(json.loads(before.read_text(encoding="utf-8")))
        trainer = make_trainer(model, course, watcher, tries_bfloat16("auto", model.device.type))
        latest = _latest(work)
        if latest is not None:
            watcher.remember(latest / _LAST_WRITTEN)
            report.say("train.goes_on", step=watcher.step)
        trainer.train(resume_from_checkpoint=str(latest) if latest else None)
    model.max_seq_length = limit
    return watcher


def _checkpoints(work: Path) -> list[Path]:
    return sorted(work.glob("checkpoint-*"), key=lambda path: int(path.name.rpartition("-")[2]))


def _latest(work: Path) -> Path | None:
    """The latest whole checkpoint; what was cut off is removed."""
    for path in reversed(_checkpoints(work)):
        try:
            json.loads((path / _LAST_WRITTEN).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            shutil.rmtree(path)
        else:
            return path
    return None


def _plan(options: TrainOptions) -> dict[str, Any]:
    """What decides the result, as JSON has it."""
    plan: dict[str, Any] = json.loads(json.dumps(asdict(options), default=str))
    return {name: value for name, value in plan.items() if name not in ("out", "examples", "base")}


def _claim(work: Path, plan: dict[str, Any]) -> None:
    """Begin a training in a folder, or go on with the one that was begun there.

    Raises:
        TrainingError: that was another one.
    """
    path = work / "plan.json"
    if not path.exists():
        work.mkdir(parents=True, exist_ok=True)
        unfinished = work / "plan.unfinished"
        unfinished.write_text(json.dumps(plan), encoding="utf-8")
        unfinished.replace(path)
        return
    try:
        begun = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        begun = {}
    other = sorted(name for name in plan if begun.get(name) != plan[name])
    if other:
        raise TrainingError(
            f"{work} has a training that was begun with other {', '.join(other)}: remove the folder, or go on with the same"
        )


def _finish(
    model: "SentenceTransformer", options: TrainOptions, examples: Sequence[Example], trained: Trained, work: Path
) -> None:
    """The model's folder appears whole, and then what it was made from goes."""
    whole = work / "model"
    if whole.exists():
        shutil.rmtree(whole)
    if options.lora:
        fold_in(model)
    model.save_pretrained(str(whole), create_model_card=False)
    plan = json.loads((work / "plan.json").read_text(encoding="utf-8"))
    write_card(whole, {**plan, "base_model": options.base, "groups": _apart(examples)}, trained)
    whole.replace(options.out)
    shutil.rmtree(work)
