"""Runs a command and keeps what it printed, so that documents can show it and a test can hold them to it.

python scripts/record.py NAME COMMAND [UNTIL]

NAME becomes docs/results/NAME.json, with the command, the day, the commit, the machine, the precision of vectors and what was
printed, errors too. A
document shows it in a block or a table after the line <!-- docs/results/NAME.json -->. With UNTIL, a command that does not end
by itself is interrupted once it has printed a line with this text.
"""

import json
import os
import re
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from bench.report import machine
from profilesearch.settings import Settings

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "results"
_COLUMNS = "160"
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def main() -> int:
    """Run and keep; what fails is not kept."""
    if len(sys.argv) not in (3, 4) or not re.fullmatch(r"[a-z0-9-]+", sys.argv[1]):
        print(__doc__, file=sys.stderr)
        return 2
    name, command, until = (*sys.argv[1:], "")[:3]
    status, lines = _run(command, until)
    if status:
        print(f"{command} ended with {status}: nothing was kept", file=sys.stderr)
        return 1
    FOLDER.mkdir(exist_ok=True)
    kept = {
        "command": command,
        "date": datetime.now(UTC).date().isoformat(),
        "commit": _git("rev-parse", "--short", "HEAD"),
        "machine": machine(),
        "precision": _precision(),
        "output": lines,
    }
    (FOLDER / f"{name}.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


def _run(command: str, until: str) -> tuple[int, list[str]]:
    """The exit status of a command, 0 if it was interrupted as it should be, and the lines that it printed."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    environment = os.environ | {"PATH": path, "COLUMNS": _COLUMNS, "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=ROOT,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    lines, interrupted = [], False
    assert process.stdout is not None
    for line in process.stdout:
        lines.append(_ESCAPES.sub("", line).rstrip())
        print(lines[-1])
        if until and until in line and not interrupted:
            os.killpg(process.pid, signal.SIGINT)
            interrupted = True
    status = process.wait()
    return (0 if interrupted else status), lines


def _precision() -> str:
    """What vectors are computed in by default, or as the environment demands; models that bfloat16 changes keep float32."""
    demanded = Settings.from_env(os.environ).precision
    return demanded if demanded != "auto" else "bfloat16" if machine()["bfloat16"] else "float32"


def _git(*args: str) -> str:
    return subprocess.run(["git", *args], cwd=ROOT, text=True, capture_output=True, check=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
