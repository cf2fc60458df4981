"""Storage in the database, through SQLAlchemy Core.

`metadata` has every table of the service: importing this package defines them all.
"""

from app.core.database.tables import metadata
from app.repositories.database.storage import open_storage

__all__ = ["metadata", "open_storage"]
