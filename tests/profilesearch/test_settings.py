"""Configuration from the environment."""

import os
import re
import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import redis
from profilesearch.errors import SettingsError
from profilesearch.settings import Settings
from tests.servers import ROOT


def test_defaults() -> None:
    assert Settings.from_env({}) == Settings()
    assert Settings().redis_url == "redis://127.0.0.1:6390/0"
    assert Settings.from_env({"PROFILESEARCH_MODEL": ""}) == Settings()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("REDIS_URL", "http://user:secret@host", "expected redis://"),
        ("PROFILESEARCH_PRECISION", "half", "expected one of auto, float32, bfloat16, got 'half'"),
        ("PROFILESEARCH_DEVICE", "gpu", "expected one of auto, cpu, cuda, mps, got 'gpu'"),
        ("PROFILESEARCH_REDIS_TIMEOUT", "soon", "expected seconds"),
        ("PROFILESEARCH_REDIS_TIMEOUT", "-1", "expected seconds"),
        ("PROFILESEARCH_REDIS_TIMEOUT", "nan", "expected seconds"),
        ("PROFILESEARCH_RECENT_QUERIES", "9" * 5000, "expected a number from 0 to 1000"),
    ],
)
def test_bad_values_are_named_and_secrets_are_not_shown(name: str, value: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({name: value})
    assert str(caught.value).startswith(name) and message in str(caught.value)
    assert "secret" not in str(caught.value)


MALFORMED = [
    ("", "got nothing"),
    ("   ", "got nothing"),
    ("redis://:secret@host:99999/0", "expected a port from 1 to 65535"),
    ("redis://:secret@host:port/0", "expected a port"),
    ("redis://:secret@host:0/0", "expected a port"),
    ("redis://:secret@host:-1/0", "expected a port"),
    ("redis://:secret@host:6379/abc", "expected database 0"),
    ("redis://:secret@host:6379/3", "expected database 0"),
    ("redis://:secret@host:6379/0/0", "expected database 0"),
    ("redis://:secret@host:6379?db=3", "expected database 0"),
    ("redis://:sec#ret@host:6379/0", "%23"),
    ("redis://:sec/ret@host:6379/0", "%2F"),
    ("redis://:sec?ret@host:6379/0", "%3F"),
    ("redis://:sec[ret@host:6379/0", "%5B"),
    ("redis://:secret@host:6379/0\n", "line ends"),
    ("redis://:sec ret@host:6379/0", "spaces"),
    ("redis://:secret@/0", "expected a host"),
    ("redis://:%FFsecret@host:6379/0", "UTF-8"),
    ("redis://:secret@host:6379/0?socket_timeout=soon", "expected seconds"),
    ("redis://:secret@host:6379/0?colour=secret", "expected options among"),
    ("redis://:secret@host:6379/0?health_check_interval=1.5", "health_check_interval: expected"),
    ("rediss://:secret@host:6379/0?ssl_cert_reqs=secret", "ssl_cert_reqs: expected"),
    ("redis://:secret@host:6379/0?ssl_keyfile=secret", "expected options among"),
    ("redis://:secret@host:6379/0?ssl_check_hostname=no", "expected options among"),
    ("unix://:secret@/tmp/s?socket_keepalive=1", "expected options among"),
    ("redis:host:6379", "expected a host"),
    ("host:6379", "got something else"),
    ("http://:secret@host:6379", "got something else"),
    ("unix://", "expected a path"),
]


@pytest.mark.parametrize(("url", "message"), MALFORMED)
def test_malformed_urls_are_one_line_without_the_password(url: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"REDIS_URL": url})
    told = str(caught.value)
    assert re.match(r"REDIS_URL: (\w+: )?expected", told)
    assert message in told and "\n" not in told and "secret" not in told and "ret@" not in told
    assert caught.value.__cause__ is None and caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(
    "url",
    [
        "redis://127.0.0.1:6390/0", "redis://localhost", "rediss://user:p%23w@host:6380/0", "unix:///tmp/redis.sock",
        "redis://[::1]:6379/0", "redis://:a:b@host:6379", "rediss://host:6379/0?ssl_cert_reqs=none", "unix:///tmp/s?db=0",
        "rediss://host/0?ssl_password=p&socket_keepalive=1&health_check_interval=9",
    ],
)  # fmt: skip
def test_urls_that_can_be_used(url: str) -> None:
    assert Settings.from_env({"REDIS_URL": url}).redis_url == url


@given(st.from_regex(r"(redis|rediss|unix)://[a-z0-9:@/?#%=\[\]&. \n-]{0,30}", fullmatch=True) | st.text(max_size=30))
@example("redis://::1:6379")
def test_any_url_is_refused_or_can_be_connected_to(url: str) -> None:
    try:
        Settings.from_env({"REDIS_URL": url})
    except SettingsError:
        return
    redis.Redis.from_url(url).connection_pool.make_connection()


@pytest.mark.parametrize(
    "command",
    [
        ("-m", "indexer", "status"),
        ("-m", "webapp"),
        ("-c", "import webapp.wsgi"),
    ],
)
def test_every_program_says_it_in_one_line(command: tuple[str, ...]) -> None:
    environment = os.environ | {"REDIS_URL": "redis://:secret@host:99999/0", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: REDIS_URL: expected a port") and done.stderr.count("\n") == 1
    assert "secret" not in done.stderr
