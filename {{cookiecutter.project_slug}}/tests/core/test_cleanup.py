"""What is old is deleted, whatever storage does meanwhile."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from unittest.mock import AsyncMock, Mock

import pytest

from app.core import cleanup
from app.core.cleanup import keeping_house
from app.core.clock import Clock
from app.core.database.errors import StorageUnavailable
from app.repositories.interfaces.storage import UnitOfWork, UnitOfWorkFactory
from tests.conftest import SteppingClock
from tests.core.jobs import eventually


class TestHousekeeping:
    """One purge counts how often it got to storage."""

    @pytest.fixture(autouse=True)
    def arrange(
        self,
        clock: SteppingClock,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(cleanup, "FIRST_SECONDS", 0)
        monkeypatch.setattr(cleanup, "EVERY_SECONDS", 0.001)
        self.clock = clock
        self.outages = 0
        self.purged = 0

    @asynccontextmanager
    async def _begin(self) -> AsyncIterator[UnitOfWork]:
        if self.outages:
            self.outages -= 1
            raise StorageUnavailable("out of reach")
        yield Mock(spec=UnitOfWork)

    async def _purge(
        self,
        unit_of_work: UnitOfWorkFactory,
        _clock: Clock,
    ) -> int:
        async with unit_of_work():
            self.purged += 1
        return 1

    async def test_purges_are_repeated(self) -> None:
        async with keeping_house(self._begin, self.clock, [self._purge]):
            await eventually(lambda: self.purged > 1)

    async def test_an_outage_is_outlived(self) -> None:
        self.outages = 3

        async with keeping_house(self._begin, self.clock, [self._purge]):
            await eventually(lambda: self.purged > 0)

        assert self.outages == 0

    async def test_a_purge_that_fails_keeps_no_other_from_its_work(self) -> None:
        failing = AsyncMock(side_effect=ValueError)

        async with keeping_house(self._begin, self.clock, [failing, self._purge]):
            await eventually(lambda: self.purged > 0)

        failing.assert_awaited()
