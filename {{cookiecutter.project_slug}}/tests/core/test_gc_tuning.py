"""What the garbage collector looks at."""

import gc
from collections.abc import Iterator

import pytest

from app.core.gc_tuning import spare_collector


@pytest.fixture(autouse=True)
def collector_as_it_was() -> Iterator[None]:
    yield
    gc.unfreeze()
    gc.enable()


def test_what_is_there_is_not_looked_at_again() -> None:
    before = gc.get_freeze_count()

    spare_collector()

    assert gc.get_freeze_count() > before


def test_spare_collector_keeps_the_thresholds_of_python() -> None:
    thresholds = gc.get_threshold()

    spare_collector()

    assert gc.get_threshold() == thresholds


def test_what_is_made_later_is_still_freed_also_if_it_rested() -> None:
    gc.disable()
    spare_collector()
    assert gc.isenabled()

    cycle: list[object] = []
    cycle.append(cycle)
    del cycle

    assert gc.collect() >= 1
