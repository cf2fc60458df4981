"""The cache: Redis or Valkey, shared by all processes of the service."""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from pydantic import BaseModel, ConfigDict, Field, RedisDsn, Secret, TypeAdapter
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.maint_notifications import MaintNotificationsConfig
from typing_extensions import TypeForm

from app.core import service_info
from app.core.cache.base import Cache, Lifetimes, Region, Value
from app.core.cache.circuit_breaker import CircuitBreaker
from app.core.cache.redis_cache import Leases, RedisRegion
from app.core.cache.redis_client import RedisLink
from app.core.observability.health_checks import Check


class CacheSettings(BaseModel):
    """Where the cache is, how long to wait for it, and how long to keep what is in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Secret[RedisDsn] = Field(
        default=Secret(RedisDsn("redis://localhost:6379/0")),
        description="Redis 7 or Valkey; `rediss://` where the network is shared.",
    )
    prefix: str = Field(
        default=service_info.NAME,
        min_length=1,
        description="What all keys begin with; services that share a server need one each.",
    )
    deadline: float = Field(
        default=0.05,
        gt=0,
        le=5,
        description="Seconds that one command may take; then the cache counts as down.",
    )
    connect_wait: float = Field(
        default=1,
        gt=0,
        le=60,
        description="Seconds to wait for a first connection; no request waits for it.",
    )
    pause: float = Field(
        default=1,
        gt=0,
        le=60,
        description="Seconds between attempts to reach a cache that is down.",
    )
    connections: int = Field(
        default=20,
        ge=1,
        le=1000,
        description="The most connections of one process.",
    )
    lease: float = Field(
        default=5,
        gt=0,
        le=60,
        description="Seconds that a process has to load a value before another one may.",
    )
    lease_wait: float = Field(
        default=3,
        ge=0,
        le=60,
        description="Seconds to wait for a value that another process loads: more than a query has.",
    )
    user_lifetime: float = Field(
        default=300,
        ge=0,
        description="Seconds that a user is kept; 0 keeps none, and has to be set in every process.",
    )
    absent_lifetime: float = Field(
        default=10,
        gt=0,
        description="Seconds that it is kept that there is no user with an id.",
    )
    statistics_lifetime: float = Field(
        default=60,
        gt=0,
        description="Seconds that statistics are kept.",
    )

    def unfit_for_production(self) -> list[str]:
        """Return what is missing: the default is a server of a laptop."""
        if "url" in self.model_fields_set:
            return []
        return ["set CACHE__URL: production has no default cache"]


class RedisCache(Cache):
    """Regions behind one link."""

    def __init__(
        self,
        link: RedisLink,
        settings: CacheSettings,
        open_regions: AsyncExitStack,
    ) -> None:
        self.link = link
        self._settings = settings
        self._open_regions = open_regions

    def region(
        self,
        name: str,
        kind: TypeForm[Value],
        lifetimes: Lifetimes,
    ) -> Region[Value]:
        region = RedisRegion(
            self.link,
            name,
            TypeAdapter(kind),
            lifetimes,
            Leases(self._settings.lease, self._settings.lease_wait),
        )
        self._open_regions.push_async_callback(region.aclose)
        return region

    def checks(self) -> Mapping[str, Check]:
        return {"cache": self._ping}

    async def _ping(self) -> None:
        await self.link.send(lambda client: client.ping())


@asynccontextmanager
async def open_cache(settings: CacheSettings) -> AsyncIterator[Cache]:
    """Open the cache as set. If there is no server yet, it is used as soon as there is one."""
    link = RedisLink(
        _client(settings),
        CircuitBreaker(settings.pause, time.monotonic),
        deadline=settings.deadline,
        connect_wait=settings.connect_wait,
        prefix=settings.prefix,
    )
    await link.probe()
    async with AsyncExitStack() as open_regions:
        open_regions.push_async_callback(link.close)
        yield RedisCache(link, settings, open_regions)


def _client(settings: CacheSettings) -> Redis:
    pool = BlockingConnectionPool.from_url(
        settings.url.get_secret_value().unicode_string(),
        max_connections=settings.connections,
        timeout=settings.deadline,
        socket_connect_timeout=settings.connect_wait,
        socket_timeout=None,  # `RedisLink` keeps the time of whole commands
        retry=Retry(NoBackoff(), retries=0),
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
    )
    return Redis.from_pool(pool)
