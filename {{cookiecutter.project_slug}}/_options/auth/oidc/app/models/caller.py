"""Who makes a request, and what its token allows."""

from dataclasses import dataclass
from uuid import UUID

READ_USERS = "users:read"
WRITE_USERS = "users:write"

SCOPES = frozenset({READ_USERS, WRITE_USERS})
"""All scopes. They say what a caller may do with what is theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Somebody whose token is good.

    - `user_id` is the id under which the caller is registered, or may register.
    - `scopes` are what the token allows, such as `users:read`.
    """

    user_id: UUID
    scopes: frozenset[str]
    is_administrator: bool = False

    def may_see(self, owner_id: UUID) -> bool:
        """Whether this caller is shown what somebody owns."""
        return self.is_administrator or owner_id == self.user_id
