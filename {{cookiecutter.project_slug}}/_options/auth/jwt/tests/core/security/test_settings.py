"""Settings for logging in."""

import json

import pytest
from pydantic import ValidationError

from app.core.settings import Settings, explain
from tests.production import PRODUCTION


def _refusal(monkeypatch: pytest.MonkeyPatch, **environment: str) -> list[str]:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as caught:
        Settings()
    return explain(caught.value).splitlines()


def test_keys_are_a_json_object_whose_first_one_signs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keys = {"2026-11": "n" * 32, "2026-05": "o" * 32}
    monkeypatch.setenv("AUTH__KEYS", json.dumps(keys))

    assert list(Settings().auth.keys) == ["2026-11", "2026-05"]
    assert "nnn" not in repr(Settings())


@pytest.mark.parametrize("key", ["", "x" * 31])
def test_a_key_that_is_too_short_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch,
    key: str,
) -> None:
    [line] = _refusal(monkeypatch, AUTH__KEYS=json.dumps({"2026-11": key}))

    assert line.startswith("AUTH__KEYS__2026-11: ")
    assert "xxx" not in line


def test_an_id_of_a_key_is_short_and_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    [line] = _refusal(monkeypatch, AUTH__KEYS=json.dumps({"../x": "x" * 32}))

    assert line.startswith("AUTH__KEYS")


def test_production_refuses_hashing_that_is_too_cheap(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    environment = PRODUCTION | {"AUTH__PASSWORDS__MEMORY_KIB": "8"}

    refusal = "; ".join(_refusal(monkeypatch, **environment))

    assert "set AUTH__PASSWORDS__MEMORY_KIB to 19456 or more" in refusal


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("AUTH__PASSWORDS__MIN_LENGTH", 8, 64),
        ("AUTH__ACCESS_LIFETIME", 10, 3600),
        ("AUTH__REFRESH_LIFETIME", 600, 31_536_000),
    ],
)
def test_a_setting_out_of_bounds_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    least: int,
    most: int,
) -> None:
    for allowed in (least, most):
        monkeypatch.setenv(name, str(allowed))
        Settings()
    for refused in (least - 1, most + 1):
        [line] = _refusal(monkeypatch, **{name: str(refused)})
        assert name in line


def test_a_log_in_lasts_as_long_as_an_access_token_at_least(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lifetimes = {"AUTH__ACCESS_LIFETIME": "120", "AUTH__REFRESH_LIFETIME": "119"}

    [line] = _refusal(monkeypatch, **lifetimes)

    assert line == "AUTH: AUTH__REFRESH_LIFETIME is shorter than AUTH__ACCESS_LIFETIME"
