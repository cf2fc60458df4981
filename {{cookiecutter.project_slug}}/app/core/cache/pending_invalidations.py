"""What a unit of work has written."""

from typing import Any
from uuid import UUID

from app.core.cache.base import Region


class Written:
    """Notes what is written, whatever kind of thing it is, so that it can be forgotten."""

    def __init__(self) -> None:
        self._keys: set[tuple[Region[Any], str]] = set()

    def note(self, region: Region[Any], of: UUID) -> None:
        """Remember that what has this id was written; `region` may keep it as it was."""
        self._keys.add((region, str(of)))

    async def forget(self) -> None:
        """Let no region keep anything of what was written."""
        for region, key in self._keys:
            await region.forget(key)
