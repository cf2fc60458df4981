"""Any storage, with a cache before its reads by id."""

from app.repositories.cached.storage import CachedStorage

__all__ = ["CachedStorage"]
