"""How many passwords may be tried, and from where."""

from datetime import timedelta

import pytest

from app.core.security.rate_limit import Allowance, MemoryThrottle
from app.repositories.interfaces.storage import Storage
from app.services.account_errors import TooManyAttempts
from app.services.log_in_limits import LogInLimits, network_of
from tests.accounts import StoppedClock, known_networks

ADA, BOB = "ada@example.com", "bob@example.com"
HOME, ELSEWHERE = "192.0.2.1", "198.51.100.7"


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def limits(clock: StoppedClock, storage: Storage) -> LogInLimits:
    return _limits(clock, storage)


def _limits(clock: StoppedClock, storage: Storage) -> LogInLimits:
    """Two attempts for an account, four from a network; a new one after a long while.

    For an account there are six in all from networks that are not known to it. Three may
    register from a network.
    """
    return LogInLimits(
        MemoryThrottle(clock),
        known_networks(storage, clock, known_for=timedelta(seconds=10_000)),
        for_account=Allowance(attempts=2, seconds=1000),
        for_network=Allowance(attempts=4, seconds=1000),
        from_unknown=Allowance(attempts=6, seconds=500),
        to_register=Allowance(attempts=3, seconds=2000),
    )


async def _try(limits: LogInLimits, account: str, address: str, number: int) -> int:
    """Return how many attempts out of some are allowed."""
    allowed = 0
    for _ in range(number):
        try:
            await limits.require_attempt(account, address)
        except TooManyAttempts:
            continue
        allowed += 1
    return allowed


async def test_one_account_may_be_tried_a_few_times(limits: LogInLimits) -> None:
    assert await _try(limits, ADA, HOME, 3) == 2


async def test_who_has_tried_too_often_is_told_how_long_to_wait(
    limits: LogInLimits,
) -> None:
    await _try(limits, ADA, HOME, 2)

    with pytest.raises(TooManyAttempts) as caught:
        await limits.require_attempt(ADA, HOME)

    assert caught.value.retry_after == 1000


async def test_attempts_from_elsewhere_do_not_keep_the_owner_out(
    limits: LogInLimits,
) -> None:
    assert await _try(limits, ADA, ELSEWHERE, 10) == 2

    assert await _try(limits, ADA, HOME, 1) == 1


async def test_many_accounts_cannot_be_tried_from_one_network(
    limits: LogInLimits,
) -> None:
    accounts = [f"{number}@example.com" for number in range(6)]

    allowed = [await _try(limits, account, HOME, 1) for account in accounts]

    assert allowed == [1, 1, 1, 1, 0, 0]
    assert await _try(limits, ADA, ELSEWHERE, 1) == 1


async def test_an_account_that_is_refused_uses_up_nothing_of_the_network(
    limits: LogInLimits,
) -> None:
    await _try(limits, ADA, HOME, 10)

    assert await _try(limits, BOB, HOME, 2) == 2


async def test_a_right_password_gives_the_attempts_for_the_account_back(
    limits: LogInLimits,
) -> None:
    await _try(limits, ADA, HOME, 2)
    await limits.succeeded(ADA, HOME)

    assert await _try(limits, ADA, HOME, 3) == 2


async def _try_from_everywhere(limits: LogInLimits, account: str, number: int) -> int:
    """Return how many attempts are allowed, of two from each of some networks."""
    networks = [f"203.0.113.{last}" for last in range(number)]
    return sum([await _try(limits, account, network, 2) for network in networks])


async def test_one_account_cannot_be_tried_from_many_networks(
    limits: LogInLimits,
) -> None:
    assert await _try_from_everywhere(limits, ADA, 10) == 6
    with pytest.raises(TooManyAttempts) as caught:
        await limits.require_attempt(ADA, ELSEWHERE)

    assert caught.value.retry_after == 500
    assert await _try(limits, BOB, ELSEWHERE, 1) == 1


async def test_the_owner_gets_in_from_where_the_owner_has_been(
    limits: LogInLimits,
) -> None:
    await limits.require_attempt(ADA, HOME)
    await limits.succeeded(ADA, HOME)
    await _try_from_everywhere(limits, ADA, 10)

    assert await _try(limits, ADA, HOME, 3) == 2
    assert await _try(limits, ADA, ELSEWHERE, 1) == 0


async def test_the_owner_gets_in_after_a_restart_from_where_the_owner_has_been(
    limits: LogInLimits,
    clock: StoppedClock,
    storage: Storage,
) -> None:
    await limits.succeeded(ADA, HOME)

    restarted = _limits(clock, storage)
    await _try_from_everywhere(restarted, ADA, 10)

    assert await _try(restarted, ADA, ELSEWHERE, 1) == 0
    assert await _try(restarted, ADA, HOME, 1) == 1


async def test_a_network_is_known_for_a_while_and_to_one_account(
    limits: LogInLimits,
    clock: StoppedClock,
) -> None:
    await limits.succeeded(ADA, HOME)
    await _try_from_everywhere(limits, BOB, 10)
    assert await _try(limits, BOB, HOME, 1) == 0

    clock.go_on(10_000)
    await _try_from_everywhere(limits, ADA, 10)

    assert await _try(limits, ADA, HOME, 1) == 0


async def test_what_one_network_is_refused_uses_up_nothing_of_the_account(
    limits: LogInLimits,
) -> None:
    await _try(limits, ADA, ELSEWHERE, 100)

    assert await _try(limits, ADA, HOME, 1) == 1


async def test_registrations_from_one_network_are_counted_apart_from_log_ins(
    limits: LogInLimits,
) -> None:
    for _ in range(3):
        await limits.require_registration(HOME)
    with pytest.raises(TooManyAttempts) as caught:
        await limits.require_registration(HOME)

    assert caught.value.retry_after == 2000
    await limits.require_registration(ELSEWHERE)
    assert await _try(limits, ADA, HOME, 1) == 1


async def test_addresses_of_one_customer_are_one_place(
    limits: LogInLimits,
) -> None:
    await _try(limits, ADA, "2001:db8::1", 1)
    await _try(limits, ADA, "2001:db8::ffff:2", 1)

    assert await _try(limits, ADA, "2001:db8::3", 1) == 0
    assert await _try(limits, ADA, "2001:db8:0:1::3", 1) == 1


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("/run/service.sock", "/run/service.sock"),
        ("", ""),
    ],
)
def test_an_address_stands_for_its_network(address: str, network: str) -> None:
    assert network_of(address) == network
