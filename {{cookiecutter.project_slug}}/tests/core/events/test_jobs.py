"""Events of the whole service, on the real database."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from app.container import Container, open_container
from app.core.database.settings import DatabaseSettings
from app.core.events.jobs import JobSettings
from app.core.settings import Settings
from app.models.user import UserDetails
from app.services.errors import EmailTaken
from tests.core.jobs import counts, delivered, user_service
from tests.engine import handling


class TestJobs:
    """`service` registers users; `handling` does the rest."""

    @pytest.fixture(autouse=True)
    async def arrange(
        self,
        database_settings: DatabaseSettings,
        job_settings: JobSettings,
    ) -> AsyncIterator[None]:
        settings = Settings(database=database_settings, jobs=job_settings)
        async with open_container(settings) as container:
            self.container: Container = container
            self.service = user_service(container.storage, container.clock)
            yield

    async def _register(self, number: int) -> None:
        details = UserDetails(email=f"{number}@example.com", name="Ada")
        await self.service.register(details)

    async def test_registrations_are_counted(self) -> None:
        before = datetime.now(UTC).date()

        async with handling(self.container):
            for number in range(3):
                await self._register(number)
            await delivered(self.container.storage)

        counted = await counts(self.container.storage)
        assert sum(counted.values()) == 3
        assert {before} <= counted.keys() | {datetime.now(UTC).date()}

    async def test_what_was_registered_while_nobody_listened_is_counted(self) -> None:
        for number in range(3):
            await self._register(number)

        async with handling(self.container):
            await delivered(self.container.storage)

        assert sum((await counts(self.container.storage)).values()) == 3

    async def test_a_registration_that_was_refused_is_not_counted(self) -> None:
        async with handling(self.container):
            outcomes = await asyncio.gather(
                *(self._register(1) for _ in range(5)),
                return_exceptions=True,
            )
            await delivered(self.container.storage)

        assert [type(outcome) for outcome in outcomes].count(EmailTaken) == 4
        assert sum((await counts(self.container.storage)).values()) == 1
