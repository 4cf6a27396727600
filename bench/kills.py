"""A training that is killed at random and begun again must end as one run through.

python -m bench.kills BASE EXAMPLES FOLDER [KILLS] [OPTION VALUE]…

Trains BASE on EXAMPLES once, then again with SIGKILL at KILLS (10) moments, drawn at random from the time that it took; FOLDER
gets both models. Options are those of ``train run``. Prints the steps at which the killed one went on, and whether losses,
recalls and every weight are the same.
"""

import json
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from indexer.train.card import CARD
from indexer.train.weights import load_model, tensors_digest

_SEED = 7


def begin(base: str, examples: Path, out: Path, options: Sequence[str]) -> "subprocess.Popen[str]":
    """The command, as a user gives it."""
    command = [sys.executable, "-m", "indexer", "train", "run", str(examples), str(out), "--base", base, *options]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def kill_after(work: Path, training: "subprocess.Popen[str]", seconds: float) -> None:
    """Kill a training so many seconds after it was about to compute: after it claimed its folder."""
    while not (work / "plan.json").exists() and training.poll() is None:
        time.sleep(0.05)
    time.sleep(seconds)
    training.send_signal(signal.SIGKILL)
    training.wait()


def checkpoints(work: Path) -> list[int]:
    """The steps of which there are checkpoints, whole or not."""
    return sorted(int(path.name.rpartition("-")[2]) for path in work.glob("checkpoint-*"))


def ended(training: "subprocess.Popen[str]") -> None:
    """Wait for a training that must end well."""
    _, said = training.communicate()
    if training.returncode:
        raise SystemExit(said[-2000:])


def main() -> None:
    """Train, kill, compare."""
    base, examples, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    kills = int(sys.argv[4]) if len(sys.argv) > 4 else 10
    options = sys.argv[5:]
    whole, cut = folder / "whole", folder / "cut"
    for left in (whole, cut, folder / "cut.training", folder / "whole.training"):
        shutil.rmtree(left, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    ended(begin(base, examples, whole, options))
    took = time.monotonic() - began
    chance, seen = random.Random(_SEED), []
    for _ in range(kills):
        kill_after(folder / "cut.training", begin(base, examples, cut, options), chance.uniform(0, took / 2))
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
