"""Every test of a contract runs once for each implementation."""

import pytest

from app.repositories.interfaces.storage import Storage
from app.repositories.memory import MemoryStorage


@pytest.fixture(params=["memory", "database"])
def storage(request: pytest.FixtureRequest) -> Storage:
    """Empty storage of each kind in turn."""
    if request.param == "memory":
        return MemoryStorage()
    database_storage: Storage = request.getfixturevalue("database_storage")
    return database_storage
