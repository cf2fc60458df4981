"""When calls are let through, and who finds out whether they may be."""

import pytest

from app.core.cache.circuit_breaker import CircuitBreaker, State

PAUSE = 2.0


class TestCircuitBreaker:
    """Time is what a test says it is."""

    @pytest.fixture(autouse=True)
    def arrange(self) -> None:
        self.seconds = 100.0
        self.breaker = CircuitBreaker(PAUSE, lambda: self.seconds)

    def test_at_first_calls_are_let_through_and_nobody_probes(self) -> None:
        assert self.breaker.is_closed
        assert not self.breaker.take_probe()

    def test_after_a_failure_no_call_is_let_through(self) -> None:
        self.breaker.call_failed()

        assert not self.breaker.is_closed
        assert self.breaker.state is State.OPEN

    def test_the_first_probe_is_due_at_once_and_there_is_one_at_a_time(self) -> None:
        self.breaker.call_failed()

        assert [self.breaker.take_probe() for _ in range(3)] == [True, False, False]
        assert self.breaker.state is State.HALF_OPEN
        assert not self.breaker.is_closed

    def test_calls_that_fail_late_change_nothing_for_the_probe(self) -> None:
        self.breaker.call_failed()
        self.breaker.take_probe()

        self.breaker.call_failed()

        assert self.breaker.state is State.HALF_OPEN
        assert not self.breaker.take_probe()

    def test_after_a_probe_that_failed_the_next_one_waits(self) -> None:
        self.breaker.call_failed()
        self.breaker.take_probe()
        self.breaker.probe_failed()

        self.seconds += PAUSE - 0.01
        assert not self.breaker.take_probe()
        self.seconds += 0.01
        assert self.breaker.take_probe()

    def test_after_a_probe_that_succeeded_calls_are_let_through(self) -> None:
        self.breaker.call_failed()
        self.breaker.take_probe()

        self.breaker.probe_succeeded()

        assert self.breaker.is_closed
        assert not self.breaker.take_probe()
