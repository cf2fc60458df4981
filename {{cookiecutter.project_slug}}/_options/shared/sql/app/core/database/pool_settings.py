"""How many connections to the database are kept, and for how long."""

from pydantic import BaseModel, ConfigDict, Field


class PoolSettings(BaseModel):
    """Connections of one process; all its requests share them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: int = Field(
        default=10,
        ge=1,
        le=1000,
        description="Connections that are kept open.",
    )
    overflow: int = Field(
        default=5,
        ge=0,
        le=1000,
        description="Further connections that may be opened for a while under load.",
    )
    wait: float = Field(
        default=2,
        gt=0,
        le=60,
        description="Seconds to wait for a free connection.",
    )
    recycle: int = Field(
        default=1800,
        ge=1,
        description="Seconds after which a connection is replaced by a new one.",
    )
#% if cookiecutter.database != "postgresql"
    pre_ping: bool = Field(
        default=True,
        description="Whether a connection is tried before each use; one round trip.",
    )
#% endif
