"""How registrations are counted."""

from dataclasses import replace
from datetime import UTC, date, datetime
from unittest.mock import Mock

import pytest

from app.repositories.interfaces.registration_counts import WritableRegistrationCounts
from app.repositories.interfaces.storage import UnitOfWork
from app.services.registration_counts import CountRegistrations
from tests.conftest import MakeEvent


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 1, 31, 23, 59, 59, 999_000, tzinfo=UTC), date(2026, 1, 31)),
        (datetime(2026, 2, 1, tzinfo=UTC), date(2026, 2, 1)),
    ],
)
async def test_a_registration_counts_on_the_day_it_happened_in_utc(
    make_event: MakeEvent,
    moment: datetime,
    day: date,
) -> None:
    work = Mock(spec=UnitOfWork, registrations=Mock(spec=WritableRegistrationCounts))

    await CountRegistrations().handle(replace(make_event(), occurred_at=moment), work)

    work.registrations.increment.assert_awaited_once_with(day)
    work.commit.assert_not_awaited()
