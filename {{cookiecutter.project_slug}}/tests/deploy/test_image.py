"""The image: what goes into it is there, and what it says is so."""

import re

import pytest

from app.core.settings import Settings
from app.main import create_app
from tests.deploy.image import PROJECT, health_check, image_environment, instructions
from tests.environment import documented_settings

OF_OTHERS = {"PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}
"""Variables that are no settings of the service."""


def _copied() -> set[str]:
    lines = [line.split() for line in instructions("COPY") if not line.startswith("--")]
    return {name for *names, _ in lines for name in names}


def test_what_is_copied_is_there_and_nothing_else_is_looked_at() -> None:
    ignored = (PROJECT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    exceptions = {line.removeprefix("!") for line in ignored if line.startswith("!")}

    assert "*" in ignored
    assert exceptions == _copied()
    assert all((PROJECT / name).exists() for name in _copied())


def test_every_variable_is_a_setting() -> None:
    names = {name for name, _ in documented_settings(Settings)}

    assert set(image_environment()) - OF_OTHERS <= names


def test_it_is_made_for_production_and_for_other_machines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    environment = image_environment()
    for name in ("HTTP__HOST", "HTTP__PORT", "OPS__HOST", "OPS__PORT"):
        monkeypatch.setenv(name, environment[name])
    settings = Settings()

    assert environment["ENVIRONMENT"] == "production"
    assert settings.http.host == settings.ops.host == "0.0.0.0"  # noqa: S104
    assert instructions("EXPOSE") == [f"{settings.http.port} {settings.ops.port}"]


def test_its_health_is_asked_for_where_the_service_tells_it() -> None:
    program = health_check()
    compile(program, "HEALTHCHECK", "exec")
    paths = re.findall(r"'(/\w+)'", program)

    assert paths
    assert set(paths) <= set(create_app(Settings()).openapi()["paths"])
    assert set(re.findall(r"environ\['(\w+)'\]", program)) <= set(image_environment())


def test_it_is_nobody_who_runs_it() -> None:
    [user] = instructions("USER")

    assert re.fullmatch(r"[1-9]\d{4}:[1-9]\d{4}", user)


def test_signals_reach_the_service_itself() -> None:
    assert instructions("CMD") == ['["python", "-m", "app"]']


def test_its_python_and_its_uv_are_those_of_the_project() -> None:
    project = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    wanted = re.findall(r'"uv~=(\d+\.\d+)\.', project)
    installed = re.findall(r"uv==(\d+\.\d+)\.", " ".join(instructions("RUN")))

    assert wanted == installed
