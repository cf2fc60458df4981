"""What is particular to MongoDB."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict, replace
from typing import Any
from unittest.mock import DEFAULT, AsyncMock, Mock

import pytest
from bson import Binary, CodecOptions
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.read_preferences import ReadPreference

from app.core.database.calls import Calls
from app.core.database.client import (
    Client,
    Document,
    NoTransactions,
    open_client,
    require_transactions,
)
from app.core.database.collections import Collection
from app.core.database.errors import RepositoryError, StaleEntity, StorageUnavailable
from app.core.database.outbox import MongoOutboxQueue
from app.core.database.sessions import DirectSession, ReadSession, WriteSession
from app.core.database.settings import DatabaseSettings
from app.models.user import User, UserChanges, UserQuery, UserSort
from app.repositories.database import open_storage
from app.repositories.database.users import USERS
from app.repositories.interfaces.storage import Storage
from app.repositories.interfaces.users import DuplicateEmail, DuplicateUser
from tests.conftest import MakeEvent, MakeUser, SteppingClock

Database = AsyncDatabase[Document]

Rival = Callable[[User], AbstractAsyncContextManager[None]]

SLOW = {"$where": "sleep(5000) || true"}
"""Criteria that take five seconds for each document."""


NOTES = Collection("notes", {}, ())
"""A collection that no migration makes; a transaction that ends makes none either."""


@pytest.fixture
async def client(database_settings: DatabaseSettings) -> AsyncIterator[Client]:
    """Another way into the tests' database."""
    async with open_client(database_settings, deadline=10) as client:
        yield client


@pytest.fixture
def database(client: Client, database_settings: DatabaseSettings) -> Database:
    return client[database_settings.name]


@pytest.fixture
def rival(client: Client, database: Database) -> Rival:
    """Somebody else, who stores a user and commits that when the body is left."""

    @asynccontextmanager
    async def store(user: User) -> AsyncIterator[None]:
        async with client.start_session() as session:
            await session.start_transaction()
            await database["users"].replace_one(
                {"_id": user.id},
                _document(user),
                upsert=True,
                session=session,
            )
            yield
            await session.commit_transaction()

    return store


def _document(user: User) -> Document:
    document = asdict(user)
    return {"_id": document.pop("id"), **document}


async def _add(storage: Storage, *users: User) -> None:
    async with storage.unit_of_work() as work:
        for user in users:
            await work.users.add(user)
        await work.commit()


async def _update(storage: Storage, user: User) -> None:
    async with storage.unit_of_work() as work:
        await work.users.update(user)
        await work.commit()


@asynccontextmanager
async def _profiled(database: Database) -> AsyncIterator[list[dict[str, Any]]]:
    """Collect what the server notes down about every operation of the body."""
    notes: list[dict[str, Any]] = []
    await database.command("profile", 2)
    try:
        yield notes
    finally:
        await database.command("profile", 0)
        notes += await database["system.profile"].find().sort("ts").to_list()
        await database.drop_collection("system.profile")


async def test_a_user_is_stored_as_native_types(
    storage: Storage,
    database: Database,
    make_user: MakeUser,
) -> None:
    user = make_user()

    await _add(storage, user)

    raw: CodecOptions[dict[str, Any]] = CodecOptions(tz_aware=True)
    stored = await database["users"].with_options(raw).find_one()
    assert stored == {
        "_id": Binary(user.id.bytes, subtype=4),
        "email": "ada@example.com",
        "name": "Ada",
        "created_at": user.created_at,
        "updated_at": user.updated_at,
        "deactivated_at": None,
        "version": 1,
    }


async def test_insert_leaves_the_id_that_the_driver_made(
    client: Client,
    database: Database,
) -> None:
    document: Document = {"at": 17}
    async with client.start_session() as session:
        transaction = WriteSession(database, session, 10, AsyncMock())
        await transaction.begin()
        await transaction.insert(NOTES, document)
        found = await transaction.find(NOTES, {"_id": document["_id"]}, limit=1)

    assert found == [document]


@pytest.mark.parametrize("sort", list(UserSort))
async def test_a_page_in_the_middle_is_one_query_that_reads_little_more_than_the_page(
    storage: Storage,
    database: Database,
    make_user: MakeUser,
    sort: UserSort,
) -> None:
    await _add(storage, *(make_user(f"{n}@example.com") for n in range(30)))
    first = await storage.users.list(UserQuery(size=10, sort=sort))

    async with _profiled(database) as notes:
        query = UserQuery(size=10, sort=sort, after=first.next)
        await storage.users.list(query)

    assert [note["op"] for note in notes] == ["query"]
    assert notes[0]["keysExamined"] <= 12
    assert notes[0]["docsExamined"] <= 12
    assert "hasSortStage" not in notes[0]
    assert "cursorid" not in notes[0]


