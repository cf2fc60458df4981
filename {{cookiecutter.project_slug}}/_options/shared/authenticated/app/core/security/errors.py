"""Errors of callers who are not known, or may not do what they want.

Source: RFC 6750, The OAuth 2.0 Authorization Framework: Bearer Token Usage, section 3.
"""

from app.core.errors import PermissionDenied, Unauthenticated

_HELP = "Which scheme to use, and what was wrong."
_EXAMPLE = 'Bearer error="invalid_token"'


class NotAuthenticated(Unauthenticated):
    """Nobody known makes the request: it has no token, or one that is not good.

    A request without any token is told no more than which scheme to use.
    """

    title = "Not authenticated"
    detail = "This takes a valid access token."
    challenge_help = _HELP
    challenge_example = _EXAMPLE

    def __init__(self, *, token_given: bool) -> None:
        super().__init__()
        self.token_given = token_given
        self.challenge = 'Bearer error="invalid_token"' if token_given else "Bearer"


class Forbidden(PermissionDenied):
    """The caller is known and may not do this.

    `needed_scope` is what the token lacks. Without, `detail` says who may do this; by default
    only administrators.
    """

    title = "Forbidden"
    detail = "Only administrators may do this."
    challenge_help = _HELP
    challenge_example = _EXAMPLE

    def __init__(
        self,
        needed_scope: str | None = None,
        *,
        detail: str | None = None,
    ) -> None:
        self.challenge = 'Bearer error="insufficient_scope"'
        if needed_scope is not None:
            self.challenge += f', scope="{needed_scope}"'
            detail = f"This takes a token with the scope {needed_scope}."
        super().__init__(detail)


ACCESS_ERRORS = (NotAuthenticated, Forbidden)
"""What every endpoint for known callers may answer."""
