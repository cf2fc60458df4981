"""`python -m app.dead_letters`, run in this process."""

import asyncio
import sys
from datetime import UTC, datetime

import pytest

from app import dead_letters
from app.core.database.settings import DatabaseSettings
from app.core.events.event import Event
from app.core.events.outbox_message import Backlog
from app.repositories.database import open_storage
from tests.conftest import MakeEvent
from tests.core.jobs import announce
from tests.emptying import empty
from tests.environment import environment_of

NOW = datetime(2026, 2, 1, tzinfo=UTC)


class TestDeadLetters:
    """Two events were given up."""

    @pytest.fixture(autouse=True)
    def arrange(
        self,
        migrated_database: DatabaseSettings,
        make_event: MakeEvent,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        self.database = migrated_database
        self.monkeypatch = monkeypatch
        self.capsys = capsys
        self.events = [make_event(), make_event()]
        for name, value in environment_of(migrated_database).items():
            monkeypatch.setenv(name, value)
        asyncio.run(self._bury(*self.events))

    async def _bury(self, *events: Event) -> None:
        await empty(self.database)
        async with open_storage(self.database) as storage:
            await announce(storage, *events)
            for event in events:
                entry = await storage.outbox.begin(event.id, 0, until=NOW)
                assert entry is not None
                await storage.outbox.bury(entry, at=NOW, reason="ValueError")

    async def _backlog(self) -> Backlog:
        async with open_storage(self.database) as storage:
            return await storage.outbox.backlog()

    def _run(self, *arguments: str) -> list[str]:
        self.monkeypatch.setattr(sys, "argv", ["dead_letters", *arguments])
        dead_letters.main()
        return self.capsys.readouterr().out.splitlines()

    def test_they_are_listed_with_what_happened(self) -> None:
        lines = self._run("list")

        assert [line.split("\t") for line in lines] == [
            [
                str(event.id),
                "user_registered",
                event.occurred_at.isoformat(),
                "1 attempts",
                "ValueError",
            ]
            for event in self.events
        ]

    def test_one_is_requeued_by_its_id(self) -> None:
        assert self._run("requeue", str(self.events[0].id)) == ["1 requeued"]

        backlog = asyncio.run(self._backlog())
        assert (backlog.pending, backlog.dead) == (1, 1)
        assert self._run("requeue", str(self.events[0].id)) == ["0 requeued"]

    def test_all_are_requeued(self) -> None:
        assert self._run("requeue", "--all") == ["2 requeued"]

        backlog = asyncio.run(self._backlog())
        assert (backlog.pending, backlog.dead) == (2, 0)
        assert self._run("list") == []

    @pytest.mark.parametrize(
        "arguments",
        [[], ["requeue"], ["requeue", "nonsense"], ["bury"]],
    )
    def test_what_it_does_not_understand_it_refuses(self, arguments: list[str]) -> None:
        with pytest.raises(SystemExit) as refusal:
            self._run(*arguments)

        assert refusal.value.code == 2

    def test_a_setting_that_cannot_be_used_is_one_line(self) -> None:
        self.monkeypatch.setenv("HTTP__PORT", "eighty")

        with pytest.raises(SystemExit, match="HTTP__PORT: "):
            self._run("list")
