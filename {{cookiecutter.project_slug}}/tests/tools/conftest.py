"""The git that tools run."""

import os
import shutil
from pathlib import Path

import pytest

from tests.tools import git_stand_in


@pytest.fixture
def git_command(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """The machine's git; where none is installed, a stand-in on the `PATH`."""
    if found := shutil.which("git"):
        return Path(found)
    folder = tmp_path_factory.mktemp("commands")
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    return git_stand_in.make_command(folder)
