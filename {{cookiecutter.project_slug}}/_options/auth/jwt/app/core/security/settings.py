"""How people log in, and for how long."""

from typing import Annotated, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    Secret,
    StringConstraints,
    model_validator,
)

from app.core.security.passwords import LEAST_MEMORY_KIB, PasswordSettings
from app.core.service_info import NAME

KeyId = Annotated[str, StringConstraints(pattern="^[A-Za-z0-9._-]{1,64}$")]
Key = Annotated[str, StringConstraints(min_length=32)]
"""Characters. Source: RFC 7518, section 3.2: no fewer bytes than HMAC-SHA256 gives."""


class AttemptSettings(BaseModel):
    """How many passwords may be tried, and how many people may register.

    A right password gives back the attempts for an account.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    for_account: int = Field(
        default=10,
        ge=1,
        description="Passwords that may be tried at once for one account from one network.",
    )
    for_account_every: float = Field(
        default=30,
        gt=0,
        le=86_400,
        description="Seconds after which one more may be tried for that account.",
    )
    for_network: int = Field(
        default=100,
        ge=1,
        description="Passwords that may be tried at once from one network, for all accounts.",
    )
    for_network_every: float = Field(
        default=3,
        gt=0,
        le=86_400,
        description="Seconds after which one more may be tried from that network.",
    )
    from_unknown: int = Field(
        default=100,
        ge=1,
        description="Passwords that may be tried at once for one account from all unknown networks.",
    )
    from_unknown_every: float = Field(
        default=60,
        gt=0,
        le=86_400,
        description="Seconds after which one more may be tried from unknown networks.",
    )
    to_register: int = Field(
        default=100,
        ge=1,
        description="Registrations that may be tried at once from one network.",
    )
    to_register_every: float = Field(
        default=3,
        gt=0,
        le=86_400,
        description="Seconds after which one more registration may be tried from that network.",
    )
    known_days: int = Field(
        default=90,
        ge=1,
        le=3650,
        description="Days that a network is known to an account after a log-in from there.",
    )


class AuthSettings(BaseModel):
    """Access tokens, refresh tokens, passwords."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: str = Field(
        default=NAME,
        min_length=1,
        description="Who makes the access tokens: their `iss`.",
    )
    audience: str = Field(
        default=NAME,
        min_length=1,
        description="Who access tokens are made for: their `aud`.",
    )
    keys: dict[KeyId, Secret[Key]] = Field(
        default_factory=dict,
        description="Keys by their ids, as JSON; the first signs tokens, all are good for checking them.",
    )
    access_lifetime: int = Field(
        default=600,
        ge=10,
        le=3600,
        description="Seconds that an access token is good for.",
    )
    refresh_lifetime: int = Field(
        default=2_592_000,
        ge=60,
        le=31_536_000,
        description="Seconds that a refresh token is good for, if it is not used.",
    )
    passwords: PasswordSettings = Field(default_factory=PasswordSettings)
    attempts: AttemptSettings = Field(default_factory=AttemptSettings)

    @model_validator(mode="after")
    def require_refreshing_to_last(self) -> Self:
        """An access token ends with its log-in: its lifetime would promise too much."""
        if self.refresh_lifetime < self.access_lifetime:
            raise ValueError(
                "AUTH__REFRESH_LIFETIME is shorter than AUTH__ACCESS_LIFETIME",
            )
        return self

    def unfit_for_production(self) -> list[str]:
        """Return what has to be set otherwise in production, a line for each."""
        if self.passwords.memory_kib >= LEAST_MEMORY_KIB:
            return []
        return [f"set AUTH__PASSWORDS__MEMORY_KIB to {LEAST_MEMORY_KIB} or more"]
