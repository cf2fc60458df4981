"""A service runs the template's own command, wherever it finds the template, and says where it can't."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from service_template.matrix.service import Finished, Service, run
from tests.conftest import Cookiecutter, copy_template, in_git, replace

NO_NETWORK = {f"{kind}_PROXY": "http://127.0.0.1:1" for kind in ("ALL", "HTTP", "HTTPS")}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Service:
    """A service that was made from a folder in git, with the environment of these tests."""
    folder = tmp_path_factory.mktemp("a house")
    repository = in_git(copy_template(folder / "template"))
    cookiecutter = Cookiecutter(folder, folder)
    assert cookiecutter.run(str(repository), "--no-input").returncode == 0
    (cookiecutter.service / ".venv").symlink_to(sys.prefix)
    (cookiecutter.service / "uv.lock").touch()
    return Service(cookiecutter.service)


@pytest.fixture
def service(made: Service, tmp_path: Path) -> Service:
    return made.copy_to(tmp_path)


def template_of(service: Service) -> Path:
    return Path(service.read(".template").strip())


def make(service: Service, *words: str, **variables: str) -> Finished:
    """Run make as if the environment were ready, with the packages that uv has already."""
    uv = run(sys.executable, "-m", "uv", "cache", "dir", cwd=service.path).stdout.strip()
    whole = {"TEMPLATE": "", "UV_CACHE_DIR": uv, **variables}
    return service.run("make", "--assume-old=.venv/.ready", *words, **whole)


def looked(done: Finished) -> bool:
    """Whether standards were looked at: this service has nothing wrong but an empty lock file."""
    return "SEC004 The lock file is in git" in done.stdout and done.returncode != 0


def test_folder_that_made_it_is_found_again_and_needs_no_network_later(service: Service) -> None:
    assert '"template": null' in service.read(".cruft.json")

    first = make(service, "standards")
    second = make(service, "standards", **NO_NETWORK)

    assert looked(first), first.stderr
    assert looked(second), second.stderr


def test_folder_is_used_at_the_commit_that_made_the_service(service: Service) -> None:
    newer = template_of(service) / "service_template" / "managed.py"
    kept = newer.read_text(encoding="utf-8")
    newer.write_text("raise SystemExit('newer')\n", encoding="utf-8")

    done = make(service, "standards")

    newer.write_text(kept, encoding="utf-8")
    assert looked(done), done.stderr


def test_folder_is_used_as_it_is_where_there_is_no_git(service: Service, tmp_path: Path) -> None:
    commands = tmp_path / "commands"
    commands.mkdir()
    for name in ("cat", "dirname", "grep", "make", "realpath", "sed", "sh", "tail"):
        (commands / name).symlink_to(shutil.which(name) or "")

    done = make(service, "standards", PATH=str(commands))

    assert looked(done), done.stderr


def test_recorded_address_is_used_elsewhere(service: Service) -> None:
    address = template_of(service).as_uri()
    (service.path / ".template").unlink()
    replace(service.path / ".cruft.json", '"template": null,', f'"template": "{address}",')

    done = make(service, "standards")

    assert looked(done), done.stderr


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("", "neither .cruft.json nor TEMPLATE names it"),
        ("/nowhere", "/nowhere"),
        ("git@127.0.0.1:house/template.git", "Could not read from remote repository"),
        ("https://me:s3cret@127.0.0.1:1/template.git", "https://127.0.0.1:1/template.git"),
    ],
)
def test_template_that_cannot_be_reached_is_said_in_a_line(
    service: Service, place: str, why: str
) -> None:
    (service.path / ".template").unlink()

    done = make(service, "standards", TEMPLATE=place, GIT_SSH_COMMAND="false")

    assert done.returncode != 0
    said, _make = done.stderr.splitlines()
    assert said.startswith("make standards: the template can't be reached: ")
    assert said.endswith("or say where it is: make standards TEMPLATE=…")
    assert why in said
    assert "s3cret" not in said


@pytest.mark.parametrize("target", ["test", "coverage", "lint", "format", "types", "layers"])
def test_work_on_a_service_needs_no_template(service: Service, target: str) -> None:
    assert "service-template" not in make(service, target, "--dry-run").stdout


def test_check_ends_with_what_needs_the_template(service: Service) -> None:
    lines = make(service, "check", "--dry-run").stdout.splitlines()

    first = next(number for number, line in enumerate(lines) if "service-template" in line)
    assert not any("pytest" in line for line in lines[first:])
    assert any("pytest" in line for line in lines[:first])


def test_resource_comes_from_the_package(service: Service) -> None:
    fields = "FIELDS=quantity:int:ge=1 note:str?"

    done = make(service, "resource", "NAME=order", fields, "DRY_RUN=1")

    assert done.returncode == os.EX_OK, done.stderr
    assert "  new      app/models/order.py\n" in done.stdout
    assert "Nothing was done" in done.stdout
    assert not service.has_file("app/models/order.py")
