"""`python -m app.administrators`, on the real database."""

import asyncio
import sys
from collections.abc import Callable
from functools import partial

import pytest
from structlog.testing import capture_logs

from app.administrators import main
from app.core.database.settings import DatabaseSettings
from app.models.account import Account
from app.repositories.database import open_storage
from tests.accounts import HASH
from tests.conftest import MakeUser
from tests.environment import environment_of

Run = Callable[..., str]

ADA = "ada@example.com"


@pytest.fixture
def run(
    database_settings: DatabaseSettings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Runs the command and returns its line; one that it fails with begins with `!`."""
    for name, value in environment_of(database_settings).items():
        monkeypatch.setenv(name, value)
    # What the command does to the log would outlast it here.
    monkeypatch.setattr("app.administrators.configure_logging", lambda *_: None)

    def run(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["administrators", *arguments])
        try:
            with capture_logs():
                main()
        except SystemExit as error:
            return f"!{error}"
        return capsys.readouterr().out

    return run


@pytest.fixture
async def ada(database_settings: DatabaseSettings, make_user: MakeUser) -> None:
    """Ada has registered."""
    user = make_user(ADA)
    async with (
        open_storage(database_settings) as storage,
        storage.unit_of_work() as work,
    ):
        await work.users.add(user)
        await work.accounts.add(Account(user_id=user.id, password_hash=HASH))
        await work.commit()


async def _in_thread(run: Run, *arguments: str) -> str:
    """Run the command where no event loop is running yet."""
    return await asyncio.to_thread(partial(run, *arguments))


async def _is_administrator(settings: DatabaseSettings) -> bool:
    async with open_storage(settings) as storage:
        account = await storage.accounts.find_account(ADA)
    assert account is not None
    return account.is_administrator


@pytest.mark.usefixtures("ada")
async def test_a_role_is_given_and_taken(
    run: Run,
    database_settings: DatabaseSettings,
) -> None:
    for action, line in [
        ("grant", f"{ADA} is an administrator.\n"),
        ("grant", f"{ADA} is already an administrator.\n"),
        ("revoke", f"{ADA} is an ordinary user.\n"),
        ("revoke", f"{ADA} is already an ordinary user.\n"),
    ]:
        assert await _in_thread(run, action, ADA) == line
        assert await _is_administrator(database_settings) is (action == "grant")


@pytest.mark.parametrize(
    ("email", "line"),
    [
        ("eve@example.com", "no active user has this address. Register first."),
        ("eve", "this is not an e-mail address."),
    ],
)
async def test_whoever_is_not_registered_is_named_in_one_line(
    run: Run,
    email: str,
    line: str,
) -> None:
    assert await _in_thread(run, "grant", email) == f"!{email}: {line}"


async def test_a_setting_that_cannot_be_used_is_one_line(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP__PORT", "eighty")

    line = await _in_thread(run, "grant", ADA)

    assert line.startswith("!HTTP__PORT: ")
    assert len(line.splitlines()) == 1
