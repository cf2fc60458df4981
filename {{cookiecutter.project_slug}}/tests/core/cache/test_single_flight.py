"""Calls that are shared."""

import asyncio

import pytest

from app.core.cache.single_flight import Flights


async def test_those_who_come_while_a_call_is_under_way_share_its_error() -> None:
    flights: Flights[int] = Flights()
    may_end = asyncio.Event()
    calls = 0

    async def call() -> int:
        nonlocal calls
        calls += 1
        await may_end.wait()
        raise ConnectionError

    callers = [asyncio.create_task(flights.join("name", call)) for _ in range(3)]
    await asyncio.sleep(0)
    may_end.set()
    outcomes = await asyncio.gather(*callers, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [ConnectionError] * 3
    assert calls == 1


async def test_a_call_ends_even_if_nobody_waits_for_it_any_more() -> None:
    flights: Flights[int] = Flights()
    may_end, ended = asyncio.Event(), asyncio.Event()

    async def call() -> int:
        await may_end.wait()
        ended.set()
        raise ConnectionError

    caller = asyncio.create_task(flights.join("name", call))
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    may_end.set()

    await ended.wait()


async def test_closing_stops_calls_that_nobody_waits_for_any_more() -> None:
    flights: Flights[int] = Flights()
    begun, stopped = asyncio.Event(), asyncio.Event()

    async def call() -> int:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()
        return 1

    caller = asyncio.create_task(flights.join("name", call))
    await begun.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert not stopped.is_set()

    await flights.aclose()

    assert stopped.is_set()


async def test_names_are_free_again_when_a_call_has_ended() -> None:
    flights: Flights[int] = Flights()
    calls = 0

    async def call() -> int:
        nonlocal calls
        calls += 1
        return calls

    assert [await flights.join("name", call) for _ in range(2)] == [1, 2]


async def test_an_older_call_does_not_free_the_name_of_a_newer_one() -> None:
    flights: Flights[int] = Flights()
    gates = [asyncio.Event(), asyncio.Event()]

    async def call(number: int) -> int:
        await gates[number].wait()
        return number

    older = asyncio.create_task(flights.join("name", lambda: call(0)))
    await asyncio.sleep(0)
    flights.part("name")
    newer = asyncio.create_task(flights.join("name", lambda: call(1)))
    await asyncio.sleep(0)

    gates[0].set()
    assert await older == 0
    joined = asyncio.create_task(flights.join("name", lambda: call(0)))
    await asyncio.sleep(0)
    gates[1].set()

    assert (await newer, await joined) == (1, 1)
