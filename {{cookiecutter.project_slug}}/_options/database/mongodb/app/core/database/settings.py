"""Where the MongoDB database is, and how it is used."""

import re
from typing import Literal, Self
from urllib.parse import unquote

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    MongoDsn,
    Secret,
    UrlConstraints,
    field_validator,
)
from pymongo.errors import ConfigurationError
from pymongo.uri_parser import parse_uri, split_options

from app.core.service_info import NAME

_DATABASE_NAME = re.compile(r"""[^/\\. "$*<>:|?\x00]{1,63}""")
"""Source: https://www.mongodb.com/docs/manual/reference/limits/#naming-restrictions"""


class MongoUrl(MongoDsn):
    """A URL of MongoDB, as it was given: to `mongodb+srv` no port may be added."""

    _constraints = UrlConstraints(allowed_schemes=["mongodb", "mongodb+srv"])


class PoolSettings(BaseModel):
    """Connections of one process to each server; all its requests share them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: int = Field(
        default=15,
        ge=1,
        le=1000,
        description="Connections that may be open at once.",
    )
    kept: int = Field(
        default=0,
        ge=0,
        le=1000,
        description="Connections that are opened ahead and kept, even if unused.",
    )
    idle: float = Field(
        default=300,
        ge=1,
        le=86400,
        description="Seconds after which an unused connection is closed.",
    )


class DatabaseSettings(BaseModel):
    """One database of a replica set or a sharded cluster; a lone server has no transactions.

    What is written is acknowledged by a majority of the replica set, and what is read has
    been, so that no change of primary takes it back. Options of the URL may add to what is
    set here (`tls`, `authSource`, `compressors`), not override it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Secret[MongoUrl] = Field(
        default=f"mongodb://localhost:27017/{NAME}",
        validate_default=True,
        description="Servers and database, as `mongodb://` or `mongodb+srv://`.",
    )
    read_url: Secret[MongoUrl] | None = Field(
        default=None,
        description="Where reads outside of units of work go, such as a replica; if unset, as `url`.",
    )
    deadline: float = Field(
        default=2,
        gt=0,
        le=60,
        description="Seconds that one call of a repository may take, all waiting included.",
    )
    connect_wait: float = Field(
        default=2,
        gt=0,
        le=60,
        description="Seconds to wait for a new connection.",
    )
    reads: Literal[
        "primary",
        "primaryPreferred",
        "secondary",
        "secondaryPreferred",
        "nearest",
    ] = Field(
        default="primary",
        description="Which members answer reads; all but the primary may lag behind.",
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
        return self.read_url is not None or self.reads != "primary"

    @property
    def name(self) -> str:
        """The name of the database."""
        return _database_name(self.url.get_secret_value())

    @field_validator("url", "read_url")
    @classmethod
    def refuse_what_the_driver_refuses(
        cls,
        url: Secret[MongoUrl] | None,
    ) -> Secret[MongoUrl] | None:
        """A URL that can't be used is found when the service starts, not by the first request."""
        if url is None:
            return None
        given = url.get_secret_value()
        if not _DATABASE_NAME.fullmatch(_database_name(given)):
            raise ValueError("name the database: mongodb://host:port/DATABASE")
        try:
            if given.scheme == "mongodb":
                parse_uri(str(given))
            else:
                _refuse_bad_seed(given)
        except (ConfigurationError, ValueError) as error:
            raise ValueError(f"the driver can't use it: {error}") from error
        return url


def _refuse_bad_seed(url: MongoUrl) -> None:
    """Check what can be checked of a `mongodb+srv` URL without asking a name server."""
    hosts = url.hosts()
    if len(hosts) != 1 or hosts[0]["port"] is not None:
        raise ValueError("mongodb+srv takes one host, without a port")
    if url.query:
        split_options(url.query)


def _database_name(url: MongoUrl) -> str:
    return unquote((url.path or "").removeprefix("/"))
