"""Every service is born green: combinations that hold each pair of choices, by every gate.

Which choices go together is in `COMBINATIONS`. Each service's own tests run on real servers.
"""

import itertools
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.conftest import (
    COMBINATIONS,
    DATABASES,
    LICENSES,
    OPTIONS,
    QUESTIONS,
    Bake,
    Choices,
    Service,
    last_line,
    named,
    run,
)

FILE_LISTS = Path(__file__).parent / "file_lists"
GATES = {
    "lint": ["ruff", "check"],
    "format": ["ruff", "format", "--check"],
    "types": ["mypy"],
    "layers": ["lint-imports"],
    "dependencies": ["deptry", "."],
    "lock": ["uv", "lock", "--check", "--offline"],
}

# What each choice would leave if a part of it were left behind: in code, in text, in lock files.
TRACES = {
    "database=sqlite": r"sqlite|\.db\b",
    "database=postgresql": r"postgres|asyncpg|psycopg",
    "database=mysql": r"mysql|mariadb|asyncmy",
    "database=mongodb": r"mongo",
    "database=sqlite+database=postgresql+database=mysql": r"sqlalchemy|alembic|greenlet",
    "cache=redis+jobs=taskiq": r"redis|valkey|hiredis",
    "jobs=taskiq": r"taskiq",
    "auth=jwt": r"argon|pwdlib|passw(?!ord@)",
    "auth=oidc": r"oidc|openid",
    "auth=jwt+auth=oidc": r"\bjwt|pyjwt|oauth|bearer|administrator",
}

COMBINATIONS_OF_SLOW_TESTS = (
    ("sqlite", "memory", "oidc", "taskiq"),
    ("postgresql", "redis", "jwt", "taskiq"),
    ("mysql", "redis", "oidc", "embedded"),
    ("mongodb", "redis", "none", "embedded"),
)

each_combination = pytest.mark.parametrize("answers", COMBINATIONS, ids=" ".join)


@pytest.fixture
def proven(bake: Bake, answers: Choices) -> Service:
    """The service of some choices, with its environment; its own tests have just passed."""
    return bake(**named(answers), prove="full")


def tool(service: Service, *command: str) -> "subprocess.CompletedProcess[str]":
    name, *arguments = command
    return service.run(str(service.path / ".venv" / "bin" / name), *arguments)


def test_every_pair_of_choices_is_in_one_of_the_combinations() -> None:
    for first, second in itertools.combinations(OPTIONS, 2):
        pairs = {(named(row)[first], named(row)[second]) for row in COMBINATIONS}
        assert pairs == set(itertools.product(QUESTIONS[first], QUESTIONS[second]))


@each_combination
@pytest.mark.parametrize("gate", GATES)
def test_every_gate_is_green(proven: Service, gate: str) -> None:
    result = tool(proven, *GATES[gate])

    assert result.returncode == 0, result.stdout + result.stderr


@each_combination
def test_its_own_tests_ran_on_a_real_server_and_cover_the_code(proven: Service) -> None:
    result = tool(proven, "coverage", "report", "--include=app/*", "--format=total")

    assert int(result.stdout) >= 95, result.stdout + result.stderr
    covered = tool(proven, "coverage", "report", "--include=app/repositories/database/*")
    assert re.search(r"app/repositories/database/users\.py +\d+ +0 +100%", covered.stdout)


@pytest.mark.parametrize("answers", COMBINATIONS_OF_SLOW_TESTS, ids=" ".join)
def test_its_slow_tests_are_green(proven: Service) -> None:
    """Kills, outages, fuzzing: once on each database, with each choice of the other options."""
    result = tool(proven, "python", "-m", "pytest", "-q", "--no-cov", "-m", "slow")

    assert result.returncode == 0, result.stdout[-5000:]
    assert re.search(r"[1-9]\d* passed", last_line(result.stdout))


@each_combination
def test_its_pre_commit_file_changes_nothing(proven: Service, tmp_path: Path) -> None:
    service = proven.copy_to(tmp_path)
    assert run("git", "init", "--quiet", cwd=service.path).returncode == 0
    assert run("git", "add", "--all", cwd=service.path).returncode == 0

    result = tool(service, "prek", "run", "--all-files")

    assert result.returncode == 0, result.stdout + result.stderr
    assert "Skipped" not in result.stdout
    assert run("git", "diff", "--stat", cwd=service.path).stdout == ""


@each_combination
def test_proving_leaves_nothing_for_git_but_the_lock_file(
    bake: Bake, proven: Service, answers: Choices, tmp_path: Path
) -> None:
    service = proven.copy_to(tmp_path)
    assert run("git", "init", "--quiet", cwd=service.path).returncode == 0

    shown = run("git", "ls-files", "--others", "--exclude-standard", cwd=service.path).stdout

    assert set(shown.splitlines()) == {*bake(**named(answers)).files(), "uv.lock"}


@each_combination
def test_the_files_are_exactly_these(bake: Bake, answers: Choices) -> None:
    expected = set((FILE_LISTS / "every.txt").read_text(encoding="utf-8").splitlines())
    for path in FILE_LISTS.glob("*/**/*.txt"):
        if is_for(path.relative_to(FILE_LISTS).with_suffix("").parts, answers):
            expected |= set(path.read_text(encoding="utf-8").splitlines())

    assert set(bake(**named(answers)).files()) == expected


