"""What servers load."""

from functools import partial

import pytest
from fastapi import FastAPI

from app.core.settings import Settings
from app.main import application


def test_the_application_is_made_as_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    configured: list[object] = []
    spared = partial(configured.append, "collector")
    monkeypatch.setattr("app.main.spare_collector", spared)
    monkeypatch.setattr("app.main.configure_logging", lambda *of: configured.append(of))
    monkeypatch.setenv("HTTP__DOCS", "false")

    app = application()

    assert isinstance(app, FastAPI)
    assert app.openapi_url is None
    logging = (Settings().log.level, Settings().log_format)
    assert configured == [logging, "collector"]
