"""Attempts that are counted in Redis and alone at the same moment."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from unittest.mock import AsyncMock, Mock

from app.core.cache.redis_client import CacheUnavailable, RedisLink
from app.core.security.rate_limit import Allowance
from app.core.security.rate_limiter import RedisThrottle
from tests.accounts import StoppedClock

TWO = Allowance(attempts=2, seconds=1000)


async def test_attempt_counted_alone_during_an_answer_is_told_afterwards() -> None:
    link, answered = Mock(spec=RedisLink), asyncio.Event()
    throttle = RedisThrottle(link, "test:", StoppedClock())
    arguments: list[list[int]] = []
    script = AsyncMock(side_effect=lambda _keys, given: arguments.append(given))
    client = Mock(**{"register_script.return_value": script})

    async def answer_late(command: Callable[[Any], Awaitable[object]]) -> list[int]:
        await command(client)
        await answered.wait()
        return [0, 1_000_000]

    link.send.side_effect = answer_late
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(throttle.attempt("a", TWO))
        await asyncio.sleep(0)
        link.send.side_effect = CacheUnavailable
        assert await throttle.attempt("a", TWO) == 0
        answered.set()
    link.send.side_effect = answer_late
    await throttle.attempt("a", TWO)

    assert [told for *_others, told in arguments] == [0, 1_000_000]
