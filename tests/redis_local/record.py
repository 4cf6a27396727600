"""Record what another Redis answers to the cases of a recording, to compare redis_local with it.

    python -m tests.redis_local.record --port 6379 --out tests/redis_local/recordings/redis-X.Y.jsonl

It runs FLUSHALL before every case: point it at a server that holds nothing of value. The cases are the commands of
``redis-8.6.jsonl``; to add one, add a line with a group, a name and steps that have only ``cmd``, and record again.
"""

import argparse
import json
from pathlib import Path

from tests.redis_local.wire import Wire, run_case

RECORDINGS = Path(__file__).parent / "recordings"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cases", type=Path, default=RECORDINGS / "redis-8.6.jsonl")
    options = parser.parse_args()
    lines = []
    for line in options.cases.read_text().splitlines():
        case = json.loads(line)
        commands = [step["cmd"] for step in case["steps"]]
        replies = {}
        for protocol in (2, 3):
            with Wire(options.port, protocol) as wire, Wire(options.port, 2) as watcher:
                replies[protocol] = run_case(wire, watcher, commands)
        steps = [
            {"cmd": command, "resp2": two, "resp3": three}
            for command, two, three in zip(commands, replies[2], replies[3], strict=True)
        ]
        lines.append(json.dumps({"group": case["group"], "name": case["name"], "steps": steps}, ensure_ascii=False))
    options.out.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
