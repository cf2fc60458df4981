"""Storage in this process's memory: honest, and gone with the process."""

from tests.memory.storage import MemoryStorage

__all__ = ["MemoryStorage"]
