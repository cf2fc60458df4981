"""Tokens that can be taken back before they end."""

from collections.abc import Callable
from uuid import UUID

from app.models.caller import Caller
from app.services.authentication import TrustedTokens


class RevocableTokens(TrustedTokens):
    """Trusted tokens of sessions that can be ended: this process then checks them again at once.

    A token that is being checked meanwhile is not trusted either.
    """

    def forget(self, session_id: str) -> None:
        """Trust no token of a session any more."""
        self._forget(lambda caller: caller.session_id == session_id)

    def forget_user(self, user_id: UUID) -> None:
        """Trust no token of a user any more."""
        self._forget(lambda caller: caller.user_id == user_id)

    def _forget(self, is_meant: Callable[[Caller], bool]) -> None:
        self.generation += 1
        known = self._trusted.items()
        for key in [key for key, (caller, _) in known if is_meant(caller)]:
            del self._trusted[key]
