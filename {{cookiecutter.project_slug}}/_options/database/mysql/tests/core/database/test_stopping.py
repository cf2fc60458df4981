"""Ending on the server what nobody waits for any more."""

import asyncio

import pytest
from asyncmy.errors import OperationalError

from app.core.database.stopping import open_stopper


class Line:
    """A connection that notes what goes over it."""

    def __init__(self) -> None:
        self.statements: list[str] = []
        self.is_open = True
        self.times_connected = 0

    async def connect(self) -> "Line":
        await asyncio.sleep(0)
        self.times_connected += 1
        return self

    async def query(self, sql: str) -> int:
        self.statements.append(sql)
        await asyncio.sleep(0)
        if sql == "KILL 2":
            raise OperationalError(1094, "Unknown thread id: 2")
        return 0

    def close(self) -> None:
        self.is_open = False


async def test_all_that_is_abandoned_is_killed_over_one_connection() -> None:
    line = Line()

    async with open_stopper(line.connect) as stopper:
        for connection_id in (1, 2, 3):
            stopper.stop(connection_id)

    assert sorted(line.statements) == ["KILL 1", "KILL 2", "KILL 3"]
    assert line.times_connected == 1
    assert not line.is_open


async def test_what_is_abandoned_later_is_killed_too() -> None:
    line = Line()

    async with open_stopper(line.connect) as stopper:
        stopper.stop(1)
        await stopper.finish()
        stopper.stop(3)

    assert line.statements == ["KILL 1", "KILL 3"]


@pytest.mark.parametrize("error", [OSError, OperationalError(2003, "no way")])
async def test_a_server_that_is_gone_has_stopped_by_itself(error: Exception) -> None:
    async def connect() -> Line:
        raise error

    async with open_stopper(connect) as stopper:
        stopper.stop(1)
        await stopper.finish()
        stopper.stop(2)


async def test_nothing_is_connected_to_while_nothing_is_abandoned() -> None:
    line = Line()

    async with open_stopper(line.connect):
        pass

    assert line.times_connected == 0
