"""What a newcomer meets: a clone, Python, make, and nothing else."""

import ast
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from service_template.matrix import bare_roots, pythons
from service_template.matrix.combinations import COVERING, named
from service_template.matrix.service import Finished, Service, run
from service_template.matrix.workshop import Workshop
from tests.conftest import Bake, files_for_git

BARE_PATH = os.pathsep.join([str(Path(sys.base_prefix) / "bin"), "/usr/bin", "/bin"])


def make(clone: Path, *arguments: str, **variables: str) -> Finished:
    """Run make as on a machine that has Python and make, but no uv and no cookiecutter."""
    environment = {"PATH": BARE_PATH, "PYTHON": sys.executable, **variables}
    for name in ("VIRTUAL_ENV", "PYTHONPATH", "ANSWERS", "OUTPUT", "CONFIG", "KEEP"):
        environment.setdefault(name, "")
    return run("make", *arguments, cwd=clone, **environment)


@pytest.mark.parametrize("version", pythons.interpreters())
def test_make_service_ends_with_a_proven_service_and_what_to_type_next(
    clone: Path, bake: Bake, shared_folder: Path, tmp_path: Path, version: str
) -> None:
    result = make_proven(clone, tmp_path / "commands", pythons.interpreters()[version])

    assert result.returncode == 0, result.stdout + result.stderr
    path, enter, serve = result.stdout.rstrip().splitlines()[-3:]
    made = clone / "services" / "my-service"
    assert path.endswith("my-service (sqlite, memory, none, embedded; proven)")
    assert enter.strip().startswith("cd ")
    assert serve.strip() == "make run"
    assert files_for_git(made) == {*bake().files(), "uv.lock"}
    service = Service(made, caches=Workshop(shared_folder / "workshop").caches)
    told = service.tool("python", "-c", "import sys; print('%d.%d' % sys.version_info[:2])")
    assert told.stdout == f"{version}\n"
    with service.type_cache() as variables:
        assert service.tool("mypy", **variables).returncode == 0
    some = "-k test_settings"  # all of them have just passed
    again = make(made, "test", PYTEST_ADDOPTS=some)
    assert again.returncode == 0, again.stdout + again.stderr
    assert re.search(r"[1-9]\d* passed", again.stdout)


def test_make_service_newest_python_proves_the_fullest_combination(
    clone: Path, tmp_path: Path
) -> None:
    """The smallest is the default, which every Python has proven."""
    newest = list(pythons.interpreters().values())[-1]
    answers = " ".join(f"{option}={choice}" for option, choice in named(COVERING[1]).items())

    result = make_proven(clone, tmp_path / "commands", newest, ANSWERS=answers)

    assert result.returncode == 0, result.stdout + result.stderr
    assert f"({', '.join(COVERING[1])}; proven)" in result.stdout


def make_proven(clone: Path, commands: Path, python: str, **variables: str) -> Finished:
    """Run `make service` with Python and make on the `PATH`, and no other command."""
    commands.mkdir()
    (commands / "python3").symlink_to(python)
    (commands / "make").symlink_to(shutil.which("make") or "")
    return make(clone, "service", PATH=str(commands), PYTHON="python3", **variables)


def test_promised_pythons_have_been_tried_where_ci_runs() -> None:
    """Elsewhere a promised version may be missing: CI is for what a machine lacks."""
    if os.environ.get("CI") == "true":
        assert pythons.untried() == []


def test_untried_names_the_versions_that_no_machine_has_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pythons, "PROMISED", ["3.11", "3.12", "3.13", "3.14"])
    monkeypatch.setattr(pythons, "interpreters", lambda: {"3.11": "/usr/bin/python3.11"})
    monkeypatch.setattr(bare_roots, "recorded", lambda: ["3.14.2"])

    assert pythons.untried() == ["3.12", "3.13"]


