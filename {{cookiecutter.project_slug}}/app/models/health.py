"""How something is that this service depends on."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DependencyHealth:
    """What came of asking a dependency whether it is well.

    - `seconds` is how long it took to answer, or not to.
    - `since` is when it was first found as it is now.
    """

    name: str
    is_up: bool
    seconds: float
    since: datetime
