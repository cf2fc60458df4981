"""What the template's tests share: bakes made once, and ways to run cookiecutter for real.

- `bake(database="mysql")` gives a `Service`, made once for each set of answers in a test run,
  whichever worker asks first. It is for reading; change a `copy_to` of it.
- `make_service(choices)` gives one with an environment that it shares; `made` is that of
  `answers`, and `tested` the same when its own tests have passed. One worker runs all that is
  about the same combination.
- `cookiecutter("database=mysql")` runs the command line in a home and a folder of its own.
- `clone` is a copy of the template's files; `ready` one with an environment, `repository` one in git.
- `tiny_template` is the real questions, checks and hooks around a skeleton of a few files, and
  `stub_uv` a uv that installs nothing: for what must be tried often or stopped anywhere.
"""

import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
import yaml
from pytest_cookies.plugin import Cookies
from xdist.scheduler import LoadScopeScheduling

from service_template.matrix.combinations import QUESTIONS, SLOW, Choices
from service_template.matrix.gates import complaint_of_tests
from service_template.matrix.service import Finished, Service, run
from service_template.matrix.workshop import Workshop, locked
from service_template.paths import TEMPLATE

SKELETON = TEMPLATE / "{{cookiecutter.project_slug}}"
DATABASES = tuple(QUESTIONS["database"])
LICENSES = tuple(QUESTIONS["license"])
os.environ.setdefault("SERVICE_GIT", "none")  # services are many; tests of it set it themselves
GIT = ("git", "-c", "user.name=Test", "-c", "user.email=test@example.com")
IGNORED = shutil.ignore_patterns(".git", ".venv", "services", "__pycache__", ".*_cache")


class ByCombination(LoadScopeScheduling):
    """Tests of one combination go to one worker: two would wait for each other's bake."""

    def _split_scope(self, nodeid: str) -> str:
        found = re.search(r"\w+ \w+ \w+ \w+(?=\]$)", nodeid)
        return found[0] if found else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByCombination:
    return ByCombination(config, log)


class Bake(Protocol):
    """The type of the `bake` fixture."""

    def __call__(self, **answers: str) -> Service: ...


MakeService = Callable[[Choices], Service]
"""The type of the `make_service` fixture."""


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this test run have in common."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def bake(shared_folder: Path) -> Bake:
    def bake(**answers: str) -> Service:
        skip_what_is_not_offered(answers)
        answers = {"prove": "none", **answers}
        key = hashlib.sha256(json.dumps(answers, sort_keys=True).encode()).hexdigest()[:16]
        folder = shared_folder / "bakes" / key

        return Service(Path(once(folder, lambda: str(make(folder, answers)))))

    return bake


def skip_what_is_not_offered(answers: Mapping[str, str]) -> None:
    """In a fork that offers fewer choices, there is nothing to test of the others."""
    for question, answer in answers.items():
        sentences, offered = QUESTIONS["__prompts__"].get(question), QUESTIONS.get(question)
        if isinstance(offered, list) and answer in sentences and answer not in offered:
            pytest.skip(f"this house does not offer {question}={answer}")


def once(folder: Path, do: Callable[[], str]) -> str:
    """Let the worker that asks first do something; all get what it returned, or its failure."""
    done, failed = folder / "done", folder / "failed"
    with locked(folder):
        if not done.exists() and not failed.exists():
            folder.mkdir(parents=True)
            try:
                done.write_text(do(), encoding="utf-8")
            except AssertionError as error:
                failed.write_text(str(error), encoding="utf-8")
    assert not failed.exists(), failed.read_text(encoding="utf-8")
    return done.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def make_service(shared_folder: Path) -> MakeService:
    workshop = Workshop(shared_folder / "workshop")

    def make_service(choices: Choices) -> Service:
        folder = shared_folder / "made" / "-".join(choices)
        path = once(folder, lambda: str(workshop.make(choices).path))
        return workshop.service_in(Path(path))

    return make_service


@pytest.fixture
def made(make_service: MakeService, answers: Choices) -> Service:
    """The service of some choices, unproven, with an environment."""
    return make_service(answers)


