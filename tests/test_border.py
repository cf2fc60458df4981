"""The border of the skeleton: `app/core` is the platform, and names nothing of the exemplar."""

import re
import tokenize
from pathlib import Path

import pytest

from tests.conftest import SKELETON

CORE = sorted(path for path in SKELETON.rglob("*.py") if "app/core/" in path.as_posix())

EXEMPLAR = re.compile(
    r"users|User(?!Dict)\w*|accounts|Account\w*|registrations\w*|Registration\w*|/api/v1/.*"
)
"""Names of the exemplar resource, of what comes with it, and where they are served."""


def test_there_is_a_platform_in_the_skeleton_and_in_its_options() -> None:
    names = {path.relative_to(SKELETON).parts[0] for path in CORE}

    assert names == {"app", "_options"}


@pytest.mark.parametrize("path", CORE, ids=lambda path: str(path.relative_to(SKELETON)))
def test_core_names_nothing_of_the_exemplar(path: Path) -> None:
    with path.open(encoding="utf-8") as source:
        lines = (line if "{{" not in line else "\n" for line in source)
        tokens = list(tokenize.generate_tokens(lambda: next(lines, "")))
    kinds = {tokenize.NAME, tokenize.STRING}
    names = {token.string.strip("\"'") for token in tokens if token.type in kinds}

    assert [name for name in names if EXEMPLAR.fullmatch(name)] == []
