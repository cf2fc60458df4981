"""A service can be brought up to date: what is whose, what has changed, and what is new."""

import hashlib
import itertools
import tomllib

import pytest

from extensions.ownership import MANAGED, SEEDED, is_in
from proof.service import Service
from tests.conftest import SKELETON, Bake, Cookiecutter

GUARDS = {"GNUmakefile", "conftest.py"}


def places() -> set[str]:
    """Return where each file of the skeleton lies in a service, whatever the answers are."""
    found = set()
    for file in SKELETON.rglob("*"):
        parts = file.relative_to(SKELETON).parts
        while "_options" in parts:
            parts = parts[parts.index("_options") + 3 :]
        if file.is_file() and not {"_parts", "__pycache__"} & set(parts):
            found.add("/".join(parts))
    return found - GUARDS


# What is whose


def test_every_path_is_either_managed_or_seeded() -> None:
    for path in places():
        owners = [one for one in (*MANAGED, *SEEDED) if is_in((one,), path)]
        assert len(owners) == 1, f"{path} is declared by {owners}: see extensions/ownership.py"


def test_nothing_is_declared_that_is_not_there() -> None:
    for one in (*MANAGED, *SEEDED):
        assert any(is_in((one,), path) for path in places()), one


ANSWERS = [
    {},
    {"database": "postgresql", "deployment": "kubernetes", "ci": "none", "jobs": "taskiq"},
    {"database": "mongodb", "auth": "jwt", "cache": "redis", "ci": "gitlab"},
]


@pytest.mark.parametrize("answers", ANSWERS, ids=str)
def test_every_file_of_a_service_has_an_owner_and_is_recorded(
    bake: Bake, answers: dict[str, str]
) -> None:
    service = bake(**answers)
    files = service.files()
    digests = {path: digest for _, digest, path in map(str.split, digests_of(service))}
    own = tomllib.loads(service.read("pyproject.toml"))["tool"]["cruft"]["skip"]

    records = {".cruft.json", ".managed.sha256"}
    for path, content in files.items():
        is_own = is_in(tuple(own), path)
        assert (path in digests) + is_own + (path in records) == 1, path
        if path in digests:
            assert digests[path] == hashlib.sha256(content).hexdigest()
    assert set(digests) <= set(files)
    assert all(any(is_in((one,), path) for path in files) for one in own)


def digests_of(service: Service) -> list[str]:
    return service.read(".managed.sha256").splitlines()


def test_what_tests_and_code_read_is_managed() -> None:
    """Half an update of what belongs together would be a broken service."""
    for path in itertools.chain(SKELETON.rglob("app/**/*.py"), SKELETON.rglob("tests/**/*.py")):
        assert not is_in(SEEDED, path.relative_to(SKELETON).as_posix())


def test_a_file_that_can_be_run_is_recorded_as_one(tiny: Cookiecutter) -> None:
    script = tiny.template / SKELETON.name / "tools" / "run"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)

    assert tiny().returncode == 0

    modes = {line.split()[2]: line.split()[0] for line in digests_of(Service(tiny.service))}
    assert modes == {"app/database.py": "644", "app/main.py": "644", "app/tables.py": "644"} | {
        "tools/run": "755"
    }


def test_files_that_were_kept_are_not_recorded_anew(tiny: Cookiecutter) -> None:
    assert tiny().returncode == 0
    recorded = digests_of(Service(tiny.service))
    (tiny.service / "app" / "main.py").write_text("mine\n")

    assert tiny("--overwrite-if-exists", "--skip-if-file-exists").returncode == 0

    assert digests_of(Service(tiny.service)) == recorded


def test_files_of_ones_own_are_not_recorded(tiny: Cookiecutter) -> None:
    assert tiny().returncode == 0
    recorded = digests_of(Service(tiny.service))
    (tiny.service / "app" / "mine.py").write_text("mine\n")

    assert tiny("--overwrite-if-exists").returncode == 0

    assert digests_of(Service(tiny.service)) == recorded
