"""How events are handled: by workers of their own, which get them through Redis Streams."""

from collections.abc import Mapping
from functools import partial

from pydantic import Field, RedisDsn, Secret
from redis.asyncio import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from app.core import service_info
from app.core.events.settings import DeliverySettings
from app.core.observability.health_checks import Check


class JobSettings(DeliverySettings):
    """Where relays and workers meet, and how much one worker does."""

    redis_url: Secret[RedisDsn] = Field(
        default=Secret(RedisDsn("redis://localhost:6379/0")),
        description="Redis 7 or Valkey; `rediss://` where the network is shared.",
    )
    stream: str = Field(
        default=f"{service_info.NAME}:events",
        min_length=1,
        description="The key of the stream; services that share a server need one each.",
    )
    concurrency: int = Field(
        default=10,
        ge=1,
        le=1000,
        description="Events that one worker handles at a time.",
    )
    publish_deadline: float = Field(
        default=2,
        gt=0,
        le=60,
        description="Seconds that publishing one event may take.",
    )
    republish: float = Field(
        default=120,
        gt=0,
        le=7200,
        description="Seconds after which an event is published again if no worker began it.",
    )

    def unfit_for_production(self) -> list[str]:
        """Return what is missing: the default is a server of a laptop."""
        if "redis_url" in self.model_fields_set:
            return []
        return ["set JOBS__REDIS_URL: production has no default broker"]


def broker_checks(settings: JobSettings) -> Mapping[str, Check]:
    """Return what asks Redis whether it answers; it raises `redis.RedisError` if not."""
    return {"broker": partial(_ping, settings)}


async def _ping(settings: JobSettings) -> None:
    """Return if Redis answers, on a connection of its own.

    Whoever stops it at whatever moment leaves no connection behind: a pool closes its own in
    tasks, which are stopped before they begin.
    """
    url = settings.redis_url.get_secret_value().unicode_string()
    pool = ConnectionPool.from_url(url, retry=Retry(NoBackoff(), retries=0))
    connection = pool.make_connection()  # type: ignore[no-untyped-call]
    try:
        await connection.connect()
        await connection.send_command("PING")
        await connection.read_response()
    finally:
        await connection.disconnect(nowait=True)
