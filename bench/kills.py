"""A training that is killed at random and begun again must end as one run through.

python -m bench.kills BASE EXAMPLES FOLDER [KILLS] [OPTION VALUE]…

Trains BASE on EXAMPLES once, then again with SIGKILL at KILLS (10) moments, drawn at random from the time that it took; FOLDER
gets both models. Options are those of ``train run``. Prints the steps at which the killed one went on, and whether losses,
recalls and every weight are the same.
"""

import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from indexer.commands.training import train_command
from indexer.train.card import CARD
from indexer.train.weights import load_model, tensors_digest

_SEED = 7
_PARTS = 6
"""Of the time that a whole training took, which a killed one has at the most: ten kills come before it ends."""


def begin(base: str, examples: Path, out: Path, options: Sequence[str]) -> int:
    """The command in a process of its own, forked so that it need not load torch again; its id."""
    if child := os.fork():
        return child
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    try:
        train_command(["run", str(examples), str(out), "--base", base, *options], standalone_mode=False)
    except BaseException as error:
        print(repr(error), flush=True)
        os._exit(1)
    os._exit(0)


def kill_after(work: Path, training: int, seconds: float) -> None:
    """Kill a training so many seconds after it claimed its folder.

    Raises:
        SystemExit: it ended before that.
    """
    while not (work / "plan.json").exists():
        if os.waitpid(training, os.WNOHANG)[0]:
            raise SystemExit("a training failed")
        time.sleep(0.05)
    time.sleep(seconds)
    os.kill(training, signal.SIGKILL)
    os.waitpid(training, 0)


def checkpoints(work: Path) -> list[int]:
    """The steps of which there are checkpoints, whole or not."""
    return sorted(int(path.name.rpartition("-")[2]) for path in work.glob("checkpoint-*"))


def ended(training: int) -> None:
    """Wait for a training that must end well."""
    _, status = os.waitpid(training, 0)
    if status:
        raise SystemExit("a training failed")


def main() -> None:
    """Train, kill, compare."""
    base, examples, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    kills = int(sys.argv[4]) if len(sys.argv) > 4 else 10
    options = sys.argv[5:]
    whole, cut = folder / "whole", folder / "cut"
    for left in (whole, cut, folder / "cut.training", folder / "whole.training"):
        shutil.rmtree(left, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    load_model(base)  # loads torch, once for all
    began = time.monotonic()
    ended(begin(base, examples, whole, options))
    took = time.monotonic() - began
    chance, seen = random.Random(_SEED), []
    for _ in range(kills):
        kill_after(folder / "cut.training", begin(base, examples, cut, options), chance.uniform(0, took / _PARTS))
        if cut.exists():
            break
        seen.append(checkpoints(folder / "cut.training"))
    if not cut.exists():
        ended(begin(base, examples, cut, options))
    one, other = (json.loads((path / CARD).read_text(encoding="utf-8")) for path in (whole, cut))
    print(f"{one['steps']} steps, {len(seen)} kills; checkpoints after each: {seen}")
    for name in ("losses", "held_back_recalls"):
        print(f"{name}: {'the same' if one[name] == other[name] else 'OTHERS'}")
    digests = {tensors_digest(load_model(str(path))) for path in (whole, cut)}
    print(f"weights: {'the same' if len(digests) == 1 else 'OTHERS'}")


if __name__ == "__main__":
    main()