@pytest.fixture
def complaint_of_its_tests(shared_folder: Path, made: Service, answers: Choices) -> str:
    """What is wrong with the service of some choices by its own tests, which are run once.

    What they cover is measured where `SLOW` says: that makes them take half as long again.
    """
    arguments = ("--cov",) if answers in SLOW else ()
    folder = shared_folder / "tested" / "-".join(answers)
    return once(folder, lambda: complaint_of_tests(made, *arguments))


@pytest.fixture
def tested(made: Service, complaint_of_its_tests: str) -> Service:
    """The service of some choices; its own tests have just passed."""
    assert complaint_of_its_tests == ""
    return made


def make(folder: Path, answers: dict[str, str]) -> Path:
    """Bake once, through pytest-cookies, which reports a failure instead of raising it."""
    config = folder / "config.yaml"
    home = {"cookiecutters_dir": str(folder), "replay_dir": str(folder / "replay")}
    config.write_text(yaml.safe_dump(home), encoding="utf-8")
    result = Cookies(str(TEMPLATE), lambda name: _made(folder / name), config).bake(answers)
    assert result.exit_code == 0, f"{answers} cannot be baked: {result.exception!r}"
    return Path(result.project_path)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


@dataclass(frozen=True)
class Cookiecutter:
    """Runs the `cookiecutter` command as a person does, from a home of its own."""

    home: Path
    output: Path
    template: Path = TEMPLATE

    def __call__(self, *arguments: str | Path, **variables: str) -> Finished:
        """Generate without questions into `output`; `arguments` follow the template's path."""
        words = (word.partition("=") for word in map(str, arguments))
        skip_what_is_not_offered({question: answer for question, _, answer in words})
        return self.run(str(self.template), "--no-input", *arguments, **variables)

    def run(self, *arguments: str | Path, **variables: str) -> Finished:
        command = [sys.executable, "-m", "cookiecutter", *arguments]
        environment = {"SERVICE_PROVE": "none", "HOME": str(self.home), **variables}
        return run(*command, cwd=self.output, **environment)

    @property
    def service(self) -> Path:
        """Where the service of the default answers is made."""
        return self.output / "my-service"


