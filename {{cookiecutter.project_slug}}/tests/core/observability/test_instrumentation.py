"""Calls between layers, timed."""

import asyncio

import pytest
from prometheus_client import REGISTRY

from app.core.observability.instrumentation import measured


class Refused(Exception):
    """An answer."""

    is_refusal = True


@measured("service")
class Kiosk:
    """Sells, refuses, or fails."""

    async def sell(self, thing: str, *, price: int = 0) -> str:
        """Return what is bought."""
        await self._count()
        return f"{thing} for {price}"

    async def refuse(self) -> None:
        raise Refused

    async def fail(self) -> None:
        raise RuntimeError

    async def wait(self) -> None:
        await asyncio.Event().wait()

    def sell_at_once(self) -> None:
        """Is no coroutine: nobody waits for it."""

    async def _count(self) -> None:
        pass


class Stand(Kiosk):
    """Adds nothing."""


@measured("service")
class Idle:
    """Is never called."""

    async def rest(self) -> None:
        pass


def _calls(
    operation: str,
    outcome: str = "ok",
    component: str = "Kiosk",
) -> float | None:
    labels = {
        "layer": "service",
        "component": component,
        "operation": operation,
        "outcome": outcome,
    }
    return REGISTRY.get_sample_value("layer_call_seconds_count", labels)


async def test_a_call_is_counted_and_returns_what_it_returned() -> None:
    before = _calls("sell") or 0

    assert await Kiosk().sell("tea", price=3) == "tea for 3"

    assert _calls("sell") == before + 1


async def test_an_answer_that_refuses_is_no_error() -> None:
    with pytest.raises(Refused):
        await Kiosk().refuse()

    assert _calls("refuse", "refused")
    assert _calls("refuse", "error") is None
    assert _calls("refuse", "ok") == 0


async def test_a_failure_is_an_error() -> None:
    with pytest.raises(RuntimeError):
        await Kiosk().fail()

    assert _calls("fail", "error")
    assert _calls("fail", "refused") is None


async def test_a_call_that_nobody_waits_for_any_more_is_cancelled() -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(Kiosk().wait(), 0)
    async with asyncio.TaskGroup() as group:
        call = group.create_task(Kiosk().wait())
        await asyncio.sleep(0)
        call.cancel()

    assert _calls("wait", "cancelled") == 1


async def test_what_is_inherited_counts_under_the_class_that_defines_it() -> None:
    before = _calls("sell") or 0

    await Stand().sell("tea")

    assert _calls("sell") == before + 1
    assert _calls("sell", component="Stand") is None


async def test_only_public_asynchronous_methods_are_counted() -> None:
    await Kiosk().sell("tea")
    Kiosk().sell_at_once()

    assert _calls("_count") is None
    assert _calls("sell_at_once") is None


def test_a_call_that_never_happened_is_shown_as_none() -> None:
    assert _calls("rest", component="Idle") == 0


def test_a_method_keeps_its_name_and_what_it_says() -> None:
    assert Kiosk.sell.__name__ == "sell"
    assert Kiosk.sell.__doc__ == "Return what is bought."
