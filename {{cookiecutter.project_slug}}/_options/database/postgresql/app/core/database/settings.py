"""Where the PostgreSQL database is, and how long to wait for it."""

from typing import Annotated, Self
from urllib.parse import quote, unquote, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PostgresDsn,
    Secret,
    UrlConstraints,
)

from app.core import service_info
from app.core.database.pool_settings import PoolSettings


def _named(url: PostgresDsn) -> PostgresDsn:
    if not (url.path or "").strip("/"):
        raise ValueError("the name of the database is missing: postgresql://…/NAME")
    return url


DatabaseUrl = Annotated[
    PostgresDsn,
    UrlConstraints(allowed_schemes=["postgresql", "postgres"]),
    AfterValidator(_named),
]
"""What `libpq` takes: several hosts, `sslmode`, `sslrootcert`, `target_session_attrs`, ….

Source: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING
"""

_DEFAULT_URL = PostgresDsn(
    f"postgresql://postgres:postgres@localhost:5432/{service_info.NAME.replace('-', '_')}",
)


class DatabaseSettings(BaseModel):
    """One database of a server, or of several servers that stand in for each other."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Secret[DatabaseUrl] = Field(
        default=Secret(_DEFAULT_URL),
        description="The database; `?sslmode=verify-full&sslrootcert=FILE` where the network is shared.",
    )
    read_url: Secret[DatabaseUrl] | None = Field(
        default=None,
        description="Where reads outside of units of work go, such as a replica; if unset, as `url`.",
    )
    deadline: float = Field(
        default=2,
        gt=0,
        le=60,
        description="Seconds that a read, or all statements of a transaction together, may take.",
    )
    connect_wait: float = Field(
        default=2,
        gt=0,
        le=60,
        description="Seconds to wait for a new connection.",
    )
    idle_transaction: float = Field(
        default=30,
        gt=0,
        le=3600,
        description="Seconds after which the server undoes a transaction that asks nothing.",
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
    def name(self) -> str:
        """The name of the database."""
        return unquote(str(self.url.get_secret_value().path).strip("/"))

    def renamed(self, name: str) -> Self:
        """Return settings for another database of the same server."""
        parts = urlsplit(self.url.get_secret_value().unicode_string())
        url = parts._replace(path=f"/{quote(name, safe='')}").geturl()
        return self.model_copy(update={"url": Secret(PostgresDsn(url))})
