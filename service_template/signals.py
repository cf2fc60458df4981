"""Signals by which a program is asked to stop."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

# Windows has no SIGHUP.
OTHERS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""Those that are not Ctrl-C."""


def on_stop(handler: Callable[[int, FrameType | None], None]) -> None:
    """Call a handler from now on, instead of stopping."""
    for number in (signal.SIGINT, *OTHERS):
        signal.signal(number, handler)


@contextmanager
def stopped_as_by_ctrl_c() -> Iterator[None]:
    """Let every signal end the block by `KeyboardInterrupt`, so that it can undo what it did."""
    before = {number: signal.signal(number, signal.default_int_handler) for number in OTHERS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
