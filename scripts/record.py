"""Runs a command and keeps what it printed, so that documents can show it and a test can hold them to it.

python scripts/record.py NAME COMMAND

NAME becomes docs/results/NAME.json, with the command, the day, the commit, the machine and what was printed, errors too. A
document shows it in a block or a table after the line <!-- docs/results/NAME.json -->.
"""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from bench.report import machine

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "results"
_COLUMNS = "160"
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def main() -> int:
    """Run and keep; what fails is not kept."""
    if len(sys.argv) != 3 or not re.fullmatch(r"[a-z0-9-]+", sys.argv[1]):
        print(__doc__, file=sys.stderr)
        return 2
    _, name, command = sys.argv
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    environment = os.environ | {"PATH": path, "COLUMNS": _COLUMNS, "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=ROOT,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    lines = [line.rstrip() for line in _ESCAPES.sub("", done.stdout).splitlines()]
    print("\n".join(lines))
    if done.returncode:
        print(f"{command} ended with {done.returncode}: nothing was kept", file=sys.stderr)
        return 1
    FOLDER.mkdir(exist_ok=True)
    kept = {
        "command": command,
        "date": datetime.now(UTC).date().isoformat(),
        "commit": _git("rev-parse", "--short", "HEAD"),
        "machine": machine(),
        "output": lines,
    }
    (FOLDER / f"{name}.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


def _git(*args: str) -> str:
    return subprocess.run(["git", *args], cwd=ROOT, text=True, capture_output=True, check=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
