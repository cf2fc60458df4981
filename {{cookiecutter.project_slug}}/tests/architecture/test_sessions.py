"""A session that reads can't be taken for one that writes: the type checker refuses it."""

import subprocess
import sys
from inspect import isabstract
from pathlib import Path

import pytest

from app.repositories.database import storage, users
from app.repositories.interfaces.storage import UnitOfWork
from app.repositories.interfaces.users import WritableUserRepository

PROJECT = Path(__file__).parents[2]
PLATFORM = PROJECT / "app/core/database"
FILES = [
    "app/repositories/database/storage.py",
    "app/repositories/database/users.py",
    "app/core/database/entity_cache.py",
    "app/core/database/repository.py",
    "app/core/database/sessions.py",
    *(str(path.relative_to(PROJECT)) for path in PLATFORM.glob("*_repository.py")),
    *(str(path.relative_to(PROJECT)) for path in PLATFORM.glob("*_storage.py")),
]


def _implementation(module: object, interface: type) -> str:
    """Return the name of the class of a module that implements an interface."""
    classes = [value for value in vars(module).values() if isinstance(value, type)]
    [found] = [
        implementation.__name__
        for implementation in classes
        if issubclass(implementation, interface) and not isabstract(implementation)
    ]
    return found


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What is said of lines that give sessions to those that write."""
    transaction = _implementation(storage, UnitOfWork)
    repository = _implementation(users, WritableUserRepository)
    snippet = tmp_path_factory.mktemp("mistake") / "mistake.py"
    snippet.write_text(
        f"from {storage.__name__} import {transaction}\n"
        f"from {users.__name__} import USERS, {repository}\n"
        "from app.core.database.entity_cache import PendingInvalidations as Pending\n"
        "from app.core.database.sessions import ReadSession, WriteSession\n"
        "def right(session: WriteSession, pending: Pending) -> None:\n"
        f"    {transaction}(session, pending); {repository}(USERS, session, pending)\n"
        "def wrong(session: ReadSession, pending: Pending) -> None:\n"
        f"    {transaction}(session, pending)\n"
        f"    {repository}(USERS, session, pending)\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "mypy", "--config-file=", "--cache-dir=/dev/null"]
    # Other modules do not matter here: without them it takes a tenth of the time.
    result = subprocess.run(  # noqa: S603 - our own code
        [*command, "--follow-imports=skip", "--no-error-summary", *FILES, str(snippet)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = result.stdout.splitlines()
    return [line.partition("mistake.py:")[2] for line in lines if "mistake.py" in line]


def test_a_read_session_is_refused_where_a_write_session_is_wanted(
    findings: list[str],
) -> None:
    for line in (8, 9):
        [finding] = [text for text in findings if text.startswith(f"{line}: error")]
        assert '"ReadSession"; expected "WriteSession"' in finding


def test_nothing_else_is_refused(findings: list[str]) -> None:
    assert len(findings) == 2
