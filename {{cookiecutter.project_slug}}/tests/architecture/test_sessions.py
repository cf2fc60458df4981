"""What reads can't be taken for what writes: the type checker refuses it."""

import subprocess
import sys
from inspect import isabstract
from pathlib import Path

import pytest

from app.repositories.database import unit_of_work, users
from app.repositories.interfaces.unit_of_work import UnitOfWork
from app.repositories.interfaces.users import WritableUserRepository

PROJECT = Path(__file__).parents[2]
SESSIONS = "app/core/database/sessions.py"
REPOSITORIES = "app/repositories/database"


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
    transaction = _implementation(unit_of_work, UnitOfWork)
    repository = _implementation(users, WritableUserRepository)
    snippet = tmp_path_factory.mktemp("mistake") / "mistake.py"
    snippet.write_text(
        f"from {unit_of_work.__name__} import {transaction}\n"
        f"from {users.__name__} import {repository}\n"
        "from app.core.database.sessions import ReadSession, WriteSession\n"
        "def right(session: WriteSession) -> None:\n"
        f"    {transaction}(session); {repository}(session)\n"
        "def wrong(session: ReadSession) -> None:\n"
        f"    {transaction}(session)\n"
        f"    {repository}(session)\n",
        encoding="utf-8",
    )
    files = [SESSIONS]
    files += [f"{REPOSITORIES}/{name}.py" for name in ("users", "unit_of_work")]
    command = [sys.executable, "-m", "mypy", "--config-file=", "--cache-dir=/dev/null"]
    # Other modules do not matter here: without them it takes a tenth of the time.
    result = subprocess.run(  # noqa: S603 - our own code
        [*command, "--follow-imports=skip", "--no-error-summary", *files, str(snippet)],
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
    for line in (7, 8):
        [finding] = [text for text in findings if text.startswith(f"{line}: error")]
        assert '"ReadSession"; expected "WriteSession"' in finding


def test_nothing_else_is_refused(findings: list[str]) -> None:
    assert len(findings) == 2
