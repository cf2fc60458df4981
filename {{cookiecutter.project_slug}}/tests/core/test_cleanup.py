"""What is old is deleted, whatever storage does meanwhile."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from secrets import token_hex
from unittest.mock import AsyncMock

import pytest

from app.core import cleanup
from app.core.cleanup import keeping_house
from app.core.database.errors import StorageUnavailable
from app.core.idempotency.executor import purge_idempotency_records
from app.core.idempotency.models import KEPT_FOR, IdempotencyRecord
from app.repositories.interfaces.storage import UnitOfWork
from tests.conftest import SteppingClock
from tests.jobs import eventually
from tests.memory import MemoryStorage

PURGES = [purge_idempotency_records]


class TestHousekeeping:
    """There is one old record, and one that is new."""

    @pytest.fixture(autouse=True)
    async def arrange(
        self,
        clock: SteppingClock,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(cleanup, "FIRST_SECONDS", 0)
        monkeypatch.setattr(cleanup, "EVERY_SECONDS", 0.001)
        self.clock = clock
        self.storage = MemoryStorage()
        self.outages = 0
        await self._add()
        clock.advance(KEPT_FOR)
        self.new = await self._add()

    async def _add(self) -> str:
        record = IdempotencyRecord(
            id=token_hex(32),
            fingerprint=token_hex(32),
            created_at=self.clock.now(),
        )
        async with self.storage.unit_of_work() as work:
            await work.idempotency.add(record)
            await work.commit()
        return record.id

    @asynccontextmanager
    async def _begin(self) -> AsyncIterator[UnitOfWork]:
        if self.outages:
            self.outages -= 1
            raise StorageUnavailable("out of reach")
        async with self.storage.unit_of_work() as work:
            yield work

    def _is_tidy(self) -> bool:
        return list(self.storage.rows.idempotency_keys) == [self.new]

    async def test_old_records_are_deleted(self) -> None:
        async with keeping_house(self._begin, self.clock, PURGES):
            await eventually(self._is_tidy)

    async def test_an_outage_is_outlived(self) -> None:
        self.outages = 3

        async with keeping_house(self._begin, self.clock, PURGES):
            await eventually(self._is_tidy)

        assert self.outages == 0

    async def test_a_purge_that_fails_keeps_no_other_from_its_work(self) -> None:
        failing = AsyncMock(side_effect=ValueError)

        async with keeping_house(self._begin, self.clock, [failing, *PURGES]):
            await eventually(self._is_tidy)

        failing.assert_awaited()
