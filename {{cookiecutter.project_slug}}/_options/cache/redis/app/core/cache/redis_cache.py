"""Values in Redis or Valkey, shared by all processes of the service.

A key holds a value, as JSON, or else the lease of the process that is loading it: `?` and a
token. Who finds nothing there leaves its lease, loads, and stores the value if the key still
holds that lease. To forget is to delete the key, and with it the right to store what was
loaded before.

Source: Nishtala et al., "Scaling Memcache at Facebook", NSDI 2013, section 3.2.1.
"""

import asyncio
import contextlib
import hashlib
import json
import random
import secrets
import time
from dataclasses import dataclass
from functools import partial

import structlog
from pydantic import TypeAdapter, ValidationError
from redis.asyncio import Redis

from app.core.cache.base import Lifetimes, Loader, Lookups, Region, Value
from app.core.cache.redis_client import CacheUnavailable, RedisLink
from app.core.cache.single_flight import Flights

POLL_SECONDS = 0.02

_LEASE = b"?"  # JSON never begins with it

_STORE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
"""
_GIVE_BACK = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Leases:
    """How long a process has to load a value, and how long others wait for it, in seconds."""

    seconds: float
    wait: float


class RedisRegion(Region[Value]):
    """Keeps values under a prefix, the region's name, and the fingerprint of their schema."""

    def __init__(
        self,
        link: RedisLink,
        name: str,
        adapter: TypeAdapter[Value],
        lifetimes: Lifetimes,
        leases: Leases,
    ) -> None:
        self._link = link
        self._prefix = f"{link.prefix}:{name}:{fingerprint(adapter)}:"
        self._adapter = adapter
        self._lifetimes = lifetimes
        self._leases = leases
        self._own = _LEASE + secrets.token_hex(8).encode()
        self._lookups = Lookups(name)
        self._flights: Flights[Value] = Flights()

    async def get_or_load(self, key: str, load: Loader[Value]) -> Value:
        name = self._prefix + key
        try:
            held = await self._look_up(name)
        except CacheUnavailable:
            self._lookups.error.inc()
            return await self._flights.join(name, load)
        counter = self._lookups.miss if _is_lease(held) else self._lookups.hit
        counter.inc()
        return await self._get(name, held, load)

    async def forget(self, key: str) -> None:
        name = self._prefix + key
        self._flights.part(name)
        await self._link.delete(name)

    async def aclose(self) -> None:
        """Give up what is still being loaded."""
        await self._flights.aclose()

    async def _look_up(self, name: str) -> bytes:
        """Return what a key holds; if that is nothing, leave a lease there and return it."""
        lease = self._own + secrets.token_hex(8).encode()

        async def take(client: Redis) -> bytes:
            held = await client.set(
                name,
                lease,
                nx=True,
                get=True,
                px=_milliseconds(self._leases.seconds),
            )
            return held if isinstance(held, bytes) else lease

        return await self._link.send(take)

    async def _get(self, name: str, held: bytes, load: Loader[Value]) -> Value:
        if not _is_lease(held):
            return await self._decoded(name, held, load)
        # Whoever of this process comes first fills in for the one whose lease it is.
        answer = self._fill if held.startswith(self._own) else self._wait
        return await self._flights.join(
            held.decode(),
            partial(answer, name, held, load),
        )

    async def _decoded(self, name: str, held: bytes, load: Loader[Value]) -> Value:
        try:
            return self._adapter.validate_json(held)
        except ValidationError:
            logger.warning("cached_value_unreadable", key=name)
            await self._link.delete(name)
            return await load()

    async def _fill(self, name: str, lease: bytes, load: Loader[Value]) -> Value:
        """Load, and store what was loaded if the lease still stands."""
        try:
            value = await load()
        except BaseException:
            await self._run(_GIVE_BACK, name, lease)
            raise
        lifetime = _milliseconds(self._lifetimes.draw(value))
        await self._run(_STORE, name, lease, self._adapter.dump_json(value), lifetime)
        return value

    async def _wait(self, name: str, lease: bytes, load: Loader[Value]) -> Value:
        """Look again until another process has stored the value, or has taken too long."""
        give_up_at = time.monotonic() + self._leases.wait
        while time.monotonic() < give_up_at:
            await asyncio.sleep(random.uniform(0.5, 1.5) * POLL_SECONDS)  # noqa: S311
            try:
                held = await self._look_up(name)
            except CacheUnavailable:
                break
            if held.startswith(self._own) or not _is_lease(held):
                return await self._get(name, held, load)
        return await load()

    async def _run(self, script: str, name: str, *arguments: bytes | int) -> None:
        with contextlib.suppress(CacheUnavailable):
            await self._link.send(
                lambda client: client.register_script(script)([name], arguments),
            )


def fingerprint(adapter: TypeAdapter[Value]) -> str:
    """Return eight characters that differ when the schema of the values does.

    A new version of the service then neither reads what the old one wrote, nor writes what
    the old one reads.
    """
    schema = json.dumps(adapter.json_schema(), sort_keys=True)
    return hashlib.blake2s(schema.encode(), digest_size=4).hexdigest()


def _is_lease(held: bytes) -> bool:
    return held.startswith(_LEASE)


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))
