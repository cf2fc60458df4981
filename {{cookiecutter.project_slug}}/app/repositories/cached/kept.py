"""What is kept of storage, and what must not be kept any longer."""

from app.core.cache_port import Cache, Lifetimes, Region
from app.models.user import User

KeptUsers = Region[User | None]
"""Users by id, and for a short while also that there is none."""


class Kept:
    """A region of the cache for each kind of thing that is read by id."""

    def __init__(self, cache: Cache, lifetimes: Lifetimes) -> None:
        self.users: KeptUsers = cache.region("users", User | None, lifetimes)
