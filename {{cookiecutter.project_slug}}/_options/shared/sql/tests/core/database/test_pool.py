"""Connections that are made, lent and closed."""

import asyncio
import struct
import time
from typing import Any

import pytest

from app.core.database.connection import Connection
from app.core.database.errors import StorageUnavailable
from app.core.database.pool import Pool
from app.core.database.pool_settings import PoolSettings

ONE = PoolSettings(size=1, overflow=0, wait=0.05)


class FakeConnection:
    """A connection to nothing, which notes what becomes of it."""

    def __init__(self) -> None:
        self.made_at = self.used_at = time.monotonic()
        self.is_fit = True
        self.is_read_only = False
        self.is_closed = False

    def is_in_transaction(self) -> bool:
        return False

    async def dismiss(self) -> None:
        self.is_closed = True


class Server:
    """Lets connections be made while `is_open` is set, and raises `error` if there is one."""

    def __init__(self) -> None:
        self.made: list[Any] = []
        self.error: Exception | None = None
        self.is_open = asyncio.Event()
        self.is_open.set()

    async def connect(self) -> Connection:
        await self.is_open.wait()
        if self.error is not None:
            raise self.error
        self.made.append(FakeConnection())
        connection: Connection = self.made[-1]
        return connection


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("the transport is closed"),
        AttributeError("'NoneType' object has no attribute 'write'"),
        struct.error("unpack requires a buffer of 4 bytes"),
        IndexError("index out of range"),
        ConnectionResetError(),
        TimeoutError(),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_connect_any_error_of_a_driver_is_unavailable_and_keeps_the_pool_whole(
    server: Server,
    error: Exception,
) -> None:
    pool = Pool(server.connect, ONE)
    server.error = error

    with pytest.raises(StorageUnavailable, match=type(error).__name__):
        await pool.take()

    server.error = None
    async with pool.connect() as connection:
        assert connection is server.made[0]


async def test_connect_abandoned_is_closed_once_it_is_made(server: Server) -> None:
    pool = Pool(server.connect, ONE)
    server.is_open.clear()
    attempt = asyncio.create_task(pool.take())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    attempt.cancel()
    await asyncio.wait([attempt])
    with pytest.raises(StorageUnavailable, match="no connection was free"):
        await pool.take()  # the attempt may still become a connection

    server.is_open.set()
    async with pool.connect():
        pass
    await pool.close()

    assert [made.is_closed for made in server.made] == [True, True]


async def test_close_a_lent_connection_closes_when_it_comes_back(
    server: Server,
) -> None:
    pool = Pool(server.connect, ONE)
    async with pool.connect():
        await pool.close()
        assert not server.made[0].is_closed

    await pool.close()

    assert server.made[0].is_closed


async def test_free_connections_do_not_answer_are_replaced(server: Server) -> None:
    async def answers(connection: Connection) -> bool:
        return connection is not server.made[0]

    pool = Pool(server.connect, ONE, answers)
    async with pool.connect():
        pass

    async with pool.connect() as connection:
        assert connection is server.made[1]

    await pool.close()
    assert server.made[0].is_closed
