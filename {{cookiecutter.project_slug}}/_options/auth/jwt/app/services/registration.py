"""How people come to have an account."""

from functools import partial
from uuid import UUID

from app.core.clock import Clock
from app.core.errors import translate_storage_errors
from app.core.idempotency.executor import Answer
from app.core.idempotency.models import IdempotencyKey
from app.core.observability.instrumentation import measured
from app.models.account import Account
from app.models.user import User, UserDetails
from app.repositories.interfaces.storage import UnitOfWork, UnitOfWorkFactory
from app.repositories.interfaces.users import UserRepository
from app.services.accounts import AccountService
from app.services.statistics import StatisticsService
from app.services.users import UserService


@measured("service")
class RegistrationService(UserService):
    """Registers people: who they are, and what they log in with, together or not at all.

    Raises:
        DependencyUnavailable: by every method, when storage does not answer in time.
    """

    def __init__(
        self,
        users: UserRepository,
        unit_of_work: UnitOfWorkFactory,
        clock: Clock,
        statistics: StatisticsService,
        accounts: AccountService,
    ) -> None:
        super().__init__(users, unit_of_work, clock, statistics)
        self._accounts = accounts

    @translate_storage_errors()
    async def register_with_password(
        self,
        details: UserDetails,
        chosen: str,
        address: str,
        key: IdempotencyKey | None = None,
    ) -> Answer[User]:
        """Store a new user who can log in, announce it, and return it; once for each key.

        `address` is the one in the network that this is asked from.

        Raises:
            TooManyAttempts: too many registrations were tried from there.
            EmailTaken: the address is registered already.
            IdempotencyKeyReused: the key was used for another request.
            InvalidDetails: the password breaks a rule.
        """
        password_hash = await self._accounts.hash_of_newcomer(chosen, address)
        effect = partial(
            self._register_with_account,
            details=details,
            password_hash=password_hash,
        )
        return await self._register(effect, key)

    async def _register_with_account(
        self,
        work: UnitOfWork,
        event_id: UUID,
        details: UserDetails,
        password_hash: str,
    ) -> User:
        user = await self.register_within(work, event_id, details)
        account = Account(user_id=user.id, password_hash=password_hash)
        await work.accounts.add(account)
        return user
