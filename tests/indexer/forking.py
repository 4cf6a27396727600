"""Runs ``python -m indexer`` in forked children, so that fifty runs need not import torch fifty times."""

import json
import os
import sys
from typing import Any

import sentence_transformers
import sklearn.cluster  # noqa: F401
import sklearn.decomposition  # noqa: F401
import sklearn.feature_extraction.text  # noqa: F401

import indexer.build.run
import indexer.commands.tools
import indexer.diff
import indexer.status
import indexer.sync
import indexer.watch
from indexer.cli import main

assert sentence_transformers and indexer


def child(wanted: dict[str, Any]) -> None:
    for path, number in ((wanted["out"], 1), (wanted["err"], 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    os.environ.clear()
    os.environ.update(wanted["env"])
    sys.argv = ["indexer", *wanted["args"]]
    try:
        main(wanted["args"])
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        os._exit(99)
    os._exit(0)


for line in sys.stdin:
    wanted = json.loads(line)
    if "wait" in wanted:
        print(os.waitstatus_to_exitcode(os.waitpid(wanted["wait"], 0)[1]), flush=True)
    elif pid := os.fork():
        print(pid, flush=True)
    else:
        child(wanted)
