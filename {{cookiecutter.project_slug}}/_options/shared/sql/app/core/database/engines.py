"""Ways into the database."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.database.pool import Pool


@dataclass(frozen=True, slots=True)
class Engines:
    """Where reads go, each statement on its own, and where transactions go.

    `primary` is for reads that must not lag behind; it is `reads` if there is no replica.
    """

    reads: Pool
    writes: Pool
    primary: Pool

    @property
    def servers(self) -> Mapping[str, Pool]:
        """A way to each server, by what it is called."""
        if self.reads is self.primary:
            return {"database": self.primary}
        return {"database": self.primary, "database_replica": self.reads}

    @property
    def pools(self) -> list[Pool]:
        """All pools, each once."""
        return list(dict.fromkeys((self.writes, self.reads, self.primary)))

    async def close(self) -> None:
        """Close all connections, even if the caller stops waiting for that."""
        for pool in self.pools:
            pool.stop()
        for pool in self.pools:
            await pool.close()
