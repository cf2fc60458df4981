"""Settings."""

import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.core import service_info
from app.core.settings import (
    DEVELOPMENT_KEY,
    Environment,
    LogFormat,
    Settings,
    explain,
)
from tests.environment import documented_settings
from tests.production import PRODUCTION

PROJECT = Path(__file__).parents[2]


def test_the_defaults_are_made_for_a_laptop() -> None:
    settings = Settings()

    assert settings.environment is Environment.DEVELOPMENT
    assert settings.log_format is LogFormat.CONSOLE


def test_nested_settings_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP__PORT", "9000")

    assert Settings().http.port == 9000


@pytest.fixture
def env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where settings are read from, besides the environment."""
    path = tmp_path / ".env"
    monkeypatch.setitem(Settings.model_config, "env_file", path)
    return path


def test_settings_come_from_a_file(env_file: Path) -> None:
    env_file.write_text("HTTP__PORT=9001\n", encoding="utf-8")

    assert Settings().http.port == 9001


def test_an_empty_setting_is_none_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP__PORT", "")

    assert Settings().http.port == 8000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTP__PORT", "65536"),
        ("HTTP__WORKERS", "0"),
        ("HTTP__PROT", "8000"),
        ("HTTP__SHUTDOWN_GRACE", "0"),
        ("HTTP__CORS__ORIGINS", "https://app.example.com/"),
        ("HTTP__CORS__ORIGINS", "app.example.com"),
        ("HTTP__CORS__ORIGINS", "null"),
        ("HTTP__CORS__HEADERS", "If Match"),
        ("HTTP__CORS__MAX_AGE", "86401"),
        ("LOG__LEVEL", "loud"),
        ("SECRET_KEY", "k" * 31),
        ("ENVIRONMENT", "prod"),
        ("DATABASE__URL", "nonsense"),
        ("DATABASE__DEADLINE", "-1"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(ValidationError) as caught:
        Settings()

    lines = explain(caught.value).splitlines()
    assert [line.partition(":")[0] for line in lines] == [name]


def test_lists_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP__CORS__ORIGINS", "https://a.example, http://b:3000")
    monkeypatch.setenv("HTTP__CORS__METHODS", "get,PATCH")

    cors = Settings().http.cors

    assert cors.origins == ("https://a.example", "http://b:3000")
    assert cors.methods == ("GET", "PATCH")


def test_credentials_for_any_origin_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP__CORS__ORIGINS", "https://a.example,*")
    monkeypatch.setenv("HTTP__CORS__CREDENTIALS", "true")

    with pytest.raises(ValidationError) as caught:
        Settings()

    name, _, reason = explain(caught.value).partition(": ")
    assert name == "HTTP__CORS__CREDENTIALS"
    assert reason == "list the origins in HTTP__CORS__ORIGINS instead of *"


@pytest.mark.parametrize("level", ["error", "ERROR", "Error"])
def test_a_level_may_be_written_in_any_case(
    monkeypatch: pytest.MonkeyPatch,
    level: str,
) -> None:
    monkeypatch.setenv("LOG__LEVEL", level)

    assert Settings().log.level.lower() == "error"


@pytest.mark.parametrize(("name", "value"), [("LEASE", "30"), ("DEADLINE", "60")])
def test_a_lease_that_ends_too_early_is_named(
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
) -> None:
    monkeypatch.setenv(f"JOBS__{name}", value)

    with pytest.raises(ValidationError) as caught:
        Settings()

    line = explain(caught.value)
    assert line == "JOBS__LEASE: it has to be longer than JOBS__DEADLINE"


def test_production_has_no_default_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")

    with pytest.raises(ValidationError, match="DATABASE__URL"):
        Settings()


def test_production_refuses_the_key_that_everybody_knows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setenv("SECRET_KEY", DEVELOPMENT_KEY)

    with pytest.raises(ValidationError) as caught:
        Settings()

    lines = explain(caught.value).splitlines()
    [line] = [line for line in lines if "set SECRET_KEY" in line]
    command = line.partition("-c '")[2].partition("'")[0]
    printed = StringIO()
    with redirect_stdout(printed):
        exec(command)  # noqa: S102 - the command that we tell people to run
    assert len(printed.getvalue()) > 32


def test_all_that_is_unfit_for_production_is_named_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setenv("HTTP__SHUTDOWN_GRACE", "5")

    with pytest.raises(ValidationError) as caught:
        Settings()

    lines = explain(caught.value).splitlines()
    for name in ("DATABASE__URL", "SECRET_KEY", "HTTP__SHUTDOWN_GRACE"):
        assert len([line for line in lines if f": set {name}" in line]) == 1
    assert all(line.startswith("settings: set ") for line in lines)


def test_what_is_unfit_for_production_is_fit_for_a_laptop() -> None:
    assert Settings().unfit_for_production()


@pytest.mark.parametrize(
    ("docs", "environment", "served"),
    [
        (None, "development", True),
        (None, "production", False),
        ("true", "production", True),
        ("false", "development", False),
    ],
)
def test_settings_document_is_served_in_production_only_if_told_to(
    monkeypatch: pytest.MonkeyPatch,
    docs: str | None,
    environment: str,
    served: bool,
) -> None:
    if docs is not None:
        monkeypatch.setenv("HTTP__DOCS", docs)
    settings = Settings().model_copy(update={"environment": Environment(environment)})

    assert settings.serves_document is served


def test_the_secret_key_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "k" * 32)

    assert "kkk" not in repr(Settings())


def test_production_logs_for_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    database = Settings().database
    chosen = database.model_copy(update={"url": database.url})
    for name, value in PRODUCTION.items():
        monkeypatch.setenv(name, value)

    settings = Settings(database=chosen)

    assert settings.in_production
    assert settings.log_format is LogFormat.JSON


def test_every_setting_is_documented_in_code_and_in_the_example() -> None:
    example = (PROJECT / ".env.example").read_text(encoding="utf-8")

    for name, description in documented_settings(Settings):
        assert description.endswith("."), name
        assert f"# {description}\n" in example, name
        assert f"\n# {name}=" in example or f"\n{name}=" in example, name


def test_the_example_sets_nothing_that_does_not_exist() -> None:
    names = {name for name, _ in documented_settings(Settings)}
    example = (PROJECT / ".env.example").read_text(encoding="utf-8")
    settings = re.findall(r"^(?:# )?([A-Z_]+)=", example, re.MULTILINE)

    assert set(settings) == names


def test_the_example_shows_the_defaults(
    monkeypatch: pytest.MonkeyPatch,
    env_file: Path,
) -> None:
    monkeypatch.delenv("OPS__PORT")
    defaults = Settings().model_dump()
    example = (PROJECT / ".env.example").read_text(encoding="utf-8")
    active = re.sub(r"^# (?=[A-Z_]+=)", "", example, flags=re.MULTILINE)
    env_file.write_text(active, encoding="utf-8")

    shown = Settings()

    assert shown.log.format is Settings().log_format
    defaults["log"]["format"] = shown.log.format
    assert shown.model_dump() == defaults


def test_the_version_is_that_of_the_project() -> None:
    project = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")

    assert f'\nversion = "{service_info.VERSION}"\n' in project
