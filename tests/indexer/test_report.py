"""What a job tells while it runs."""

import json
import time

import pytest

from indexer.report import Report


def stderr_with(capsys: pytest.CaptureFixture[str], part: str) -> str:
    """What was written to standard error until a part appears in it."""
    written, deadline = "", time.monotonic() + 60
    while part not in written:
        assert time.monotonic() < deadline, written
        written += capsys.readouterr().err
    return written


def test_without_a_terminal_a_line_tells_how_far_a_stage_is(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report(every=0.01)
    with report.stage("embed", 400) as stage:
        stage.advance(100)
        told = stderr_with(capsys, " left")
    assert "embed            100 of 400 (25%), " in told and "/s, about " in told


def test_a_stage_that_does_not_say_how_far_it_is_shows_that_it_is_alive(capsys: pytest.CaptureFixture[str]) -> None:
    with Report(every=0.01).stage("cluster"):
        assert "cluster          0 s\n" in stderr_with(capsys, "cluster")


def test_lines_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    with Report(as_json=True, every=0.01).stage("write", 8) as stage:
        stage.advance(2)
        told = stderr_with(capsys, "seconds_left")
    line = next(line for line in map(json.loads, told.splitlines()) if "seconds_left" in line)
    assert (line["stage"], line["done"], line["total"], line["level"]) == ("write", 2, 8, "info") and line["rate"] > 0


def test_a_line_in_json_is_written_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two threads tell: a line and its end in two writes could run into each other."""
    written: list[str] = []
    monkeypatch.setattr("sys.stderr.write", written.append)
    Report(as_json=True).say("prune.nothing")
    assert len(written) == 1 and written[0].endswith("}\n")


def test_a_stage_that_fails_is_told_of_no_more(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report(every=0.01)
    with pytest.raises(ValueError), report.stage("read"):
        stderr_with(capsys, "read")
        raise ValueError
    capsys.readouterr()
    report.say("prune.nothing")
    assert capsys.readouterr().err == "nothing to remove\n"