async def test_reads_are_no_transactions(
    storage: Storage,
    database: Database,
    make_user: MakeUser,
) -> None:
    user = make_user()

    async with _profiled(database) as notes:
        await storage.users.get(user.id)
        await storage.users.list(UserQuery())

    assert [note["command"].get("autocommit") for note in notes] == [None, None]


async def test_a_registration_waits_for_a_rival_and_learns_that_the_address_is_taken(
    storage: Storage,
    make_user: MakeUser,
    rival: Rival,
) -> None:
    async with rival(make_user("ada@example.com")):
        adding = asyncio.create_task(_add(storage, make_user()))
        await asyncio.sleep(0.05)
        assert not adding.done()

    with pytest.raises(DuplicateEmail):
        await adding


async def test_a_registration_repeats_what_it_wrote_if_its_rival_gives_up(
    storage: Storage,
    make_user: MakeUser,
    rival: Rival,
) -> None:
    users = make_user("bob@example.com"), make_user("ada@example.com")

    with pytest.raises(InterruptedError):
        async with rival(make_user("ada@example.com")):
            adding = asyncio.create_task(_add(storage, *users))
            await asyncio.sleep(0.05)
            assert not adding.done()
            raise InterruptedError
    await adding

    assert (await storage.users.list(UserQuery())).items == users


async def test_a_rival_that_never_ends_is_not_waited_for_beyond_the_deadline(
    database_settings: DatabaseSettings,
    make_user: MakeUser,
    rival: Rival,
) -> None:
    settings = database_settings.model_copy(update={"deadline": 0.3})
    async with open_storage(settings) as storage, rival(make_user()):
        async with asyncio.timeout(5):
            with pytest.raises(StorageUnavailable):
                await _add(storage, make_user())


async def test_a_change_waits_for_a_rival_and_learns_that_it_is_stale(
    storage: Storage,
    make_user: MakeUser,
    clock: SteppingClock,
    rival: Rival,
) -> None:
    user = make_user()
    await _add(storage, user)
    theirs = user.changed(UserChanges(name="Theirs"), at=clock.now())
    mine = user.changed(UserChanges(name="Mine"), at=clock.now())

    async with rival(theirs):
        updating = asyncio.create_task(_update(storage, mine))
        await asyncio.sleep(0.05)
        assert not updating.done()

    with pytest.raises(StaleEntity):
        await updating
    assert await storage.users.get(user.id) == theirs


async def test_a_change_of_what_was_read_before_a_rival_changed_it_is_stale(
    storage: Storage,
    make_user: MakeUser,
    clock: SteppingClock,
) -> None:
    user = make_user()
    await _add(storage, user)
    changed = user.changed(UserChanges(name="Ada King"), at=clock.now())

    with pytest.raises(StaleEntity):
        async with storage.unit_of_work() as work:
            assert await work.users.get(user.id) == user
            await _update(storage, changed)
            await work.users.update(changed)


async def test_a_unit_of_work_goes_on_after_a_refusal(
    storage: Storage,
    make_user: MakeUser,
) -> None:
    first, second = make_user("first@example.com"), make_user("second@example.com")

    async with storage.unit_of_work() as work:
        await work.users.add(first)
        with pytest.raises(DuplicateEmail):
            await work.users.add(make_user("first@example.com"))
        assert await work.users.get(first.id) == first
        await work.users.add(second)
        await work.commit()

    page = await storage.users.list(UserQuery())
    assert page.items == (first, second)


@pytest.mark.parametrize("wrong", [{"version": 0}, {"name": 7}])
async def test_what_the_validator_refuses_is_an_error_that_quotes_nothing(
    storage: Storage,
    make_user: MakeUser,
    wrong: dict[str, Any],
) -> None:
    user = replace(make_user(), **wrong)

    with pytest.raises(RepositoryError) as caught:
        await _add(storage, user)

    assert str(caught.value) == "WriteError (121)"
    assert caught.value.__suppress_context__


async def test_a_repeated_id_is_not_taken_for_a_repeated_address(
    storage: Storage,
    make_user: MakeUser,
) -> None:
    user = make_user()
    await _add(storage, user)

    with pytest.raises(DuplicateUser) as caught:
        await _add(storage, replace(user, email="bob@example.com"))

    assert "example.com" not in str(caught.value)


async def test_a_value_that_cannot_be_stored_is_a_repository_error(
    storage: Storage,
    make_user: MakeUser,
) -> None:
    with pytest.raises(RepositoryError):
        await _add(storage, replace(make_user(), version=2**64))


async def test_a_query_ends_at_the_deadline(
    storage: Storage,
    database: Database,
    make_user: MakeUser,
) -> None:
    await _add(storage, make_user())

    async with asyncio.timeout(5):
        with pytest.raises(StorageUnavailable):
            await ReadSession(database, 0.2).find(USERS.collection, SLOW, limit=1)


