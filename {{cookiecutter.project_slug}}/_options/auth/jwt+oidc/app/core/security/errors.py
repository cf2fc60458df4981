"""Who may not do what: refused here, answered by the rows of `app/api/refusals.py`."""

from app.core.errors import ServiceError


class NotAuthenticated(ServiceError):
    """Nobody known makes the request: it has no token, or one that is not good."""

    def __init__(self, *, token_given: bool) -> None:
        self.token_given = token_given
        super().__init__("This takes a valid access token.")


class Forbidden(ServiceError):
    """The caller is known and may not do this.

    `needed_scope` is what the token lacks; None if only administrators may do this.
    """

    def __init__(self, needed_scope: str | None = None) -> None:
        self.needed_scope = needed_scope
        if needed_scope is None:
            super().__init__("Only administrators may do this.")
        else:
            super().__init__(f"This takes a token with the scope {needed_scope}.")
