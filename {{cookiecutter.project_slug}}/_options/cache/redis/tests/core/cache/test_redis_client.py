"""What is to be deleted while the server can't be used, and deleted afterwards."""

from collections.abc import Sequence
from unittest.mock import AsyncMock, Mock

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as Disconnected

from app.core.cache.circuit_breaker import CircuitBreaker
from app.core.cache.redis_client import DELETED_AT_ONCE, RedisLink


class TestRedisLink:
    """The server is replaced. It does not answer at first, and `deleted` is what it deleted."""

    @pytest.fixture(autouse=True)
    async def arrange(self) -> None:
        self.client = Mock(spec=Redis, ping=AsyncMock(), set=AsyncMock())
        self.client.unlink = AsyncMock(side_effect=Disconnected)
        breaker = CircuitBreaker(1, lambda: 0)
        self.link = RedisLink(
            self.client,
            breaker,
            deadline=1,
            connect_wait=1,
            prefix="test",
        )
        self.deleted: list[Sequence[str]] = []
        await self.link.delete("key")
        breaker.take_probe()  # so that no other one begins

    async def _unlink(self, *keys: str) -> int:
        self.deleted.append(keys)
        return len(keys)

    async def test_what_is_owed_again_while_it_is_deleted_is_deleted_again(
        self,
    ) -> None:
        async def unlink_and_owe_again(*keys: str) -> int:
            self.client.unlink.side_effect = self._unlink
            await self.link.delete("key")
            return await self._unlink(*keys)

        self.client.unlink.side_effect = unlink_and_owe_again
        await self.link.probe()

        assert self.deleted == [("key",), ("key",)]

    async def test_what_could_not_be_deleted_is_still_owed(self) -> None:
        await self.link.probe()
        self.client.unlink.side_effect = self._unlink

        await self.link.probe()
        await self.link.probe()

        assert self.deleted == [("key",)]

    async def test_many_are_deleted_by_several_commands(self) -> None:
        keys = {"key", *(f"key {number}" for number in range(DELETED_AT_ONCE))}
        for key in keys:
            await self.link.delete(key)
        self.client.unlink.side_effect = self._unlink

        await self.link.probe()

        assert [len(chunk) for chunk in self.deleted] == [DELETED_AT_ONCE, 1]
        assert {key for chunk in self.deleted for key in chunk} == keys
