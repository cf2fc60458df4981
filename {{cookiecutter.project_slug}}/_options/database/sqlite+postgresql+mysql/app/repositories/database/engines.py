"""Two ways into the database."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine


@dataclass(frozen=True, slots=True)
class Engines:
    """Where reads go, each statement on its own, and where transactions go."""

    reads: AsyncEngine
    writes: AsyncEngine
