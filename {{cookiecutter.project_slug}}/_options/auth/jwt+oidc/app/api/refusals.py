"""Rows of the table of errors for callers who are not known, or may not do what they want.

Source: RFC 6750, The OAuth 2.0 Authorization Framework: Bearer Token Usage, section 3.
"""

from http import HTTPStatus

from app.core.http.problems import PROBLEMS, ProblemHeader, ProblemType
from app.core.security.errors import Forbidden, NotAuthenticated

_DOCUMENTATION = {
    "description": "Which scheme to use, and what was wrong.",
    "schema": {"type": "string"},
    "example": 'Bearer error="invalid_token"',
}


def _challenge(error: NotAuthenticated) -> str:
    """A request without any token is told no more than which scheme to use."""
    return 'Bearer error="invalid_token"' if error.token_given else "Bearer"


def _missing_scope(error: Forbidden) -> str:
    if error.needed_scope is None:
        return 'Bearer error="insufficient_scope"'
    return f'Bearer error="insufficient_scope", scope="{error.needed_scope}"'


PROBLEMS[NotAuthenticated] = ProblemType(
    HTTPStatus.UNAUTHORIZED,
    "urn:problem-type:not-authenticated",
    "Not authenticated",
    headers=(ProblemHeader("WWW-Authenticate", _challenge, _DOCUMENTATION),),
)
PROBLEMS[Forbidden] = ProblemType(
    HTTPStatus.FORBIDDEN,
    "urn:problem-type:forbidden",
    "Forbidden",
    headers=(ProblemHeader("WWW-Authenticate", _missing_scope, _DOCUMENTATION),),
)

REFUSALS = (NotAuthenticated, Forbidden)
"""What every endpoint for known callers may answer."""
