"""Where the SQLite database lies, and how it is used."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from app.core.database.pool_settings import PoolSettings


class DatabaseSettings(BaseModel):
    """One file, opened by every process of the service on this machine."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(
        default="sqlite:///data/service.db",
        pattern=r"^sqlite:///[^?]+$",
        description="The file; a fourth slash makes the path absolute.",
    )
    read_url: str | None = Field(
        default=None,
        pattern=r"^sqlite:///[^?]+$",
        description="Where reads outside of units of work go, such as a replica; if unset, as `url`.",
    )
    deadline: float = Field(
        default=2.5,
        gt=0,
        le=60,
        description="Seconds that a read, or all statements of a transaction together, may take.",
    )
    lock_wait: float = Field(
        default=2,
        gt=0,
        le=60,
        description="Seconds to wait for a lock that another process holds.",
    )
    pool: PoolSettings = Field(default_factory=PoolSettings)

    @property
    def for_reads(self) -> Self | None:
        """The way to where reads go, if that is somewhere else."""
        if self.read_url is None:
            return None
        return self.model_copy(update={"url": self.read_url, "read_url": None})

    @property
    def reads_may_lag(self) -> bool:
        """Whether reads outside of units of work may miss what was just written."""
        return self.read_url is not None

    @property
    def path(self) -> str:
        """The path of the file."""
        return self.url.removeprefix("sqlite:///")