@pytest.fixture
def cookiecutter(tmp_path: Path) -> Cookiecutter:
    return Cookiecutter(home=_made(tmp_path / "home"), output=_made(tmp_path / "output"))


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A copy of the template in an empty folder, as a clone would be."""
    return copy_template(tmp_path / "a clone")


def copy_template(folder: Path) -> Path:
    """Copy the template's own files into a folder, and nothing that tools left."""
    tracked = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in run(*tracked, cwd=TEMPLATE).stdout.split("\0"):
        if (TEMPLATE / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(TEMPLATE / name, folder / name)
    return folder


def git(folder: Path, *arguments: str) -> str:
    done = run(*GIT, *arguments, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def replace(path: Path, old: str, new: str) -> None:
    """Replace what a file holds once."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (path, old)
    path.write_text(text.replace(old, new), encoding="utf-8")


def files_for_git(folder: Path) -> set[str]:
    """Return the files of a folder that its own rules don't let git ignore."""
    assert run("git", "init", "--quiet", cwd=folder).returncode == 0
    listed = ["git", "ls-files", "-z", "--others", "--exclude-standard"]
    return {name for name in run(*listed, cwd=folder).stdout.split("\0") if name}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A git repository that holds the template as it lies here, in one commit."""
    return in_git(copy_template(tmp_path / "template.git"))


def in_git(folder: Path) -> Path:
    """Make a folder a git repository, with all that it holds in one commit."""
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=The template")
    return folder


@pytest.fixture
def git_identity(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever commits has a name, also on a machine where nobody has said theirs."""
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Test")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "test@example.com")


@pytest.fixture
def ready(clone: Path) -> Path:
    """A clone whose environment is there already: that of these tests."""
    (clone / ".venv").symlink_to(sys.prefix)
    return clone


@pytest.fixture
def tiny_template(tmp_path: Path) -> Path:
    """The real questions, checks and hooks around a skeleton of a few files."""
    template = _made(tmp_path / "template")
    shutil.copy(TEMPLATE / "cookiecutter.json", template)
    for part in ("hooks", "extensions", "service_template"):
        shutil.copytree(TEMPLATE / part, template / part, ignore=IGNORED)
    skeleton = _made(template / SKELETON.name)
    for name in ("GNUmakefile", "conftest.py"):
        shutil.copy(SKELETON / name, skeleton)
    shutil.copytree(SKELETON / "_options" / "license", skeleton / "_options" / "license")
    for name, content in TINY_SKELETON.items():
        (skeleton / name).parent.mkdir(parents=True, exist_ok=True)
        (skeleton / name).write_text(content, encoding="utf-8")
    return template


TINY_SKELETON = {
    "README.md": "# {{ cookiecutter.project_name }}\n",
    "app/main.py": "print('a service')\n",
    "app/core/clock.py": "TICKS = 1\n",
    "_options/database/sqlite/app/database.py": "NAME = 'sqlite'\n",
    "_options/database/mongodb/app/documents.py": "NAME = 'mongodb'\n",
    "_options/database/sqlite/_parts/driver.txt": "aiosqlite\n",
    "_options/database/postgresql/_parts/driver.txt": "asyncpg\n",
    "_options/database/mysql/_parts/driver.txt": "asyncmy\n",
    "_options/shared/sql-server/app/database.py": "NAME = 'server'\n",
    "_options/shared/sql/app/tables.py": "TABLES = ()\n",
    "_options/auth/none/_parts/none.txt": "none\n",
    "_options/auth/jwt/app/accounts.py": "NAME = 'jwt'\n",
    "_options/auth/oidc/_parts/oidc.txt": "oidc\n",
    "_options/deployment/docker/_parts/docker.txt": "docker\n",
    "_options/deployment/kubernetes/_parts/kubernetes.txt": "kubernetes\n",
    "_options/database/mongodb/_with/jwt/app/documents_of_accounts.py": "NAME = 'both'\n",
    "_options/shared/redis-server/app/server.py": "TRIED = True\n",
    "_options/shared/replicas/app/replicas.py": "COUNT = 2\n",
}


@pytest.fixture
def tiny(cookiecutter: Cookiecutter, tiny_template: Path) -> Cookiecutter:
    """Runs cookiecutter on the tiny template."""
    return Cookiecutter(cookiecutter.home, cookiecutter.output, tiny_template)


@dataclass(frozen=True)
class StubUv:
    """A folder for the PATH, with a `uv` whose `.venv/bin/python` runs a script as the tests."""

    folder: Path

    def variables(
        self, tests: str = "echo '3 passed in 0.01s'", sync: str = "true"
    ) -> dict[str, str]:
        """Return the environment in which proving runs these shell scripts as its steps."""
        return {
            "PATH": f"{self.folder}{os.pathsep}{os.environ['PATH']}",
            "SERVICE_PROVE": "full",
            "STUB_SYNC": sync,
            "STUB_TESTS": tests,
        }


@pytest.fixture
def stub_uv(tmp_path: Path) -> StubUv:
    folder = _made(tmp_path / "stub")
    uv = folder / "uv"
    uv.write_text(
        "#!/bin/bash\n"
        'eval "$STUB_SYNC" || exit 2\n'
        "mkdir -p .venv/bin\n"
        "printf '#!/bin/bash\\neval \"$STUB_TESTS\"\\n' > .venv/bin/python\n"
        "chmod +x .venv/bin/python\n",
        encoding="utf-8",
    )
    uv.chmod(0o755)
    return StubUv(folder)


def tree(folder: Path) -> dict[str, Any]:
    """Return all that a folder holds: content, mode and time of files, targets of links."""
    found: dict[str, Any] = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = path.readlink()
        elif path.is_dir():
            found[name] = path.stat().st_mode
        else:
            state = path.stat()
            found[name] = (path.read_bytes(), state.st_mode, state.st_mtime_ns)
    return found
