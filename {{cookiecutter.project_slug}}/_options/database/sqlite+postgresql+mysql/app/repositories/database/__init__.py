"""Storage in the database, through SQLAlchemy Core."""

from app.repositories.database.storage import open_storage

__all__ = ["open_storage"]
