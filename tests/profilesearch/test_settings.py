"""Configuration from the environment."""

import pytest

from profilesearch.errors import SettingsError
from profilesearch.settings import Settings


def test_defaults():
    assert Settings.from_env({}) == Settings()
    assert Settings().redis_url == "redis://127.0.0.1:6390/0"
    assert Settings.from_env({"REDIS_URL": ""}) == Settings()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("REDIS_URL", "http://user:secret@host", "expected redis://"),
        ("PROFILESEARCH_PRECISION", "half", "expected one of auto, float32, bfloat16, got 'half'"),
        ("PROFILESEARCH_DEVICE", "gpu", "expected one of auto, cpu, cuda, mps, got 'gpu'"),
        ("PROFILESEARCH_REDIS_TIMEOUT", "soon", "expected seconds"),
        ("PROFILESEARCH_REDIS_TIMEOUT", "-1", "expected seconds"),
    ],
)
def test_bad_values_are_named_and_secrets_are_not_shown(name: str, value: str, message: str):
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({name: value})
    assert str(caught.value).startswith(name) and message in str(caught.value)
    assert "secret" not in str(caught.value)
