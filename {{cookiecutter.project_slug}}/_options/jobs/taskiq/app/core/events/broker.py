"""Redis Streams between relays and workers.

They are transport only: whatever is in them is in the outbox as well. An event that is lost on
the way is published again, and one that arrives twice is handled once.
"""

from collections.abc import AsyncGenerator
from typing import cast

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from taskiq import AckableMessage
from taskiq_redis import RedisStreamBroker

from app.core.events.jobs import JobSettings

TASK = "deliver"
"""What workers are asked to do, with an event's id and the number of its attempts so far."""

GROUP = "workers"

MAX_LENGTH = 100_000
"""Messages that a stream holds, more or less; older ones are dropped, and published again."""

WAIT_MILLISECONDS = 1000
"""How long a worker waits for a message before it asks again."""

PATIENCE_SECONDS = 5
"""How long a server may take to answer, longer than a worker waits for a message."""

Message = tuple[bytes, dict[bytes, bytes]]
"""The id and the fields."""


class EventBroker(RedisStreamBroker):
    """Reads what is new, and what others read long ago and did not acknowledge.

    taskiq's own way takes from others only while new messages come in, and leaves connections
    open when it is stopped in the middle of it.
    """

    async def listen(self) -> AsyncGenerator[AckableMessage, None]:
        """Yield messages for ever."""
        async with Redis(connection_pool=self.connection_pool) as redis:
            while True:
                messages = [*await self._new(redis), *await self._abandoned(redis)]
                for message_id, fields in messages:
                    yield AckableMessage(
                        data=fields[b"data"],
                        ack=self._ack_generator(message_id.decode(), self.queue_name),
                    )

    async def _new(self, redis: Redis) -> list[Message]:
        found = await redis.xreadgroup(
            self.consumer_group_name,
            self.consumer_name,
            {self.queue_name: ">"},
            block=self.block,
            count=self.count,
        )
        streams = cast("list[tuple[bytes, list[Message]]]", found)
        return [message for _name, messages in streams for message in messages]

    async def _abandoned(self, redis: Redis) -> list[Message]:
        found = await redis.xautoclaim(
            self.queue_name,
            self.consumer_group_name,
            self.consumer_name,
            min_idle_time=self.idle_timeout,
            count=self.count,
        )
        return cast("list[Message]", found[1])


def make_broker(settings: JobSettings) -> EventBroker:
    """Return a way to the stream; the first connection is made when it is first needed."""
    return EventBroker(
        url=settings.redis_url.get_secret_value().unicode_string(),
        queue_name=settings.stream,
        consumer_group_name=GROUP,
        consumer_id="0",  # what was published before there was a worker counts, too
        maxlen=MAX_LENGTH,
        xread_block=WAIT_MILLISECONDS,
        xread_count=settings.concurrency,
        idle_timeout=round(settings.lease * 1000),
        max_connection_pool_size=settings.concurrency + 2,
        socket_timeout=PATIENCE_SECONDS,
        socket_connect_timeout=PATIENCE_SECONDS,
        retry=Retry(NoBackoff(), retries=0),
    )
