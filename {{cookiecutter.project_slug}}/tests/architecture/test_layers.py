"""The layers hold; breaking one on purpose is noticed."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]


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


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("app/models/user.py", "app.core.settings"),
        ("app/models/user.py", "pydantic"),
        ("app/core/clock.py", "app.models.user"),
        ("app/repositories/interfaces/users.py", "app.repositories.memory"),
        ("app/repositories/memory/users.py", "app.repositories.database"),
        ("app/services/users.py", "app.repositories.database"),
        ("app/services/users.py", "app.api.errors"),
        ("app/services/users.py", "fastapi"),
        ("app/api/routes/users.py", "app.repositories.database"),
        ("app/api/routes/users.py", "app.main"),
    ],
)
def test_an_import_across_the_layers_is_noticed(
    tmp_path: Path,
    module: str,
    forbidden: str,
) -> None:
    shutil.copytree(PROJECT / "app", tmp_path / "app")
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    path = tmp_path / module
    source = path.read_text(encoding="utf-8")
    path.write_text(f"{source}\nimport {forbidden}\n", encoding="utf-8")

    result = _lint(tmp_path)

    assert result.returncode == 1, result.stdout
    assert "BROKEN" in result.stdout
