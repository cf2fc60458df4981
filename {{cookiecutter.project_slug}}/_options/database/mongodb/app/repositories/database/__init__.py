"""Storage in the database, through PyMongo. `COLLECTIONS` has every collection of the service."""

from app.repositories.database.storage import COLLECTIONS, open_storage

__all__ = ["COLLECTIONS", "open_storage"]
