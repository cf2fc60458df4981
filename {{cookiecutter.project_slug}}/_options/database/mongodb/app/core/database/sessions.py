"""Two ways to talk to the database, told apart by their types."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import (
    Awaitable,
    Callable,
    Coroutine,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import suppress
from types import MappingProxyType
from typing import Any, TypeVar

from pymongo import ReturnDocument
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference

from app.core.database.calls import Calls
from app.core.database.client import Client, Document
from app.core.database.collections import Collection
from app.core.database.errors import (
    ConstraintErrors,
    RepositoryError,
    StorageUnavailable,
    constraint_errors,
)
from app.core.database.named_locks import Wait
from app.core.deadline import no_deadline, remaining

Criteria = Mapping[str, Any]
Pipeline = Sequence[Mapping[str, Any]]
Change = Mapping[str, Any] | Pipeline
Order = Sequence[tuple[str, int]]
Result = TypeVar("Result")

FIRST_PAUSE_SECONDS = 0.002
LONGEST_PAUSE_SECONDS = 0.1

NO_CONSTRAINTS: ConstraintErrors = MappingProxyType({})


class Session(ABC):
    """Something that answers queries."""

    @abstractmethod
    async def find(
        self,
        collection: Collection,
        criteria: Criteria,
        *,
        limit: int,
        order: Order | None = None,
    ) -> list[Document]:
        """Return up to `limit` documents, in one round trip.

        Raises:
            StorageUnavailable: the database did not answer in time.
        """

    @abstractmethod
    async def aggregate(
        self,
        collection: Collection,
        pipeline: Pipeline,
    ) -> list[Document]:
        """Return all documents that come out of an aggregation.

        Raises:
            StorageUnavailable: the database did not answer in time.
        """


class _OutsideTransactions:
    """A database for as long as the process lives, through one client after another.

    `deadline` is in seconds, the wait for a free connection included.
    """

    def __init__(
        self,
        database: AsyncDatabase[Document],
        deadline: float,
        calls: Calls | None = None,
    ) -> None:
        self._database = database
        self._deadline = deadline
        self._calls = calls or Calls()

    def use(self, client: Client, calls: Calls) -> None:
        """Go on with another client, to the same database."""
        self._database = client.get_database(
            self._database.name,
            read_preference=self._database.read_preference,
        )
        self._calls = calls

    async def _run(self, call: Coroutine[Any, Any, Result]) -> Result:
        return await self._calls.run(call, self._deadline)


class ReadSession(_OutsideTransactions, Session):
    """Queries outside of any transaction."""

    async def find(
        self,
        collection: Collection,
        criteria: Criteria,
        *,
        limit: int,
        order: Order | None = None,
    ) -> list[Document]:
        documents = self._database[collection.name]
        return await self._run(_find(documents, criteria, limit, order))

    async def aggregate(
        self,
        collection: Collection,
        pipeline: Pipeline,
    ) -> list[Document]:
        return await self._run(_aggregate(self._database[collection.name], pipeline))


class WriteSession(Session):
    """Operations within one transaction.

    MongoDB does not wait for another transaction that has written the same document or the
    same key of a unique index: it ends this one. So this one begins again, repeats what it
    wrote, and goes on, for as long as the deadline lets it. A repeated write checks again
    what it checked at first; nothing that was read is read again.

    `deadline` is in seconds, for each operation with its repetitions. `constraints` says
    which error the violation of a unique index becomes.

    Source: https://www.mongodb.com/docs/manual/core/transactions-production-consideration/
    """

    def __init__(  # noqa: PLR0913 - each is a part of the transaction
        self,
        database: AsyncDatabase[Document],
        session: AsyncClientSession,
        deadline: float,
        wait_for_turn: Wait,
        calls: Calls | None = None,
        *,
        constraints: ConstraintErrors = NO_CONSTRAINTS,
    ) -> None:
        self._database = database
        self._session = session
        self._deadline = deadline
        self._wait_for_turn = wait_for_turn
        self._calls = calls or Calls()
        self._constraints = constraints
        self._written: list[Callable[[], Awaitable[None]]] = []

    async def begin(self) -> None:
        """Begin; the database hears of it with the first operation."""
        await self._session.start_transaction(
            read_concern=ReadConcern("snapshot"),
            read_preference=ReadPreference.PRIMARY,
        )

    async def wait_for_turn(self, name: str) -> None:
        """Wait for those of this process that have taken a turn of this name; then take it.

        The turn ends with the transaction.

        Raises:
            StorageUnavailable: they took too long.
        """
        seconds = remaining(self._deadline)
        try:
            async with asyncio.timeout(seconds):
                await self._wait_for_turn(name)
        except TimeoutError:
            raise StorageUnavailable(f"no turn within {seconds:.3g} s") from None

    async def find(
        self,
        collection: Collection,
        criteria: Criteria,
        *,
        limit: int,
        order: Order | None = None,
    ) -> list[Document]:
        documents = self._database[collection.name]
        return await self._attempt(
            lambda: _find(documents, criteria, limit, order, self._session),
        )

    async def aggregate(
        self,
        collection: Collection,
        pipeline: Pipeline,
    ) -> list[Document]:
        documents = self._database[collection.name]
        return await self._attempt(
            lambda: _aggregate(documents, pipeline, self._session),
        )

    async def insert(self, collection: Collection, document: Document) -> None:
        """Store a new document.

        Raises:
            RepositoryError: an index was violated.
            StorageUnavailable: the database did not answer in time.
        """

        async def write() -> None:
            documents = self._database[collection.name]
            await documents.insert_one(document, session=self._session)

        await self._write(write)

    async def replace(
        self,
        collection: Collection,
        criteria: Criteria,
        document: Document,
        *,
        missing: type[RepositoryError],
    ) -> None:
        """Store a document in the place of the one that meets the criteria.

        Raises:
            RepositoryError: an index was violated; or `missing`, if there is no such one.
            StorageUnavailable: the database did not answer in time.
        """

        async def write() -> None:
            documents = self._database[collection.name]
            result = await documents.replace_one(
                criteria,
                document,
                session=self._session,
            )
            if not result.matched_count:
                raise missing

        await self._write(write)

    async def delete(
        self,
        collection: Collection,
        criteria: Criteria,
        *,
        missing: type[RepositoryError],
    ) -> None:
        """Delete the document that meets the criteria.

        Raises:
            RepositoryError: `missing`, if there is no such one.
            StorageUnavailable: the database did not answer in time.
        """

        async def write() -> None:
            documents = self._database[collection.name]
            result = await documents.delete_one(criteria, session=self._session)
            if not result.deleted_count:
                raise missing

        await self._write(write)

    async def delete_many(self, collection: Collection, criteria: Criteria) -> int:
        """Delete all documents that meet the criteria, and return how many.

        Raises:
            StorageUnavailable: the database did not answer in time.
        """
        deleted = 0

        async def write() -> None:
            nonlocal deleted
            documents = self._database[collection.name]
            result = await documents.delete_many(criteria, session=self._session)
            deleted = result.deleted_count

        await self._write(write)
        return deleted

    async def increment(
        self,
        collection: Collection,
        document_id: object,
        field: str,
    ) -> None:
        """Add one to a field of a document; a new document begins with one.

        Raises:
            StorageUnavailable: the database did not answer in time.
        """

        async def write() -> None:
            await self._database[collection.name].update_one(
                {"_id": document_id},
                {"$inc": {field: 1}},
                upsert=True,
                session=self._session,
            )

        await self._write(write)

    async def commit(self) -> None:
        """Make all changes of the transaction last.

        Raises:
            StorageUnavailable: the database did not answer; the outcome is unknown.
        """
        await self._attempt(self._session.commit_transaction)

    async def end(self) -> None:
        """Undo what is not committed, as soon as no call uses the session any more."""
        await self._calls.ended()
        with suppress(RepositoryError), no_deadline():
            await self._calls.run(self._session.end_session(), self._deadline)

    async def _write(self, write: Callable[[], Awaitable[None]]) -> None:
        await self._attempt(write)
        self._written.append(write)

    async def _attempt(self, operation: Callable[[], Awaitable[Result]]) -> Result:
        with constraint_errors(self._constraints):
            return await self._calls.run(self._repeated(operation), self._deadline)

    async def _repeated(self, operation: Callable[[], Awaitable[Result]]) -> Result:
        try:
            return await operation()
        except PyMongoError as error:
            _raise_unless_repeatable(error)
        return await self._repeat(operation)

    async def _repeat(self, operation: Callable[[], Awaitable[Result]]) -> Result:
        """Do everything once more, until it collides with nothing; a deadline ends it."""
        pauses = _pauses()
        while True:
            await asyncio.sleep(next(pauses))
            try:
                await self._begin_again()
                return await operation()
            except PyMongoError as error:
                _raise_unless_repeatable(error)

    async def _begin_again(self) -> None:
        if self._session.in_transaction:
            await self._session.abort_transaction()
        await self.begin()
        for write in self._written:
            await write()


class DirectSession(_OutsideTransactions):
    """Single writes, each of which is a transaction of its own, and reads of what they left.

    Raises:
        StorageUnavailable: by every method, when the database does not answer in time.
    """

    async def take(
        self,
        collection: Collection,
        criteria: Criteria,
        change: Change,
        *,
        order: Order | None = None,
    ) -> Document | None:
        """Change the first document that meets the criteria, and return it as it is then."""
        taking = self._database[collection.name].find_one_and_update(
            criteria,
            change,
            sort=order,
            return_document=ReturnDocument.AFTER,
        )
        return await self._run(taking)

    async def change(
        self,
        collection: Collection,
        criteria: Criteria,
        change: Change,
    ) -> int:
        """Change all documents that meet the criteria, and return how many."""
        documents = self._database[collection.name]
        return (await self._run(documents.update_many(criteria, change))).matched_count

    async def delete(self, collection: Collection, criteria: Criteria) -> int:
        """Delete all documents that meet the criteria, and return how many."""
        documents = self._database[collection.name]
        return (await self._run(documents.delete_many(criteria))).deleted_count

    async def aggregate(
        self,
        collection: Collection,
        pipeline: Pipeline,
    ) -> list[Document]:
        """Return what a pipeline makes of a collection, as the primary has it."""
        documents = self._database.get_collection(
            collection.name,
            read_preference=ReadPreference.PRIMARY,
        )
        return await self._run(_aggregate(documents, pipeline))


async def _aggregate(
    documents: AsyncCollection[Document],
    pipeline: Pipeline,
    session: AsyncClientSession | None = None,
) -> list[Document]:
    cursor = await documents.aggregate(pipeline, session=session)
    return await cursor.to_list()


async def _find(
    documents: AsyncCollection[Document],
    criteria: Criteria,
    limit: int,
    order: Order | None,
    session: AsyncClientSession | None = None,
) -> list[Document]:
    """Query with a negative limit: all documents come in one batch, and no cursor stays open.

    Without a size, a batch would hold 101 of them, and the rest would be left out.
    """
    cursor = documents.find(
        criteria,
        sort=order,
        limit=-limit,
        batch_size=limit,
        session=session,
    )
    return await cursor.to_list()


def _raise_unless_repeatable(error: PyMongoError) -> None:
    """Let errors pass which undid the whole transaction for a reason that may be gone now."""
    if error.timeout or not error.has_error_label("TransientTransactionError"):
        raise error


def _pauses() -> Iterator[float]:
    """Yield seconds to pause, short at first: most transactions last milliseconds."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        yield pause
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