def is_for(folders: tuple[str, ...], answers: Choices) -> bool:
    """Whether a list is for some answers: `auth/jwt/database/mongodb` is for both together."""
    pairs = {f"{option}={choice}" for option, choice in named(answers).items()}
    for option, names in zip(folders[::2], folders[1::2], strict=True):
        given = names.split("+") if option == "any" else [f"{option}={x}" for x in names.split("+")]
        if not pairs & set(given):
            return False
    return True


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize("license_", LICENSES)
def test_every_licence_goes_with_every_database(bake: Bake, database: str, license_: str) -> None:
    service = bake(database=database, license=license_)
    same_database = bake(database=database).files()

    files = service.files()

    assert set(files) == set(same_database)
    differing = {name for name in files if files[name] != same_database[name]}
    assert differing <= {"LICENSE", "README.md", ".cruft.json", "pyproject.toml"}
    assert "Your Team" in service.read("LICENSE") or license_ == "Apache-2.0"
    assert f"| Licence | {license_}, see [LICENSE](LICENSE) |" in service.read("README.md")


@each_combination
def test_no_jinja_is_left(bake: Bake, answers: Choices) -> None:
    for name, content in bake(**named(answers)).files().items():
        text = content.decode()
        assert "{{" not in text, name
        assert "{%" not in text, name
        if name != ".cruft.json":
            assert "cookiecutter" not in text.lower(), name
        assert "_options/" not in text, name
        assert "_parts/" not in text, name


@each_combination
def test_every_file_can_be_read_by_what_reads_it(bake: Bake, answers: Choices) -> None:
    read = 0
    for name, content in bake(**named(answers)).files().items():
        assert b"\r" not in content, name
        assert content.endswith(b"\n") or not content, name
        match Path(name).suffix:
            case ".toml":
                tomllib.loads(content.decode())
            case ".yaml" | ".yml":
                list(yaml.safe_load_all(content))
            case ".json":
                json.loads(content)
            case ".py":
                compile(content, name, "exec")
            case _:
                continue
        read += 1
    assert read > 50


@each_combination
def test_nothing_of_another_choice_is_left(proven: Service, answers: Choices) -> None:
    others = [trace for choices, trace in TRACES.items() if not is_for(("any", choices), answers)]
    traces = re.compile("|".join(others), re.IGNORECASE)
    for name, content in proven.files().items():
        for line in content.decode().splitlines():
            assert not traces.search(line) or name == ".cruft.json", f"{name}: {line}"

    lock = tomllib.loads(proven.read("uv.lock"))
    for package in lock["package"]:
        assert not traces.search(package["name"]), package["name"]


@each_combination
def test_make_run_serves_it(proven: Service, tmp_path: Path) -> None:
    """On a database of its own, as the service's tests find or start a server."""
    script = tmp_path / "serve.py"
    script.write_text(SERVE, encoding="utf-8")

    result = tool(proven, "python", str(script), str(proven.path))

    assert result.returncode == 0, result.stdout + result.stderr
    assert json.loads(last_line(result.stdout)) == {
        "/readyz": 200,
        "/docs": 200,
        "/openapi.json": 200,
        "/api/v1/users": 200,
    }


SERVE = """
import json, os, signal, socket, subprocess, sys, time, urllib.error, urllib.request
sys.path.insert(0, sys.argv[1])
from tests.database import temporary_database
from tests.environment import environment_of

with socket.socket() as listener:
    listener.bind(("127.0.0.1", 0))
    port = listener.getsockname()[1]

with temporary_database() as settings:
    environment = {**os.environ, **environment_of(settings), "HTTP__PORT": str(port)}
    make = subprocess.Popen(
        ["make", "run"], cwd=sys.argv[1], env=environment, start_new_session=True
    )
    answers = {}
    for path in ("/readyz", "/docs", "/openapi.json", "/api/v1/users"):
        deadline = time.monotonic() + 60
        while path not in answers and time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
                    answers[path] = answer.status
            except urllib.error.HTTPError as error:
                answers[path] = error.code
            except OSError:
                time.sleep(0.1)
    os.killpg(make.pid, signal.SIGINT)
    make.wait(30)
print(json.dumps(answers))
"""


def interpreters() -> list[str]:
    """Return every Python from 3.11 on that this machine has."""
    found = run(sys.executable, "-m", "uv", "python", "list", "--only-installed", cwd=Path.cwd())
    lines = (line.split() for line in found.stdout.splitlines())
    versions: dict[str, str] = {}
    for name, path, *_ in lines:
        version = re.match(r"cpython-(3\.\d+)\.\d+-", name)
        if version and int(version[1].partition(".")[2]) >= 11 and ".venv" not in path:
            versions.setdefault(version[1], path)
    return [versions[version] for version in sorted(versions)]


def test_this_machine_has_a_python_to_try() -> None:
    assert interpreters()


@pytest.mark.parametrize("interpreter", interpreters())
def test_the_default_service_passes_its_tests_on_every_python(
    bake: Bake, tmp_path: Path, interpreter: str
) -> None:
    service = bake().copy_to(tmp_path)
    environment = {"UV_PYTHON": interpreter, "UV_PYTHON_DOWNLOADS": "never"}

    synced = service.run(sys.executable, "-m", "uv", "sync", "--quiet", **environment)
    assert synced.returncode == 0, synced.stderr
    version = tool(service, "python", "-c", "import sys; print(sys.version)").stdout
    assert version == run(interpreter, "-c", "import sys; print(sys.version)", cwd=tmp_path).stdout
    tested = tool(service, "python", "-m", "pytest", "-q")
    assert tested.returncode == 0, tested.stdout
    assert tool(service, "mypy").returncode == 0


def test_python_versions_are_promised_only_if_tried() -> None:
    questions = json.loads(Path("cookiecutter.json").read_text(encoding="utf-8"))

    assert questions["_house"]["python_versions"] == ["3.11", "3.12", "3.13"]
