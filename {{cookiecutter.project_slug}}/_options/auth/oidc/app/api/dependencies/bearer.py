"""How the interface's description says that tokens are sent."""

from fastapi.security import HTTPBearer

bearer = HTTPBearer(
    scheme_name="bearerAuth",
    bearerFormat="JWT",
    description="An access token of the issuer that `AUTH__ISSUER` names (RFC 6750).",
    auto_error=False,
)
