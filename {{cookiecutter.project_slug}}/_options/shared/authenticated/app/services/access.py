"""Which users a caller may see and change."""

from collections.abc import Container
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from app.core.clock import Clock
from app.core.errors import NotFound, translate_storage_errors
from app.core.idempotency.executor import Answer
from app.core.idempotency.models import IdempotencyKey
from app.core.pagination import Page
from app.core.security.errors import Forbidden, NotAuthenticated
from app.core.versions import ANY_VERSION
from app.models.caller import Caller
from app.models.statistics import UserStatistics
from app.models.user import User, UserChanges, UserDetails, UserQuery
from app.repositories.interfaces.storage import UnitOfWorkFactory
from app.repositories.interfaces.users import UserRepository
from app.services.errors import EmailTaken, UserExists
from app.services.statistics import StatisticsService
from app.services.users import UserService


def own_key(key: IdempotencyKey, caller: Caller) -> IdempotencyKey:
    """Return a key that nobody but the caller gets answers with."""
    own = sha256(f"{key.id} {caller.user_id}".encode())
    return replace(key, id=own.hexdigest())


def require_caller(caller: Caller | None) -> Caller:
    """Return who makes a request; raise `NotAuthenticated` if nobody known does."""
    if caller is None:
        raise NotAuthenticated(token_given=False)
    return caller


def require_owner(caller: Caller | None, owner_id: UUID) -> None:
    """Raise `Forbidden` unless the caller may change what everybody may read."""
    if not require_caller(caller).may_see(owner_id):
        raise Forbidden(detail="Only the owner and administrators may do this.")


class GuardedUserService(UserService):
    """What a caller may do with users.

    - Callers see, change and deactivate themselves, administrators everybody.
    - Somebody else's id is answered as one that nobody has, and storage is not even asked:
      neither the answer nor its time tells who is registered.
    - Callers register themselves, under the id that their tokens stand for; administrators
      register others.
    - Only administrators list and count users.
    """

    def __init__(
        self,
        users: UserRepository,
        unit_of_work: UnitOfWorkFactory,
        clock: Clock,
        statistics: StatisticsService,
        *,
        caller: Caller,
    ) -> None:
        super().__init__(users, unit_of_work, clock, statistics)
        self._caller = caller

    async def register(
        self,
        details: UserDetails,
        key: IdempotencyKey | None = None,
    ) -> Answer[User]:
        """Register the caller, or for an administrator somebody else.

        Raises:
            UserExists: the caller is registered already.
            EmailTaken: somebody else has the address.
        """
        try:
            return await super().register(details, key and own_key(key, self._caller))
        except EmailTaken:
            if self._caller.is_administrator or not await self._is_registered():
                raise
            raise UserExists from None

    async def get_user_details(self, user_id: UUID) -> User:
        """Return one user that the caller may see.

        Raises:
            NotFound: there is none with this id, or it is not the caller's.
        """
        self._require_access_to(user_id)
        return await super().get_user_details(user_id)

    async def list_users(self, query: UserQuery) -> Page[User]:
        """Return one page of users, to administrators; others are `Forbidden`."""
        self._require_administrator()
        return await super().list_users(query)

    async def get_statistics(self) -> UserStatistics:
        """Return how many users there are, to administrators; others are `Forbidden`."""
        self._require_administrator()
        return await super().get_statistics()

    async def change(
        self,
        user_id: UUID,
        changes: UserChanges,
        expected_version: Container[int],
    ) -> User:
        """Change a user that the caller may change.

        Raises:
            NotFound: there is none with this id, or it is not the caller's.
        """
        self._require_access_to(user_id)
        return await super().change(user_id, changes, expected_version)

    async def deactivate(
        self,
        user_id: UUID,
        expected_version: Container[int] = ANY_VERSION,
    ) -> None:
        """Deactivate a user that the caller may change.

        Raises:
            NotFound: there is none with this id, or it is not the caller's.
        """
        self._require_access_to(user_id)
        await super().deactivate(user_id, expected_version)

    @translate_storage_errors()
    async def _is_registered(self) -> bool:
        return await self._reader.get(self._caller.user_id) is not None

    def _id_for_new_user(self, at: datetime) -> UUID:
        if self._caller.is_administrator:
            return super()._id_for_new_user(at)
        return self._caller.user_id

    def _require_access_to(self, user_id: UUID) -> None:
        if not self._caller.may_see(user_id):
            raise NotFound(self._entity_name)

    def _require_administrator(self) -> None:
        if not self._caller.is_administrator:
            raise Forbidden
