"""Every service is born green: each database's, by every gate, on a real server."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.conftest import DATABASES, LICENSES, Bake, Service, last_line, run

FILE_LISTS = Path(__file__).parent / "file_lists"
GATES = {
    "lint": ["ruff", "check"],
    "format": ["ruff", "format", "--check"],
    "types": ["mypy"],
    "layers": ["lint-imports"],
    "dependencies": ["deptry", "."],
    "lock": ["uv", "lock", "--check", "--offline"],
}

# What each database would leave if a part of it were left behind: in code, in text, in lock files.
TRACES = {
    "sqlite": r"sqlite|\.db\b",
    "postgresql": r"postgres|asyncpg|psycopg",
    "mysql": r"mysql|mariadb|asyncmy",
    "mongodb": r"mongo",
}
SQL = r"sqlalchemy|alembic|greenlet"

each_database = pytest.mark.parametrize("database", DATABASES)


@pytest.fixture
def proven(bake: Bake, database: str) -> Service:
    """The service of a database, with its environment; its own tests have just passed."""
    return bake(database=database, prove="full")


def tool(service: Service, *command: str) -> "subprocess.CompletedProcess[str]":
    name, *arguments = command
    return service.run(str(service.path / ".venv" / "bin" / name), *arguments)


@each_database
@pytest.mark.parametrize("gate", GATES)
def test_every_gate_is_green(proven: Service, gate: str) -> None:
    result = tool(proven, *GATES[gate])

    assert result.returncode == 0, result.stdout + result.stderr


@each_database
def test_its_own_tests_ran_on_a_real_server_and_cover_the_code(proven: Service) -> None:
    result = tool(proven, "coverage", "report", "--include=app/*", "--format=total")

    assert int(result.stdout) >= 95, result.stdout + result.stderr
    covered = tool(proven, "coverage", "report", "--include=app/repositories/database/*")
    assert re.search(r"app/repositories/database/users\.py +\d+ +0 +100%", covered.stdout)


@each_database
def test_its_pre_commit_file_changes_nothing(proven: Service, tmp_path: Path) -> None:
    service = proven.copy_to(tmp_path)
    assert run("git", "init", "--quiet", cwd=service.path).returncode == 0
    assert run("git", "add", "--all", cwd=service.path).returncode == 0

    result = tool(service, "prek", "run", "--all-files")

    assert result.returncode == 0, result.stdout + result.stderr
    assert "Skipped" not in result.stdout
    assert run("git", "diff", "--stat", cwd=service.path).stdout == ""


@each_database
def test_proving_leaves_nothing_for_git_but_the_lock_file(
    bake: Bake, proven: Service, database: str, tmp_path: Path
) -> None:
    service = proven.copy_to(tmp_path)
    assert run("git", "init", "--quiet", cwd=service.path).returncode == 0

    shown = run("git", "ls-files", "--others", "--exclude-standard", cwd=service.path).stdout

    assert set(shown.splitlines()) == {*bake(database=database).files(), "uv.lock"}


@each_database
def test_the_files_are_exactly_these(bake: Bake, database: str) -> None:
    expected = {
        line
        for name in FILE_LISTS.iterdir()
        if name.stem == "every" or database in name.stem.split("+")
        for line in name.read_text(encoding="utf-8").splitlines()
    }

    assert set(bake(database=database).files()) == expected


@each_database
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


@each_database
def test_no_jinja_is_left(bake: Bake, database: str) -> None:
    for name, content in bake(database=database).files().items():
        text = content.decode()
        assert "{{" not in text, name
        assert "{%" not in text, name
        if name != ".cruft.json":
            assert "cookiecutter" not in text.lower(), name
        assert "_options/" not in text, name
        assert "_parts/" not in text, name


@each_database
def test_every_file_can_be_read_by_what_reads_it(bake: Bake, database: str) -> None:
    read = 0
    for name, content in bake(database=database).files().items():
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


@each_database
def test_nothing_of_another_database_is_left(proven: Service, database: str) -> None:
    others = [trace for name, trace in TRACES.items() if name != database]
    if database == "mongodb":
        others.append(SQL)
    traces = re.compile("|".join(others), re.IGNORECASE)
    for name, content in proven.files().items():
        for line in content.decode().splitlines():
            assert not traces.search(line), f"{name}: {line}"

    lock = tomllib.loads(proven.read("uv.lock"))
    for package in lock["package"]:
        assert not traces.search(package["name"]), package["name"]


@each_database
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
