"""The cache of tests."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.core.cache import CacheSettings


@contextmanager
def temporary_cache() -> Iterator[CacheSettings]:
    """Yield settings for a cache that is empty."""
    yield CacheSettings()
