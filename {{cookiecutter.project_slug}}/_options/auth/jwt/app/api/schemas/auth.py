"""Logging in, as clients see it."""

from dataclasses import dataclass, field
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.api.schemas.users import UserIn
from app.core.security.passwords import LEAST_LENGTH
from app.models.account import MAX_PASSWORD_LENGTH, normalized_password
from app.models.caller import SCOPES
from app.models.user import UserDetails
from app.services.sessions import Tokens

NewPassword = Annotated[
    str,
    Field(
        min_length=LEAST_LENGTH,
        max_length=MAX_PASSWORD_LENGTH,
        description="Any characters; length is what makes it good. The service may require more than the least length here.",
        json_schema_extra={"format": "password"},
        repr=False,
    ),
    AfterValidator(normalized_password),
]
RefreshToken = Annotated[
    str,
    Field(
        max_length=128,
        description="The latest one that was given out; each is good once.",
        repr=False,
    ),
]

PASSWORD_EXAMPLE = "correct horse battery staple"  # noqa: S105 - an example
_SCOPE = " ".join(sorted(SCOPES))
_REFRESH_TOKEN = f"{'u9X0' * 10}Zw4.{'Qe7-' * 10}k1c"


@dataclass(frozen=True, kw_only=True)
class RegistrationIn(UserIn):
    """Somebody to register, with the password to log in with."""

    password: Annotated[NewPassword, Field(examples=[PASSWORD_EXAMPLE])] = field(
        repr=False,
    )

    def details(self) -> UserDetails:
        """Return the details of the user alone."""
        return UserDetails(email=self.email, name=self.name)


class LogInForm(BaseModel):
    """What somebody logs in with; a field without a value counts as left out.

    Source: RFC 6749, sections 3.2 and 4.3.2.
    """

    grant_type: Literal["password", ""] = "password"
    username: str = Field(description="The e-mail address.")
    password: Annotated[
        str,
        Field(json_schema_extra={"format": "password"}, repr=False),
    ]


class RefreshIn(BaseModel):
    """What somebody who is logged in holds."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"refresh_token": _REFRESH_TOKEN}]},
    )

    refresh_token: RefreshToken


class PasswordIn(BaseModel):
    """A password to take the place of another."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "current_password": PASSWORD_EXAMPLE,
                    "new_password": "twelve or more letters",
                },
            ],
        },
    )

    current_password: Annotated[str, Field(max_length=MAX_PASSWORD_LENGTH, repr=False)]
    new_password: NewPassword


class TokensOut(BaseModel):
    """Tokens for somebody who is logged in.

    Source: RFC 6749, section 5.1.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "access_token": "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30.c2ln",
                    "token_type": "bearer",
                    "expires_in": 600,
                    "refresh_token": _REFRESH_TOKEN,
                    "scope": _SCOPE,
                },
            ],
        },
    )

    access_token: str = Field(description="To be sent as `Authorization: Bearer …`.")
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - a type
    expires_in: int = Field(description="Seconds that the access token is good for.")
    refresh_token: str = Field(description="Good once, for the next tokens.")
    scope: str = Field(description="What the access token allows, with spaces between.")

    @classmethod
    def of(cls, tokens: Tokens) -> Self:
        """Return tokens as clients see them."""
        return cls(
            access_token=tokens.access_token,
            expires_in=tokens.expires_in,
            refresh_token=tokens.refresh_token,
            scope=_SCOPE,
        )
