"""The garbage collector of Python, set for a process that serves for long."""

import gc

THRESHOLD = 50_000
"""Objects more than were freed, after which the collector looks for cycles among them. A
request makes some hundreds, and nearly all are freed without the collector."""


def spare_collector() -> None:
    """Have it look less often, and never at what is there now, which stays.

    Called when the application is made: code, routes and models would be looked at time and
    again, and requests would wait for that. Until then it rests, if `app.__main__` serves.

    Source: https://docs.python.org/3/library/gc.html#gc.freeze
    """
    gc.freeze()
    gc.set_threshold(THRESHOLD)
    gc.enable()
