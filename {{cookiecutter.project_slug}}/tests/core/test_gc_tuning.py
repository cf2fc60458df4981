"""What the garbage collector looks at."""

import gc
import weakref
from collections.abc import Iterator

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.gc_tuning import MAX_BYTES, spare_collector
from app.core.http.body_limit import BodyLimitMiddleware

MEBIBYTE = 2**20


@pytest.fixture(autouse=True)
def collector_as_it_was() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)
    gc.enable()


def test_what_is_there_is_not_looked_at_again() -> None:
    before = gc.get_freeze_count()

    spare_collector()

    assert gc.get_freeze_count() > before


def test_what_is_made_later_is_still_freed_also_if_it_rested() -> None:
    gc.disable()
    spare_collector()
    assert gc.isenabled()

    cycle: list[object] = []
    cycle.append(cycle)
    del cycle

    assert gc.collect() >= 1


class Refused:
    """What a refused request left, if only the collector can free it."""

    def __init__(self) -> None:
        self.body = bytes(MEBIBYTE)
        self.itself = self


async def test_bodies_in_cycles_are_freed_before_they_fill_the_memory() -> None:
    left: weakref.WeakSet[Refused] = weakref.WeakSet()
    most = 0

    async def receive() -> Message:
        refused = Refused()
        left.add(refused)
        return {"type": "http.request", "body": refused.body}

    async def read(_scope: Scope, receive: Receive, _send: Send) -> None:
        await receive()

    async def send(_message: Message) -> None: ...

    app: ASGIApp = BodyLimitMiddleware(read, max_bytes=MEBIBYTE)
    gc.disable()
    for _ in range(3 * MAX_BYTES // MEBIBYTE):
        await app({"type": "http", "headers": []}, receive, send)
        most = max(most, len(left))

    assert MAX_BYTES / 2 < most * MEBIBYTE <= MAX_BYTES + 2 * MEBIBYTE
