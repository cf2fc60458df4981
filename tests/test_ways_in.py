"""Every way in leads to the same service: cookiecutter's, cruft's, a path, a zip file, a URL."""

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from service_template.matrix.service import Finished, Service, last_line, run
from service_template.paths import TEMPLATE
from tests.conftest import Bake, Cookiecutter, git


def assert_same(service: Path, expected: Service) -> None:
    """Check that a service has the files of another; how it was made may be recorded."""
    files, others = Service(service).files(), expected.files()
    recorded, other_record = files.pop(".cruft.json"), others.pop(".cruft.json")
    assert set(files) == set(others)
    assert files == others
    answers = json.loads(recorded)["context"]["cookiecutter"]
    for question, answer in json.loads(other_record)["context"]["cookiecutter"].items():
        if question != "_template" and question != "prove":
            assert answers[question] == answer


def test_a_path(cookiecutter: Cookiecutter, bake: Bake) -> None:
    result = cookiecutter()

    assert result.returncode == 0, result.stderr
    assert_same(cookiecutter.service, bake())


def test_a_relative_path(cookiecutter: Cookiecutter, repository: Path, bake: Bake) -> None:
    (cookiecutter.output / "here").symlink_to(repository)

    result = cookiecutter.run("here", "--no-input")

    assert result.returncode == 0, result.stderr
    assert_same(cookiecutter.service, bake())


def test_a_zip_file(cookiecutter: Cookiecutter, repository: Path, bake: Bake) -> None:
    archive = cookiecutter.output / "template.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.mkdir("template")
        for name in git(repository, "ls-files", "-z").rstrip("\0").split("\0"):
            file.write(repository / name, f"template/{name}")

    result = cookiecutter.run(str(archive), "--no-input")

    assert result.returncode == 0, result.stderr
    assert_same(cookiecutter.service, bake())


def test_a_git_url(cookiecutter: Cookiecutter, repository: Path, bake: Bake) -> None:
    result = cookiecutter.run(f"file://{repository}", "--no-input")

    assert result.returncode == 0, result.stderr
    assert_same(cookiecutter.service, bake())
    record = json.loads((cookiecutter.service / ".cruft.json").read_text(encoding="utf-8"))
    assert record["commit"] == git(repository, "rev-parse", "HEAD").strip()
    assert str(repository.parent) not in json.dumps(record)


def test_a_checkout_with_crlf_gives_lf(
    cookiecutter: Cookiecutter, repository: Path, bake: Bake
) -> None:
    for name in git(repository, "ls-files", "-z").rstrip("\0").split("\0"):
        path = repository / name
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    result = cookiecutter.run(str(repository), "--no-input")

    assert result.returncode == 0, result.stderr
    assert_same(cookiecutter.service, bake())


def test_another_output_folder(cookiecutter: Cookiecutter, tmp_path: Path) -> None:
    output = tmp_path / "deep" / "some where"

    result = cookiecutter("--output-dir", output)

    assert result.returncode == 0, result.stderr
    assert (output / "my-service" / "app" / "main.py").is_file()


def test_a_config_file(cookiecutter: Cookiecutter, tmp_path: Path) -> None:
    config = tmp_path / "house.yaml"
    config.write_text("default_context:\n  author: The House\n  database: mongodb\n")

    result = cookiecutter("--config-file", config)

    assert result.returncode == 0, result.stderr
    assert "The House" in Service(cookiecutter.service).read("pyproject.toml")
    assert "pymongo" in Service(cookiecutter.service).read("pyproject.toml")


def test_a_config_file_with_a_choice_that_does_not_exist_is_refused(
    cookiecutter: Cookiecutter, tmp_path: Path
) -> None:
    config = tmp_path / "house.yaml"
    config.write_text("default_context:\n  database: oracle\n")

    result = cookiecutter("--config-file", config)

    assert result.returncode == 1
    assert "oracle" in last_line(result.stdout)
    assert not cookiecutter.service.exists()


def test_a_replay_makes_it_again(cookiecutter: Cookiecutter) -> None:
    assert cookiecutter("project_name=Order Service", "database=mongodb").returncode == 0
    made = cookiecutter.output / "order-service"
    first = Service(made).files()
    shutil.rmtree(made)

    result = cookiecutter.run(str(TEMPLATE), "--replay")

    assert result.returncode == 0, result.stderr
    assert Service(made).files() == first


def test_files_that_exist_can_be_kept(cookiecutter: Cookiecutter) -> None:
    assert cookiecutter().returncode == 0
    readme = cookiecutter.service / "README.md"
    chosen = cookiecutter.service / "app" / "repositories" / "database" / "users.py"
    readme.write_text("mine\n")
    chosen.write_text("mine, too\n")
    (cookiecutter.service / "Makefile").unlink()

    result = cookiecutter("--overwrite-if-exists", "--skip-if-file-exists")

    assert result.returncode == 0, result.stderr
    assert readme.read_text() == "mine\n"
    assert chosen.read_text() == "mine, too\n"
    assert (cookiecutter.service / "Makefile").is_file()
    assert not (cookiecutter.service / "_options").exists()


