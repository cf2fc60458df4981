"""Storage in the database, through PyMongo."""

from app.repositories.database.storage import open_storage

__all__ = ["open_storage"]
