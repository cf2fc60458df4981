"""The garbage collector of Python, set for a process that serves for long."""

import gc

THRESHOLD = 5_000
"""New objects after which the collector looks for cycles among them. Python's own figure,
700 before 3.13, has it look more than once a request, which takes a tenth of a read by id."""

MAX_BYTES = 32 * 2**20
"""Bytes of request bodies after which it looks in any case. The threshold counts objects,
not bytes, and a few objects in a cycle can hold the body of a request."""


def spare_collector() -> None:
    """Exempt the objects that exist now from collection, and enable the collector.

    Called when the application is made: the collector would scan code, routes and models
    again and again, and requests would wait for it. `app.__main__` disables it until then.

    Source: https://docs.python.org/3/library/gc.html#gc.freeze
    """
    gc.freeze()
    gc.set_threshold(THRESHOLD)
    gc.enable()


class BodyCollector:
    """Frees what requests left in cycles before their bodies take more than `MAX_BYTES`."""

    def __init__(self) -> None:
        self._bytes = 0

    def count(self, received: int) -> None:
        """Count bytes of a body; collect if too many came since the last time."""
        self._bytes += received
        if self._bytes > MAX_BYTES:
            self._bytes = 0
            gc.collect()
