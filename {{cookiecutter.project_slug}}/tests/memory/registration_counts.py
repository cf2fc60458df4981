"""How many users registered, in a dictionary."""

from collections.abc import Mapping, MutableMapping
from datetime import date

from app.core.observability.instrumentation import measured
from app.repositories.interfaces.registration_counts import (
    RegistrationCounts,
    WritableRegistrationCounts,
)


@measured("repository")
class MemoryRegistrationCounts(RegistrationCounts):
    """Reads a mapping from day to count."""

    def __init__(self, rows: Mapping[date, int]) -> None:
        self._rows = rows

    async def by_day(self, first: date, last: date) -> Mapping[date, int]:
        days = sorted(day for day in self._rows if first <= day <= last)
        return {day: self._rows[day] for day in days}


@measured("repository")
class WritableMemoryRegistrationCounts(
    MemoryRegistrationCounts,
    WritableRegistrationCounts,
):
    """Reads and writes a mapping from day to count."""

    def __init__(self, rows: MutableMapping[date, int]) -> None:
        super().__init__(rows)
        self._writable_rows = rows

    async def increment(self, day: date) -> None:
        self._writable_rows[day] = self._rows.get(day, 0) + 1
