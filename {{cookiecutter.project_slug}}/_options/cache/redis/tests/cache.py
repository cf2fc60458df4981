"""The cache of tests: a prefix of their own on a server."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.core.cache.backend import CacheSettings
from tests.redis_server import redis_url, temporary_prefix

CACHE_IN_PRODUCTION = {"CACHE__URL": "rediss://cache.example.com:6379/0"}
"""What has to be set of it."""

PATIENT = {"deadline": 5, "connect_wait": 5, "lease": 30}
"""Machines that run tests stop for a while now and then; that is no failure."""


@contextmanager
def temporary_cache() -> Iterator[CacheSettings]:
    """Yield settings for a cache that is empty, and leave nothing of it behind."""
    with temporary_prefix() as prefix:
        yield settings_for(redis_url(), prefix, **PATIENT)


def settings_for(url: str, prefix: str = "test", **others: float) -> CacheSettings:
    """Return settings for a server."""
    return CacheSettings.model_validate({"url": url, "prefix": prefix, **others})
