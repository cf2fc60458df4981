"""Settings of jobs."""

import pytest
from pydantic import ValidationError

from app.core.events.jobs import JobSettings
from app.core.settings import Settings
from tests.engine import JOBS_IN_PRODUCTION
from tests.production import PRODUCTION


def test_production_has_no_default_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in JOBS_IN_PRODUCTION:
        monkeypatch.delenv(name)
    for name in PRODUCTION.keys() - JOBS_IN_PRODUCTION.keys():
        monkeypatch.setenv(name, PRODUCTION[name])

    with pytest.raises(ValidationError, match="set JOBS__REDIS_URL: "):
        Settings()


def test_a_broker_that_is_named_is_fit_for_production() -> None:
    named = {"redis_url": "rediss://broker.example.com:6379/0"}

    assert JobSettings.model_validate(named).unfit_for_production() == []
