"""Whose access tokens are accepted."""

from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from app.core import service_info

Algorithm = Literal[
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
]
"""Signatures with a key pair: only the issuer can make them."""


class AuthSettings(BaseModel):
    """The issuer of access tokens, and what good ones say."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: str = Field(
        default="http://127.0.0.1:9400",
        description="The issuer's address, just as it stands in its tokens.",
    )
    audience: str = Field(
        default=service_info.NAME,
        min_length=1,
        description="What this service is called in tokens that are made for it.",
    )
    token_type: str = Field(
        default="at+jwt",
        min_length=1,
        description="The `typ` of access tokens; some issuers write `JWT`.",
    )
    algorithms: tuple[Algorithm, ...] = Field(
        default=("RS256", "PS256", "ES256", "EdDSA"),
        min_length=1,
        description="Algorithms that tokens may be signed with.",
    )
    administrator_scope: str = Field(
        default="users:admin",
        min_length=1,
        description="The scope, or the role, of administrators.",
    )
    roles_claim: str | None = Field(
        default=None,
        description="Where roles stand, such as `realm_access.roles`; they count as scopes.",
    )
    deadline: float = Field(
        default=2,
        gt=0,
        le=30,
        description="Seconds that the issuer has to give its keys.",
    )
    keys_lifetime: float = Field(
        default=300,
        gt=0,
        description="Seconds after which keys are fetched anew, while they stay in use.",
    )
    keys_max_age: float = Field(
        default=86_400,
        gt=0,
        description="Seconds that keys are used for when the issuer does not answer.",
    )
    keys_pause: float = Field(
        default=5,
        ge=0,
        description="Seconds between attempts to fetch keys.",
    )

    @field_validator("issuer")
    @classmethod
    def require_an_address(cls, issuer: str) -> str:
        """What no keys can be fetched from is no issuer."""
        address = urlsplit(issuer)
        if address.scheme not in {"http", "https"} or not address.hostname:
            raise ValueError("an issuer is an address that begins with https://")
        if address.query or address.fragment:
            raise ValueError("an issuer's address has neither query nor fragment")
        return issuer

    def unfit_for_production(self) -> list[str]:
        """Return what has to be set before tokens may be accepted in earnest."""
        unfit = []
        if "issuer" not in self.model_fields_set:
            unfit.append("set AUTH__ISSUER: production has no default issuer")
        elif not self.issuer.startswith("https://"):
            unfit.append("set AUTH__ISSUER to an address that begins with https://")
        if "audience" not in self.model_fields_set:
            unfit.append("set AUTH__AUDIENCE: tokens for others are not for this one")
        return unfit
