"""Callers are cancelled wherever a command is: its connection goes back, or is closed."""

import asyncio
import random

from redis.asyncio import Redis

from app.core.cache.backend import CacheSettings, RedisCache, open_cache

STEPS = 60
CALLERS = 6


async def test_cancelled_commands_leave_no_connection_in_use(
    cache_settings: CacheSettings,
) -> None:
    few = cache_settings.model_copy(update={"connections": 2, "deadline": 1})
    async with open_cache(few) as cache:
        assert isinstance(cache, RedisCache)
        link = cache.link
        pools = set()

        async def increment(client: Redis) -> int:
            pools.add(client.connection_pool)
            count: int = await client.incr(f"{link.prefix}:count")
            return count

        for steps in range(STEPS):
            asking = [asyncio.create_task(link.send(increment)) for _ in range(CALLERS)]
            for _ in range(steps):
                await asyncio.sleep(0)
            for task in random.sample(asking, CALLERS // 2) * 2:
                task.cancel()
            await asyncio.gather(*asking, return_exceptions=True)
            await link.probe()  # a command that missed its turn counts as an outage

        [pool] = pools
        assert not pool._in_use_connections
        before = await link.send(increment)
        assert await link.send(increment) == before + 1
