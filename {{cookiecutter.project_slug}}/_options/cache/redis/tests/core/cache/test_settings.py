"""Settings of the cache."""

import pytest
from pydantic import ValidationError

from app.core.settings import Settings
from tests.cache import CACHE_IN_PRODUCTION, settings_for
from tests.production import PRODUCTION


def test_production_has_no_default_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PRODUCTION.keys() - CACHE_IN_PRODUCTION.keys():
        monkeypatch.setenv(name, PRODUCTION[name])

    with pytest.raises(ValidationError, match="set CACHE__URL: "):
        Settings()


def test_a_cache_that_is_named_is_fit_for_production() -> None:
    settings = settings_for("rediss://cache.example.com:6379/0")

    assert settings.unfit_for_production() == []
