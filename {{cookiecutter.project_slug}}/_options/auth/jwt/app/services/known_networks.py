"""Networks that accounts were logged in to from, remembered in the database."""

from contextlib import suppress
from datetime import timedelta

import structlog

from app.core.clock import Clock
from app.core.database.errors import TransactionLost
from app.core.errors import translate_storage_errors
from app.core.observability.instrumentation import measured
from app.core.signing import Signer
from app.repositories.interfaces.accounts import AccountRepository
from app.repositories.interfaces.storage import UnitOfWorkFactory

logger = structlog.get_logger()

PURGED_AT_ONCE = 1000

RENEWALS = 10
"""How often at most an entry is written again within the time that it is good for."""


@measured("service")
class KnownNetworks:
    """Remembers for `known_for` from where an account was logged in to.

    Processes share the entries, and restarts keep them. An entry is a keyed digest: neither
    accounts nor networks can be read from it. Changing `SECRET_KEY` forgets all entries.
    """

    def __init__(
        self,
        accounts: AccountRepository,
        unit_of_work: UnitOfWorkFactory,
        clock: Clock,
        signer: Signer,
        *,
        known_for: timedelta,
    ) -> None:
        self._accounts = accounts
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._signer = signer
        self._known_for = known_for

    async def includes(self, account: str, network: str) -> bool:
        """Return whether a network is known to an account: one query, whoever has one.

        Raises:
            StorageUnavailable: storage does not answer in time.
        """
        digest = self._digest(account, network)
        until = await self._accounts.network_known_until(digest)
        return until is not None and self._clock.now() < until

    async def add(self, account: str, network: str) -> None:
        """Remember a network from now on. An entry that is still fresh is not written again.

        Raises:
            StorageUnavailable: storage does not answer in time.
        """
        digest = self._digest(account, network)
        until = self._clock.now() + self._known_for
        stored = await self._accounts.network_known_until(digest)
        if stored is not None and until - stored < self._known_for / RENEWALS:
            return
        with suppress(TransactionLost):  # to another log-in that writes the same entry
            async with self._unit_of_work() as work:
                await work.accounts.remember_network(digest, until=until)
                await work.commit()

    def _digest(self, account: str, network: str) -> bytes:
        return self._signer.digest(account.encode(), network.encode())


@translate_storage_errors()
async def purge_known_networks(unit_of_work: UnitOfWorkFactory, clock: Clock) -> int:
    """Delete entries that are good no longer, in batches, and return how many.

    Raises:
        DependencyUnavailable: storage does not answer in time.
    """
    now = clock.now()
    purged = 0
    while True:
        async with unit_of_work() as work:
            batch = await work.accounts.purge_networks(now, PURGED_AT_ONCE)
            await work.commit()
        purged += batch
        if batch < PURGED_AT_ONCE:
            logger.info("known_networks_purged", count=purged)
            return purged
