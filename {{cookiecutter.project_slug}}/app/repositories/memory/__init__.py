"""Storage in this process's memory: honest, and gone with the process. For tests."""

from app.repositories.memory.storage import MemoryStorage

__all__ = ["MemoryStorage"]
