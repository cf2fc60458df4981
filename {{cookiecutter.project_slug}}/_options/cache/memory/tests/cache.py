"""The cache of tests."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from app.core.cache.backend import CacheSettings

CACHE_IN_PRODUCTION: Mapping[str, str] = {}
"""Nothing has to be set of it."""


@contextmanager
def temporary_cache() -> Iterator[CacheSettings]:
    """Yield settings for a cache that is empty."""
    yield CacheSettings()