def test_overwriting_makes_it_whole_again_and_keeps_what_is_not_its_own(
    cookiecutter: Cookiecutter, bake: Bake
) -> None:
    assert cookiecutter().returncode == 0
    (cookiecutter.service / "README.md").write_text("spoilt\n")
    (cookiecutter.service / "notes.txt").write_text("mine\n")

    result = cookiecutter("--overwrite-if-exists")

    assert result.returncode == 0, result.stderr
    assert (cookiecutter.service / "notes.txt").read_text() == "mine\n"
    (cookiecutter.service / "notes.txt").unlink()
    assert_same(cookiecutter.service, bake())


def cruft(folder: Path, *arguments: str, **variables: str) -> Finished:
    environment = {"HOME": str(folder.parent), "SERVICE_PROVE": "none", **variables}
    for name in ("NAME", "EMAIL"):
        for who in ("AUTHOR", "COMMITTER"):
            environment[f"GIT_{who}_{name}"] = "test@example.com"
    return run(sys.executable, "-m", "cruft", *arguments, cwd=folder, **environment)


@pytest.fixture
def crufted(repository: Path, tmp_path: Path) -> Path:
    """A service made by `cruft create`, in a git repository of its own."""
    output = tmp_path / "crufted"
    output.mkdir()
    created = cruft(output, "create", f"file://{repository}", "--no-input")
    assert created.returncode == 0, created.stdout + created.stderr
    service = output / "my-service"
    git(service, "init", "--quiet")
    git(service, "add", "--all")
    git(service, "commit", "--quiet", "--message=The service")
    return service


def test_cruft_makes_the_same_service(crufted: Path, bake: Bake) -> None:
    assert_same(crufted, bake())


def test_cruft_finds_a_new_service_current(crufted: Path) -> None:
    checked = cruft(crufted, "check")
    compared = cruft(crufted, "diff", "--exit-code")

    assert checked.returncode == 0, checked.stdout
    assert compared.returncode == 0, compared.stdout


def test_cruft_brings_in_a_newer_template_and_proves_nothing(
    crufted: Path, repository: Path
) -> None:
    makefile = repository / "{{cookiecutter.project_slug}}" / "Makefile"
    makefile.write_text(makefile.read_text(encoding="utf-8") + "\n# newer\n", encoding="utf-8")
    git(repository, "commit", "--quiet", "--all", "--message=Newer")
    assert cruft(crufted, "check").returncode == 1

    updated = cruft(crufted, "update", "--skip-apply-ask", SERVICE_PROVE="full")

    assert updated.returncode == 0, updated.stdout + updated.stderr
    assert "Proving" not in updated.stdout
    assert (crufted / "Makefile").read_text(encoding="utf-8").endswith("\n# newer\n")
    assert not (crufted / ".venv").exists()
    changed = git(crufted, "diff", "--name-only", "HEAD").split()
    assert set(changed) == {"Makefile", ".cruft.json", ".managed.sha256"}


def test_two_bakes_are_equal_to_the_byte(cookiecutter: Cookiecutter, tmp_path: Path) -> None:
    twin = Cookiecutter(cookiecutter.home, tmp_path / "twin")
    twin.output.mkdir()

    for runner in (cookiecutter, twin):
        assert runner("database=postgresql").returncode == 0

    assert Service(twin.service).files() == Service(cookiecutter.service).files()


@pytest.mark.parametrize("tool", ["uvx", "pipx"])
def test_it_runs_under_the_tools_that_bring_cookiecutter(
    tool: str, cookiecutter: Cookiecutter, bake: Bake
) -> None:
    """Both run cookiecutter from an environment of its own, as this does."""
    environment = cookiecutter.home / tool
    install = {
        "uvx": [sys.executable, "-m", "uv", "venv", "--quiet", str(environment)],
        "pipx": [sys.executable, "-m", "venv", "--without-pip", str(environment)],
    }
    subprocess.run(install[tool], check=True)
    python = str(environment / "bin" / "python")
    pip = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", python]
    subprocess.run([*pip, "cookiecutter~=2.7"], check=True)

    result = run(
        python,
        "-m",
        "cookiecutter",
        str(TEMPLATE),
        "--no-input",
        cwd=cookiecutter.output,
        SERVICE_PROVE="none",
        HOME=str(cookiecutter.home),
    )

    assert result.returncode == 0, result.stderr
    assert_same(cookiecutter.service, bake())
