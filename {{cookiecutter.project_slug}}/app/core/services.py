"""What services of any kind of entity do alike: find one, and change it within a transaction."""

from collections.abc import Awaitable, Callable, Container, Iterator, Mapping
from contextlib import contextmanager
from typing import ClassVar, Generic
from uuid import UUID

import structlog
from pydantic import TypeAdapter

from app.core.clock import Clock
from app.core.database.errors import RepositoryError, StaleEntity, StorageUnavailable
from app.core.database.repository import E, Reader, Repository
from app.core.database.unit_of_work import UnitOfWorkFactory, Work
from app.core.entity import Deactivatable
from app.core.errors import (
    ConcurrentChange,
    Deactivated,
    NotFound,
    StaleVersion,
    Taken,
    unavailable,
)
from app.core.idempotency.executor import Answer, Once
from app.core.idempotency.models import IdempotencyKey
from app.core.versions import ANY_VERSION

logger = structlog.get_logger()

Duplicates = Mapping[type[RepositoryError], str]
"""Which field has to be unique, by what storage raises if another one has the same value."""


class EntityService(Generic[Work, E]):
    """The rules of one kind of entity. A service says what it is called.

    - `reader` reads outside of any transaction, and `repository_of` returns what reads and
      writes within one.
    - `results` writes and reads what came of requests that are repeated.
    - What is changed, switched or deleted has to be there, or that raises `NotFound`; in a version
      that is expected, or `StaleVersion`. It raises `ConcurrentChange` if any version is expected,
      and somebody else changed it at the same moment.
    """

    _entity_name: ClassVar[str]
    """What one of them is called, as `purchase order`."""

    _duplicates: ClassVar[Duplicates] = {}

    def __init__(
        self,
        reader: Reader[E],
        repository_of: Callable[[Work], Repository[E]],
        unit_of_work: UnitOfWorkFactory[Work],
        clock: Clock,
        results: TypeAdapter[E],
    ) -> None:
        self._reader = reader
        self._repository_of = repository_of
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._once = Once(unit_of_work, clock, results)
        self._singular = self._entity_name.replace(" ", "_")

    def _may_see(self, _entity: E) -> bool:
        """Whether one is there for the caller; those who know their caller restrict it."""
        return True

    def _event(self, name: str) -> str:
        return name.format(self._singular)

    def _about(self, entity_id: UUID) -> dict[str, str]:
        """Return what a log says of one."""
        return {f"{self._singular}_id": str(entity_id)}

    async def _details(self, entity_id: UUID) -> E:
        """Return one, active or not.

        Raises:
            NotFound: there is none with this id.
            DependencyUnavailable: storage does not answer in time.
        """
        about = self._about(entity_id)
        logger.debug(self._event("fetching_{}_details"), **about)
        try:
            return self._found(await self._reader.get(entity_id))
        except StorageUnavailable as error:
            raise unavailable(error, self._event("{}_fetch_failed"), **about) from error

    def _found(self, entity: E | None) -> E:
        if entity is None or not self._may_see(entity):
            raise NotFound(self._entity_name)
        return entity

    def _changeable(self, entity: E | None) -> E:
        """Return one that the caller may change; override it where others may read."""
        return self._found(entity)

    @contextmanager
    def _duplicates_refused(self) -> Iterator[None]:
        """Say in the words of services that a value is taken; the commit may find it out."""
        try:
            yield
        except tuple(self._duplicates) as error:
            raise Taken(self._entity_name, self._duplicates[type(error)]) from error

    async def _create(
        self,
        effect: Callable[[Work], Awaitable[E]],
        key: IdempotencyKey | None,
    ) -> Answer[E]:
        """Run what adds one, once for each key, and return it.

        Raises:
            Taken: another one has a value that has to be unique.
            IdempotencyKeyReused: the key was used for another request.
        """
        with self._duplicates_refused():
            answer = await self._once.run(effect, key)
        if not answer.replayed:
            logger.info(self._event("{}_created"), **self._about(answer.result.id))
        return answer

    async def _change(
        self,
        entity_id: UUID,
        change: Callable[[E], E],
        expected_version: Container[int],
        require: Callable[[Work], Awaitable[None]] | None = None,
    ) -> E:
        """Change an active one and return it. `require` refuses what may not be stored.

        Raises:
            Deactivated: it is deactivated.
            Taken: another one has a new value that has to be unique.
        """
        async with self._unit_of_work() as work:
            repository = self._repository_of(work)
            entity = self._changeable(await repository.get(entity_id))
            if isinstance(entity, Deactivatable) and not entity.is_active:
                raise Deactivated(self._entity_name)
            if entity.version not in expected_version:
                raise StaleVersion
            changed = change(entity)
            if changed is not entity:
                if require is not None:
                    await require(work)
                await self._store(repository.update(changed), work, expected_version)
                about = self._about(entity_id)
                logger.info(self._event("{}_changed"), **about, version=changed.version)
            return changed

    async def _switch(
        self,
        entity_id: UUID,
        switch: Callable[[E], E],
        expected_version: Container[int],
        event: str,
    ) -> E:
        """Bring one into a state and return it; one that is in it already stays as it is.

        That is so whatever version is expected: to ask for it again does no harm.
        """
        async with self._unit_of_work() as work:
            repository = self._repository_of(work)
            entity = self._changeable(await repository.get(entity_id))
            changed = switch(entity)
            if changed is not entity:
                if entity.version not in expected_version:
                    raise StaleVersion
                await self._store(repository.update(changed), work, expected_version)
                logger.info(event, **self._about(entity_id))
            return changed

    async def _delete(self, entity_id: UUID, expected_version: Container[int]) -> None:
        """Delete one for good."""
        async with self._unit_of_work() as work:
            repository = self._repository_of(work)
            entity = self._changeable(await repository.get(entity_id))
            if entity.version not in expected_version:
                raise StaleVersion
            await self._store(repository.delete(entity), work, expected_version)
            logger.info(self._event("{}_deleted"), **self._about(entity_id))

    async def _store(
        self,
        write: Awaitable[None],
        work: Work,
        expected_version: Container[int],
    ) -> None:
        try:
            with self._duplicates_refused():
                await write
                await work.commit()
        except StaleEntity as error:
            if expected_version is ANY_VERSION:
                raise ConcurrentChange from error
            raise StaleVersion from error
