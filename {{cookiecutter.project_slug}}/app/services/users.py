"""What can be done with users."""

from collections.abc import Awaitable, Callable, Container, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from uuid import UUID

import structlog
from pydantic import TypeAdapter

from app.core.clock import Clock
from app.core.errors import translate_storage_errors
from app.core.idempotency.executor import Answer
from app.core.idempotency.models import IdempotencyKey
from app.core.ids import new_id
from app.core.observability.instrumentation import measured
from app.core.observability.tracing import current_traceparent
from app.core.pagination import Page
from app.core.services import EntityService
from app.core.versions import ANY_VERSION
from app.models.events import UserRegistered
from app.models.statistics import UserStatistics
from app.models.user import User, UserChanges, UserDetails, UserQuery
from app.repositories.interfaces.storage import UnitOfWork, UnitOfWorkFactory
from app.repositories.interfaces.users import (
    DuplicateEmail,
    DuplicateUser,
    UserRepository,
)
from app.services.errors import EmailTaken, UserExists
from app.services.metrics import USERS_REGISTERED
from app.services.statistics import StatisticsService

logger = structlog.get_logger()

_USERS = TypeAdapter(User)


@contextmanager
def duplicates_refused() -> Iterator[None]:
    """Say in the words of services that somebody is registered; the commit may find it out.

    Raises:
        EmailTaken: the body raised `DuplicateEmail`.
        UserExists: the body raised `DuplicateUser`.
    """
    try:
        yield
    except DuplicateEmail as error:
        raise EmailTaken from error
    except DuplicateUser as error:
        raise UserExists from error


@measured("service")
class UserService(EntityService[UnitOfWork, User]):
    """Registers people and keeps their details.

    - An address is registered once, whatever its letter case; an id as well.
    - A user and the event that announces it are stored together or not at all.
    - A registration with an idempotency key can be repeated without harm.
    - A deactivated user stays readable, keeps its address, and can't be changed.
    - What is changed is one of the versions that are expected, also if many change it at once.

    Raises:
        DependencyUnavailable: by every method, when storage does not answer in time.
    """

    _entity_name = "user"

    def __init__(
        self,
        users: UserRepository,
        unit_of_work: UnitOfWorkFactory,
        clock: Clock,
        statistics: StatisticsService,
    ) -> None:
        super().__init__(users, lambda work: work.users, unit_of_work, clock, _USERS)
        self._statistics = statistics

    @translate_storage_errors()
    async def register(
        self,
        details: UserDetails,
        key: IdempotencyKey | None = None,
    ) -> Answer[User]:
        """Store a new user, announce it, and return it; once for each key.

        Raises:
            EmailTaken: the address is registered already.
            UserExists: the id is.
            IdempotencyKeyReused: the key was used for another request.
        """
        return await self._register(partial(self.register_within, details=details), key)

    async def register_within(
        self,
        work: UnitOfWork,
        event_id: UUID,
        details: UserDetails,
    ) -> User:
        """Add a new user, and the event that announces it, to a unit of work.

        Whoever has begun it commits it, and has `duplicates_refused` around all of it.
        """
        now = self._clock.now()
        user = User.new(details, at=now, entity_id=self._id_for_new_user(now))
        await work.users.add(user)
        trace = current_traceparent()
        await work.outbox.add(UserRegistered.of(user, event_id=event_id, trace=trace))
        return user

    def _id_for_new_user(self, at: datetime) -> UUID:
        return new_id(at)

    async def _register(
        self,
        effect: Callable[[UnitOfWork, UUID], Awaitable[User]],
        key: IdempotencyKey | None,
    ) -> Answer[User]:
        """Run what registers a user, once for each key, and count whom it registers.

        The effect is given the id of the event that announces the user.
        """
        event_id = new_id(self._clock.now())
        with duplicates_refused():
            answer = await self._once.run(lambda work: effect(work, event_id), key)
        if not answer.replayed:
            USERS_REGISTERED.inc()
            # By the id of the event, a registration is followed into the logs of jobs.
            ids = {"user_id": str(answer.result.id), "event_id": str(event_id)}
            logger.info("user_registered", **ids)
        return answer

    async def get_user_details(self, user_id: UUID) -> User:
        """Return one user, active or not.

        Raises:
            NotFound: there is none with this id.
        """
        return await self._details(user_id)

    @translate_storage_errors()
    async def list_users(self, query: UserQuery) -> Page[User]:
        """Return one page of the users that a query asks for."""
        return await self._reader.list(query)

    async def get_statistics(self) -> UserStatistics:
        """Return how many users there are, as counted when `as_of` says.

        That is at most `CACHE__STATISTICS_LIFETIME` seconds ago, or a tenth more.
        """
        return await self._statistics.get_user_statistics()

    @translate_storage_errors()
    async def change(
        self,
        user_id: UUID,
        changes: UserChanges,
        expected_version: Container[int],
    ) -> User:
        """Change some details of a user and return all of them.

        Raises:
            NotFound: there is none with this id.
            Deactivated: it is deactivated.
            StaleVersion: its version is none of those expected.
            EmailTaken: the new address belongs to somebody else.
            ConcurrentChange: any version is expected, and somebody else changed it at the
                same moment.
        """
        at = self._clock.now()
        with duplicates_refused():
            return await self._change(
                user_id,
                lambda user: user.changed(changes, at=at),
                expected_version,
            )

    @translate_storage_errors()
    async def deactivate(
        self,
        user_id: UUID,
        expected_version: Container[int] = ANY_VERSION,
    ) -> None:
        """Deactivate a user; doing so again changes nothing, whatever version is expected.

        Raises:
            NotFound: there is none with this id.
            StaleVersion: its version is none of those expected.
            ConcurrentChange: any version is expected, and somebody else changed it at the
                same moment.
        """
        at = self._clock.now()
        await self._switch(
            user_id,
            lambda user: user.deactivated(at=at),
            expected_version,
            event="user_deactivated",
        )
