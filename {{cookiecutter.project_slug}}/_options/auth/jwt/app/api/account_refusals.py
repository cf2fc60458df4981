"""Rows of the table of errors for logging in and what follows."""

from http import HTTPStatus

from app.core.http.problems import PROBLEMS, ProblemHeader, ProblemType
from app.core.http.response_headers import RETRY_AFTER
from app.services.account_errors import (
    RefreshTokenRefused,
    TooManyAttempts,
    WrongCredentials,
    WrongPassword,
)


def _bearer(_error: Exception) -> str:
    """Every 401 names a scheme (RFC 9110, section 15.5.2), even where it would not help."""
    return "Bearer"


def _seconds(error: TooManyAttempts) -> str:
    return str(error.retry_after)


_CHALLENGE = ProblemHeader(
    "WWW-Authenticate",
    _bearer,
    {
        "description": "Which scheme other endpoints use.",
        "schema": {"type": "string"},
        "example": "Bearer",
    },
)
_RETRY_AFTER = ProblemHeader("Retry-After", _seconds, RETRY_AFTER["Retry-After"])

PROBLEMS[WrongCredentials] = ProblemType(
    HTTPStatus.UNAUTHORIZED,
    "urn:problem-type:wrong-credentials",
    "Wrong credentials",
    headers=(_CHALLENGE,),
)
PROBLEMS[RefreshTokenRefused] = ProblemType(
    HTTPStatus.UNAUTHORIZED,
    "urn:problem-type:refresh-token-refused",
    "Refresh token refused",
    headers=(_CHALLENGE,),
)
PROBLEMS[WrongPassword] = ProblemType(
    HTTPStatus.FORBIDDEN,
    "urn:problem-type:wrong-password",
    "Wrong password",
)
PROBLEMS[TooManyAttempts] = ProblemType(
    HTTPStatus.TOO_MANY_REQUESTS,
    "urn:problem-type:too-many-attempts",
    "Too many attempts",
    headers=(_RETRY_AFTER,),
)

LOG_IN_ERRORS = (WrongCredentials, TooManyAttempts)
REGISTRATION_ERRORS = (TooManyAttempts,)
REFRESH_ERRORS = (RefreshTokenRefused,)
PASSWORD_ERRORS = (WrongPassword, TooManyAttempts)
