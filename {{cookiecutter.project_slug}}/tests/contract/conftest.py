"""Every test of a contract runs once for each implementation."""

import pytest

from app.core.cache.base import Cache, Lifetimes
from app.repositories.cached import CachedStorage
from app.repositories.interfaces.storage import Storage
from app.repositories.memory import MemoryStorage


@pytest.fixture(params=["memory", "database", "cached memory", "cached database"])
def storage(request: pytest.FixtureRequest) -> Storage:
    """Empty storage of each kind in turn."""
    how, _, kind = request.param.rpartition(" ")
    storage: Storage = MemoryStorage()
    if kind == "database":
        storage = request.getfixturevalue("database_storage")
    if not how:
        return storage
    cache: Cache = request.getfixturevalue("cache")
    return CachedStorage(storage, cache, Lifetimes(60))
