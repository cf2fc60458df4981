"""What the composition root puts together."""

import pytest

from app.core.settings import Settings
from app.repositories.cached import CachedStorage
from app.repositories.memory import MemoryStorage
from tests.api.applications import keeping_in


@pytest.mark.parametrize(("lifetime", "is_cached"), [(0, False), (0.1, True)])
async def test_users_are_cached_unless_they_are_kept_for_no_time(
    settings: Settings,
    storage: MemoryStorage,
    lifetime: float,
    is_cached: bool,
) -> None:
    kept = settings.cache.model_copy(update={"user_lifetime": lifetime})
    settings = settings.model_copy(update={"cache": kept})

    async with keeping_in(storage)(settings) as container:
        assert isinstance(container.storage, CachedStorage) is is_cached
