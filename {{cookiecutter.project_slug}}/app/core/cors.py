"""Which pages of other origins a browser lets read answers (CORS).

Source: Fetch standard, section "HTTP CORS protocol".
"""

import re
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import NoDecode

ANY = "*"

NAME = r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"
"""Of a method or a header. Source: RFC 9110, section 5.6.2."""

ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/?#@*A-Z]+")
"""As browsers send it: scheme, host and port in lower case, without a slash at the end."""


def split_list(value: Any) -> Any:
    """Return the parts of a text between commas; anything else as it is."""
    return [part.strip() for part in value.split(",")] if type(value) is str else value


FROM_TEXT = (NoDecode, BeforeValidator(split_list))

Origins = Annotated[tuple[str, ...], *FROM_TEXT]
Methods = Annotated[
    tuple[Annotated[str, StringConstraints(pattern=NAME, to_upper=True)], ...],
    *FROM_TEXT,
]
HeaderNames = Annotated[
    tuple[Annotated[str, StringConstraints(pattern=NAME)], ...],
    *FROM_TEXT,
]


class CorsSettings(BaseModel):
    """Which pages of other origins may use the service; none unless `origins` are set.

    Lists are written with commas.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    origins: Origins = Field(
        default=(),
        description="Origins whose pages may use the service, such as `https://app.example.com`, or `*`; if empty, CORS is off.",
    )
    methods: Methods = Field(
        default=("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"),
        description="Methods that these pages may use; `*` for all.",
    )
    headers: HeaderNames = Field(
        default=(
            "Authorization",
            "Idempotency-Key",
            "If-Match",
            "If-None-Match",
            "X-Request-ID",
        ),
        description="Request headers that these pages may set, besides `Accept` and `Content-Type`; `*` for all.",
    )
    exposed_headers: HeaderNames = Field(
        default=(
            "ETag",
            "Idempotency-Replayed",
            "Link",
            "Location",
            "Retry-After",
            "WWW-Authenticate",
            "X-Request-ID",
        ),
        description="Response headers that these pages may read, besides those that any page may.",
    )
    credentials: bool = Field(
        default=False,
        description="Whether browsers send cookies along; a token in `Authorization` works without.",
    )
    max_age: int = Field(
        default=600,
        ge=0,
        le=86_400,
        description="Seconds that browsers keep the answer to a preflight request; 0 keeps none.",
    )

    @field_validator("origins")
    @classmethod
    def refuse_what_browsers_never_send(
        cls,
        origins: tuple[str, ...],
    ) -> tuple[str, ...]:
        """An origin that can't match would be refused by browsers, without a word here."""
        for origin in origins:
            if origin != ANY and not ORIGIN.fullmatch(origin):
                raise ValueError("write it as https://app.example.com, without a path")
        return origins

    @field_validator("credentials")
    @classmethod
    def refuse_credentials_of_any_origin(
        cls,
        credentials: bool,
        info: ValidationInfo,
    ) -> bool:
        """Source: Fetch standard, section "CORS protocol and credentials"."""
        if credentials and ANY in info.data.get("origins", ()):
            raise ValueError("list the origins in HTTP__CORS__ORIGINS instead of *")
        return credentials

    def response_fields(self, request_headers: Iterable[tuple[bytes, bytes]]) -> bytes:
        """Return header lines for an answer that is given without the application."""
        if not self.origins:
            return b""
        sent = dict(request_headers).get(b"origin", b"").decode("latin-1")
        allowed = next((name for name in (ANY, sent) if name in self.origins), "")
        if not allowed:
            return b""
        lines = [
            f"access-control-allow-origin: {allowed}",
            f"access-control-expose-headers: {', '.join(self.exposed_headers)}",
            "vary: Origin",
        ]
        if self.credentials:
            lines.append("access-control-allow-credentials: true")
        return "".join(f"{line}\r\n" for line in lines).encode()
