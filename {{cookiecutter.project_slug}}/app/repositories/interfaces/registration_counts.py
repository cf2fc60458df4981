"""Storage of how many users registered, day by day."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import date


class RegistrationCounts(ABC):
    """Counts that can be read. Passes `tests/contract/test_registration_counts.py`.

    They follow what was registered by as long as it takes to deliver an event.

    Raises:
        StorageUnavailable: by every method, when storage does not answer in time.
    """

    @abstractmethod
    async def by_day(self, first: date, last: date) -> Mapping[date, int]:
        """Return the counts of the days (UTC) from `first` to `last` that have any, in order."""


class WritableRegistrationCounts(RegistrationCounts):
    """Counts within a unit of work."""

    @abstractmethod
    async def increment(self, day: date) -> None:
        """Count one more registration on a day."""
