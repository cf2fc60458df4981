"""Addresses that ask for a TLS that is not to be had."""

import pytest

from app.core.database.errors import RepositoryError
from app.core.database.settings import DatabaseSettings
from app.repositories.database import open_storage


async def test_a_mode_that_does_not_exist_is_named(
    database_settings: DatabaseSettings,
) -> None:
    url = database_settings.url.get_secret_value().unicode_string()
    settings = DatabaseSettings.model_validate({"url": f"{url}?sslmode=perhaps"})

    async with open_storage(settings) as storage:
        with pytest.raises(RepositoryError, match="sslmode"):
            await storage.ping()