async def test_checks_ask_the_primary_and_also_the_members_that_reads_go_to(
    database_settings: DatabaseSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A direct connection, as tests may have, asks the same member for both."""
    sessions = Mock(wraps=ReadSession)
    monkeypatch.setattr("app.core.database.mongo_storage.ReadSession", sessions)
    settings = database_settings.model_copy(update={"reads": "nearest"})

    async with open_storage(settings) as storage:
        assert list(storage.checks()) == ["database", "database_replica"]
        await storage.ping()

    asked = [call.args[0].read_preference for call in sessions.call_args_list]
    assert asked == [ReadPreference.PRIMARY, ReadPreference.NEAREST]


async def test_whatever_else_the_driver_waits_for_ends_soon_after() -> None:
    async with asyncio.timeout(5):
        with pytest.raises(StorageUnavailable, match="no answer within"):
            await Calls().run(asyncio.Event().wait(), 0.05)


async def test_events_that_are_taken_are_delivered_though_the_next_one_cannot_be(
    storage: Storage,
    database: Database,
    make_event: MakeEvent,
    clock: SteppingClock,
) -> None:
    events = [make_event() for _ in range(3)]
    async with storage.unit_of_work() as work:
        for event in events:
            await work.outbox.add(event)
        await work.commit()
    session = Mock(wraps=DirectSession(database, 2))
    session.take.side_effect = [DEFAULT, DEFAULT, *[StorageUnavailable] * 2]
    queue = MongoOutboxQueue(session)
    now = clock.now()

    entries = await queue.lease(now=now, until=clock.now(), limit=10)

    assert [entry.event for entry in entries] == events[:2]
    with pytest.raises(StorageUnavailable):
        await queue.lease(now=now, until=clock.now(), limit=10)


async def test_a_server_without_transactions_is_not_available() -> None:
    call = AsyncMock(side_effect=NoTransactions("a lone server"))

    with pytest.raises(StorageUnavailable, match="a lone server"):
        await Calls().run(call(), 1)


async def test_no_free_connection_is_an_error_and_not_a_hang(
    database_settings: DatabaseSettings,
    make_user: MakeUser,
) -> None:
    pool = database_settings.pool.model_copy(update={"size": 1})
    settings = database_settings.model_copy(update={"pool": pool})
    async with open_client(settings, deadline=10) as client:
        session = ReadSession(client[settings.name], deadline=10)
        hurried = ReadSession(client[settings.name], deadline=0.2)
        await client[settings.name]["users"].insert_one(_document(make_user()))
        busy = asyncio.create_task(session.find(USERS.collection, SLOW, limit=1))
        await asyncio.sleep(0.05)

        async with asyncio.timeout(5):
            with pytest.raises(StorageUnavailable):
                await hurried.find(USERS.collection, {}, limit=1)

        busy.cancel()
        await asyncio.wait([busy])


async def test_cancelled_operations_leave_their_connections_free(
    database_settings: DatabaseSettings,
    make_user: MakeUser,
) -> None:
    pool = database_settings.pool.model_copy(update={"size": 1})
    settings = database_settings.model_copy(update={"pool": pool})
    async with open_client(settings, deadline=10) as client:
        session = ReadSession(client[settings.name], settings.deadline)
        await client[settings.name]["users"].insert_one(_document(make_user()))

        for _ in range(3):
            query = asyncio.create_task(session.find(USERS.collection, SLOW, limit=1))
            await asyncio.sleep(0.05)
            query.cancel()
            await asyncio.wait([query])

        assert len(await session.find(USERS.collection, {}, limit=1)) == 1


async def test_a_wrong_password_is_not_repeated(
    database_settings: DatabaseSettings,
) -> None:
    url = str(database_settings.url.get_secret_value())
    values = database_settings.model_dump()
    values["url"] = url.replace("mongodb://", "mongodb://me:hunter2@")
    async with open_storage(DatabaseSettings.model_validate(values)) as storage:
        with pytest.raises(StorageUnavailable) as caught:
            await storage.ping()

    assert str(caught.value) == "AuthenticationFailed (18)"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"isWritablePrimary": True}, "not part of a replica set"),
        ({"isWritablePrimary": False, "isreplicaset": True}, "rs.initiate"),
        ({"isWritablePrimary": False, "setName": "rs0"}, "not the primary"),
    ],
)
async def test_a_server_without_transactions_is_refused(
    answer: dict[str, Any],
    reason: str,
) -> None:
    client = Mock(spec=["admin"])
    client.admin.command = AsyncMock(return_value=answer)

    with pytest.raises(NoTransactions, match=reason):
        await require_transactions(client)


@pytest.mark.parametrize(
    "answer",
    [
        {"isWritablePrimary": True, "setName": "rs0"},
        {"isWritablePrimary": True, "msg": "isdbgrid"},
    ],
)
async def test_a_replica_set_and_a_sharded_cluster_have_transactions(
    answer: dict[str, Any],
) -> None:
    client = Mock(spec=["admin"])
    client.admin.command = AsyncMock(return_value=answer)

    await require_transactions(client)

    client.admin.command.assert_awaited_once_with("hello")
