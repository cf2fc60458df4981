"""How the documentation says that requests are authenticated; `/docs` logs in with it."""

from fastapi.security import OAuth2PasswordBearer

bearer = OAuth2PasswordBearer(
    tokenUrl="/api/v1/auth/token",
    description="Log in with an e-mail address as `username`.",
    auto_error=False,
)
