"""Waiting for a connection."""

import asyncio

import pytest

from app.core.database.errors import StorageUnavailable
from app.core.database.fair_semaphore import Turns
from app.core.database.pool_settings import PoolSettings


@pytest.fixture
def turns() -> Turns:
    """Two at a time, and nobody waits for long."""
    return Turns(PoolSettings(size=1, overflow=1, wait=0.05))


async def test_turns_come_in_the_order_in_which_they_were_asked_for(
    turns: Turns,
) -> None:
    order: list[int] = []

    async def visit(number: int) -> None:
        await turns.take()
        order.append(number)
        await asyncio.sleep(0)
        turns.give_back()

    await turns.take()
    await turns.take()
    early = [asyncio.create_task(visit(number)) for number in range(5)]
    await asyncio.sleep(0)
    assert turns.waiting == 5
    turns.give_back()
    late = asyncio.create_task(visit(5))  # one is free, and others have waited for it
    await asyncio.gather(*early, late)

    assert order == [0, 1, 2, 3, 4, 5]
    assert turns.waiting == 0


async def test_a_turn_that_does_not_come_is_not_waited_for_without_end(
    turns: Turns,
) -> None:
    await turns.take()
    await turns.take()

    with pytest.raises(StorageUnavailable, match="no connection was free"):
        await turns.take()

    turns.give_back()
    await turns.take()


async def test_who_gives_up_waiting_takes_no_turn(turns: Turns) -> None:
    await turns.take()
    await turns.take()
    given_up = asyncio.create_task(turns.take())
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.wait([given_up])

    turns.give_back()

    await turns.take()
    assert turns.waiting == 0
