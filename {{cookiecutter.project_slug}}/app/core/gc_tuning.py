"""The garbage collector of Python, set for a process that serves for long."""

import gc


def spare_collector() -> None:
    """Exempt the objects that exist now from collection, and enable the collector.

    Called when the application is made: the collector would scan code, routes and models
    again and again, and requests would wait for it. `app.__main__` disables it until then.

    The thresholds stay as they are: they count objects, not bytes, and a few objects in a
    cycle can hold the body of a request.

    Source: https://docs.python.org/3/library/gc.html#gc.freeze
    """
    gc.freeze()
    gc.enable()