def test_interpreters_finds_what_pyenv_installed_and_did_not_choose(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "versions" / "any" / "bin"
    installed.mkdir(parents=True)
    [(version, python), *_] = pythons.interpreters().items()
    (installed / f"python{version}").symlink_to(python)
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setenv("PATH", "/nowhere")

    found = pythons.interpreters.__wrapped__()

    assert found == {version: str(installed / f"python{version}")}


def make_service(ready: Path, **variables: str) -> Finished:
    """Run what `make service` runs once its environment is there."""
    environment = {"ANSWERS": "", "OUTPUT": "services", "CONFIG": "", "KEEP": ""}
    environment |= {"SERVICE_WAY_IN": "make", "SERVICE_PROVE": "none"}
    return run(
        sys.executable, "-m", "service_template", "new", cwd=ready, **{**environment, **variables}
    )


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ("databse=mysql", ["databse", "database", "project_slug"]),
        ("database=oracle", ["oracle", "sqlite", "postgresql", "mysql", "mongodb"]),
        ("license=GPL", ["GPL", "MIT", "Apache-2.0"]),
        ("mysql", ["mysql", "question=answer"]),
        ("project_name='unclosed", ["ANSWERS"]),
        ("project_slug=../up", ["project_slug", "../up"]),
    ],
)
def test_answers_it_does_not_know_are_refused_with_those_it_does(
    ready: Path, answers: str, words: list[str]
) -> None:
    result = make_service(ready, ANSWERS=answers)

    assert result.returncode == 1
    [line] = (result.stdout + result.stderr).splitlines()
    for word in words:
        assert word in line
    assert not (ready / "services").exists()


def test_answers_are_taken_as_they_are_typed(clone: Path) -> None:
    name = """O'Neil "x" \\ $HOME `id` %s : # yes"""
    quoted = "project_name='O'\\''Neil \"x\" \\ $HOME `id` %s : # yes' project_slug=neil"
    (clone / ".venv").symlink_to(sys.prefix)

    result = make_service(clone, ANSWERS=quoted)

    assert result.returncode == 0, result.stderr
    about = (clone / "services" / "neil" / "app" / "core" / "service_info.py").read_text(
        encoding="utf-8"
    )
    names: dict[str, str] = {}
    exec(about, names)
    assert names["TITLE"] == name


def test_make_hands_answers_on_without_reading_them(clone: Path) -> None:
    """A dollar sign would be a variable to make, and a quote the end of a word to a shell."""
    (clone / "service_template" / "__main__.py").write_text(
        "import os; print(os.environ['ANSWERS'])"
    )
    (clone / "requirements" / "environment.py").write_text("")
    (clone / ".venv" / "bin").mkdir(parents=True)
    (clone / ".venv" / "bin" / "python").symlink_to(sys.executable)
    answers = "project_name='Costs $5 (a \"deal\")' author='`id`; exit 1'"

    result = make(clone, "service", f"ANSWERS={answers}")

    assert result.stdout.rstrip("\n") == answers


def test_an_output_folder_may_have_spaces(ready: Path, tmp_path: Path) -> None:
    output = tmp_path / "my services"

    result = make_service(ready, OUTPUT=str(output))

    assert result.returncode == 0, result.stderr
    assert (output / "my-service" / "app" / "main.py").is_file()


def test_an_output_folder_may_be_in_the_home_folder(ready: Path, tmp_path: Path) -> None:
    result = make_service(ready, OUTPUT="~/my services", HOME=str(tmp_path))

    assert result.returncode == 0, result.stderr
    assert (tmp_path / "my services" / "my-service" / "app" / "main.py").is_file()


def test_an_existing_folder_is_left_as_it_is(ready: Path) -> None:
    mine = ready / "services" / "my-service" / "notes.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")

    result = make_service(ready)

    assert result.returncode == 1
    assert len((result.stdout + result.stderr).splitlines()) == 1
    assert [path.name for path in mine.parent.iterdir()] == ["notes.txt"]


def test_a_python_that_is_not_there_is_one_line(clone: Path) -> None:
    result = make(clone, "service", PYTHON="python9.9")

    assert result.returncode != 0
    assert "python9.9 is not there" in result.stderr.splitlines()[0]


@pytest.mark.parametrize("old", ["3.8.18", "3.10.13"])
def test_a_python_that_is_too_old_says_which_is_needed(clone: Path, old: str) -> None:
    """The script that says so must itself be readable by an old Python."""
    source = (clone / "requirements" / "environment.py").read_text(encoding="utf-8")
    major, minor, micro = old.split(".")
    pretend = f"import sys\nsys.version_info = ({major}, {minor}, {micro})\nsys.version = {old!r}\n"
    docstring_end = source.index('"""', 3) + 3
    (clone / "requirements" / "environment.py").write_text(
        source[:docstring_end] + "\n" + pretend + source[docstring_end:]
    )
    ast.parse(source, feature_version=(int(major), int(minor)))

    result = make(clone, "service")

    assert result.returncode != 0
    assert "Python 3.11 or later is needed" in result.stderr
    assert old in result.stderr
