"""Networks that accounts were logged in to from, with the chosen database."""

from datetime import timedelta
from unittest.mock import Mock

import pytest

from app.core.database.errors import TransactionLost
from app.repositories.interfaces.accounts import AccountRepository
from app.repositories.interfaces.storage import Storage
from app.services.known_networks import KnownNetworks, purge_known_networks
from tests.accounts import StoppedClock, known_networks

ADA, BOB = "ada@example.com", "bob@example.com"
HOME, ELSEWHERE = "192.0.2.1", "198.51.100.7"
KNOWN_FOR = timedelta(days=90)


class TestKnownNetworks:
    """Ada was logged in to from home."""

    @pytest.fixture(autouse=True)
    async def arrange(self, storage: Storage) -> None:
        self.clock = StoppedClock()
        self.storage = storage
        self.known = self.process()
        await self.known.add(ADA, HOME)

    def process(self) -> KnownNetworks:
        """Return what another process of the service knows."""
        return known_networks(self.storage, self.clock, known_for=KNOWN_FOR)

    @pytest.mark.parametrize(
        ("account", "network", "is_known"),
        [(ADA, HOME, True), (ADA, ELSEWHERE, False), (BOB, HOME, False)],
    )
    async def test_includes_is_about_one_account_and_one_network_in_every_process(
        self,
        account: str,
        network: str,
        is_known: bool,
    ) -> None:
        for process in (self.known, self.process()):
            assert await process.includes(account, network) is is_known

    async def test_includes_after_the_time_is_over_is_false(self) -> None:
        self.clock.advance(KNOWN_FOR)

        assert not await self.known.includes(ADA, HOME)

    async def test_add_of_a_fresh_entry_writes_nothing(self) -> None:
        reading = Mock(spec=self.storage, accounts=self.storage.accounts)
        self.clock.advance(KNOWN_FOR / 20)

        await known_networks(reading, self.clock, known_for=KNOWN_FOR).add(ADA, HOME)

        reading.unit_of_work.assert_not_called()

    async def test_add_of_an_older_entry_prolongs_it(self) -> None:
        self.clock.advance(KNOWN_FOR / 2)
        await self.known.add(ADA, HOME)
        self.clock.advance(KNOWN_FOR / 2)

        assert await self.known.includes(ADA, HOME)

    async def test_add_while_another_process_writes_the_same_is_no_error(self) -> None:
        losing = Mock(spec=self.storage, accounts=self.storage.accounts)
        losing.unit_of_work.side_effect = TransactionLost
        known = known_networks(losing, self.clock, known_for=KNOWN_FOR)

        await known.add(BOB, HOME)

        losing.unit_of_work.assert_called_once()

    async def test_entries_tell_neither_accounts_nor_networks(self) -> None:
        asked = Mock(spec=self.storage, accounts=Mock(spec=AccountRepository))
        asked.accounts.network_known_until.return_value = None
        await known_networks(asked, self.clock, known_for=KNOWN_FOR).includes(ADA, HOME)

        [digest] = asked.accounts.network_known_until.await_args.args

        assert len(digest) == 32
        for secret in (ADA, HOME):
            assert secret.encode() not in digest

    async def test_purge_deletes_all_entries_that_are_over_and_no_other(
        self,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("app.services.known_networks.PURGED_AT_ONCE", 2)
        for number in range(4):
            await self.known.add(BOB, str(number))
        self.clock.advance(KNOWN_FOR)
        await self.known.add(ADA, ELSEWHERE)

        begin = self.storage.unit_of_work
        purged = [await purge_known_networks(begin, self.clock) for _ in range(2)]

        assert purged == [5, 0]
        assert await self.known.includes(ADA, ELSEWHERE)
