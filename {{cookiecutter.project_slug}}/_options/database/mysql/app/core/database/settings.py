"""Where the MySQL or MariaDB database is, and how long to wait for it."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import quote, unquote, urlsplit

from pydantic import (
    AfterValidator,
    AnyUrl,
    BaseModel,
    ConfigDict,
    Field,
    Secret,
    UrlConstraints,
)

from app.core import service_info
from app.core.database.pool_settings import PoolSettings


def _usable(url: AnyUrl) -> AnyUrl:
    if not (url.path or "").strip("/"):
        raise ValueError("the name of the database is missing: mysql://…/NAME")
    if url.query:
        raise ValueError(
            "nothing may follow the name of the database; see DATABASE__TLS",
        )
    return url


DatabaseUrl = Annotated[
    AnyUrl,
    UrlConstraints(
        allowed_schemes=["mysql", "mariadb"],
        host_required=True,
        default_port=3306,
    ),
    AfterValidator(_usable),
]

_DEFAULT_URL = AnyUrl(
    f"mysql://root@localhost:3306/{service_info.NAME.replace('-', '_')}",
)


class Tls(StrEnum):
    """Whether connections are encrypted, and whether the server has to prove who it is."""

    OFF = "off"
    UNVERIFIED = "unverified"
    VERIFIED = "verified"


class DatabaseSettings(BaseModel):
    """One database of a server: MySQL 8 or later, or MariaDB 10.6 or later."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Secret[DatabaseUrl] = Field(
        default=Secret(_DEFAULT_URL),
        description="The database.",
    )
    read_url: Secret[DatabaseUrl] | None = Field(
        default=None,
        description="Where reads outside of units of work go, such as a replica; if unset, as `url`.",
    )
    tls: Tls = Field(
        default=Tls.OFF,
        description="`off`, `unverified` or `verified`, which checks the server's certificate.",
    )
    tls_ca: Path | None = Field(
        default=None,
        description="A file of certificates to trust; if unset, those of this machine.",
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
    lock_wait: int = Field(
        default=1,
        ge=1,
        le=60,
        description="Seconds to wait for a row that another transaction holds.",
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
        parts = urlsplit(str(self.url.get_secret_value()))
        url = parts._replace(path=f"/{quote(name, safe='')}").geturl()
        return self.model_copy(update={"url": Secret(AnyUrl(url))})
