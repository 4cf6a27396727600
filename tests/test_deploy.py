"""The files in deploy/: their commands, options and exit statuses are the command line's own."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from click import Context

from indexer.cli import main
from tests.servers import ROOT

DEPLOY = ROOT / "deploy"
NOT_TRIED_AGAIN = {1, 2, 4}
"""Refused, wrong use, a version that did not pass its checks: the same again would fail again."""


def test_what_is_deployed_calls_commands_that_exist() -> None:
    calls = 0
    for path in (path for path in DEPLOY.rglob("*") if path.is_file()):
        text = re.sub(r'[",\[\]]+', " ", path.read_text())
        for name, rest in re.findall(r"-m\s+indexer\s+(\w+)([^>\n|]*)", text):
            calls += 1
            command = main.get_command(Context(main), name)
            assert command is not None, name
            options = {flag for option in command.params for flag in option.opts}
            assert {word for word in rest.split() if word.startswith("--")} <= options, path
    assert calls >= 5


def test_cron_reads_a_file_without_a_dot_and_a_command_without_a_percent_sign() -> None:
    (path,) = (DEPLOY / "cron.d").iterdir()
    assert re.fullmatch(r"[A-Za-z0-9_-]+", path.name)  # cron(8) passes over others
    assert path.read_text().endswith("\n")
    (command,) = [line for line in path.read_text().splitlines() if re.match(r"\d+ \d+ \* \* \* ", line)]
    assert "%" not in command  # crontab(5): a line break


@pytest.mark.parametrize("path", sorted((DEPLOY / "systemd").iterdir()), ids=lambda path: path.name)
def test_systemd_understands_every_line(path: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze: apt install systemd")
    for unit in (DEPLOY / "systemd").iterdir():  # the interpreter is one that is there
        text = unit.read_text().replace("/opt/profilesearch/.venv/bin/python", "/bin/true")
        (tmp_path / unit.name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / path.name)],
        env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:/usr/lib/systemd/system:/lib/systemd/system"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert str(tmp_path) not in done.stderr and path.stem not in done.stderr, done.stderr


def test_systemd_units_hold_no_secret_and_hide_no_failure() -> None:
    for path in (DEPLOY / "systemd").glob("*.service"):
        lines = path.read_text().splitlines()
        assert "EnvironmentFile=/etc/profilesearch/environment" in lines
        assert not [line for line in lines if line.startswith("Environment=")]
        assert [line for line in lines if line.startswith("SuccessExitStatus")] == ["SuccessExitStatus=143"]
        assert "Restart=on-failure" in lines
    build = (DEPLOY / "systemd" / "profilesearch-build.service").read_text()
    (prevented,) = re.findall(r"^RestartPreventExitStatus=(.*)$", build, re.MULTILINE)
    assert {int(status) for status in prevented.split()} == NOT_TRIED_AGAIN


def test_kubernetes_repeats_only_what_can_succeed() -> None:
    manifests = {
        path.stem: [each for each in yaml.safe_load_all(path.read_text()) if each]
        for path in (DEPLOY / "kubernetes").glob("*.yaml")
    }
    (build,) = manifests["build"]
    job = build["spec"]["jobTemplate"]["spec"]
    assert job["template"]["spec"]["restartPolicy"] == "Never"  # podFailurePolicy asks for it
    (fail,) = [rule for rule in job["podFailurePolicy"]["rules"] if rule["action"] == "FailJob"]
    assert set(fail["onExitCodes"]["values"]) == NOT_TRIED_AGAIN
    assert fail["onExitCodes"]["containerName"] == job["template"]["spec"]["containers"][0]["name"]
    assert {each["kind"] for each in manifests["web"]} == {"Deployment", "Service"}
    listed = manifests["kustomization"][0]["resources"]
    assert all((DEPLOY / "kubernetes" / name).is_file() for name in listed)
    assert {each["metadata"]["name"] for each in manifests["secret"]} == {"profilesearch"}
