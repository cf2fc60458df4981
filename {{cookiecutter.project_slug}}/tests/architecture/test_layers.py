"""The layers hold; breaking one on purpose is noticed."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]

FORBIDDEN = [
    ("app.core.clock", "app.models.user"),
    ("app.core.database.storage", "app.repositories.interfaces.users"),
    ("app.core.events.relay", "app.services.users"),
    ("app.core.http.health", "app.container"),
    ("app.core.events.relay", "app.core.http.problems"),
    ("app.core.observability.health", "starlette"),
    ("app.models.user", "app.core.settings"),
    ("app.models.user", "fastapi"),
    ("app.repositories.interfaces.users", "app.repositories.database"),
    ("app.repositories.database.users", "app.services.users"),
    ("app.services.users", "app.repositories.database"),
    ("app.services.registration_counts", "app.core.events.dispatcher"),
    ("app.core.events.relay", "app.repositories.database"),
    ("app.services.users", "app.core.http.problems"),
    ("app.services.users", "fastapi"),
    ("app.api.routes.users", "app.repositories.database"),
    ("app.api.routes.users", "app.main"),
]


def _lint(project: Path) -> subprocess.CompletedProcess[str]:
    lint_imports = Path(sys.executable).parent / "lint-imports"
    return subprocess.run(  # noqa: S603 - our own tool on our own code
        [lint_imports, "--no-cache"],
        cwd=project,
        env={"PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_layers_hold() -> None:
    result = _lint(PROJECT)

    assert result.returncode == 0, result.stdout


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What is said of a copy of the service that has every forbidden import."""
    copy = tmp_path_factory.mktemp("broken")
    shutil.copytree(PROJECT / "app", copy / "app")
    shutil.copy(PROJECT / "pyproject.toml", copy)
    for module, forbidden in FORBIDDEN:
        path = copy / f"{module.replace('.', '/')}.py"
        with path.open("a", encoding="utf-8") as source:
            source.write(f"\nimport {forbidden}\n")
    result = _lint(copy)
    assert result.returncode == 1, result.stdout
    return result.stdout


@pytest.mark.parametrize(("module", "forbidden"), FORBIDDEN)
def test_an_import_across_the_layers_is_noticed(
    findings: str,
    module: str,
    forbidden: str,
) -> None:
    assert f"{module} -> {forbidden} (l." in findings
