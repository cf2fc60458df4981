"""A service can be brought up to date: what is whose, what has changed, and what is new."""

import hashlib
import json
import shutil
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from service_template.errors import Refused
from service_template.git import try_git as git_of_updates
from service_template.matrix.combinations import QUESTIONS
from service_template.matrix.service import Finished, Service, run
from service_template.options import place_of
from service_template.ownership import DECLARED, Ownership, owner_of
from service_template.paths import TEMPLATE
from service_template.updates.service import update
from tests.conftest import GIT, SKELETON, Bake, Cookiecutter, git, replace, skip_what_is_not_offered
from tests.test_ways_in import cruft

pytestmark = pytest.mark.usefixtures("git_identity")

GUARDS = {"GNUmakefile", "conftest.py"}


def places() -> set[str]:
    """Return where each file of the skeleton lies in a service, whatever the answers are."""
    files = [path.relative_to(SKELETON) for path in SKELETON.rglob("*") if path.is_file()]
    found = {str(place_of(file)) for file in files if "__pycache__" not in file.parts}
    return found - GUARDS - {"None"}


# What is whose


def test_every_file_is_declared() -> None:
    for path in places():
        assert owner_of(path), f"{path} is not declared: see service_template/ownership.py"


def test_nothing_is_declared_that_is_not_there() -> None:
    for one in DECLARED:
        assert any(path == one or path.startswith(f"{one}/") for path in places()), one


@pytest.mark.parametrize(
    ("path", "owner"),
    [
        ("app/core/http/problems.py", Ownership.MANAGED),
        ("app/core_business/orders.py", Ownership.SEEDED),
        ("app/main.py", Ownership.SEEDED),
        ("tests/core/test_ids.py", Ownership.MANAGED),
        ("tests/api/test_users.py", Ownership.SEEDED),
        ("docs/decisions/layers.md", Ownership.SKIPPED),
        ("elsewhere/orders.py", None),
    ],
)
def test_the_nearest_declared_path_says_whose_a_file_is(path: str, owner: Ownership | None) -> None:
    assert owner_of(path) is owner


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
    owners = {path: owner_of(path) for path in files.keys() - records}
    assert set(digests) == {path for path in owners if owners[path] is Ownership.MANAGED}
    for path, digest in digests.items():
        assert digest == hashlib.sha256(files[path]).hexdigest()
    skipped = {path for path in owners if any(f"{path}/".startswith(f"{one}/") for one in own)}
    assert skipped == {path for path in owners if owners[path] is Ownership.SKIPPED}
    assert all(owners.values())
    assert all(any(f"{path}/".startswith(f"{one}/") for path in skipped) for one in own)


def digests_of(service: Service) -> list[str]:
    return service.read(".managed.sha256").splitlines()


def test_code_and_tests_are_updated() -> None:
    """Half an update of files that belong together would be a broken service."""
    for path in places():
        if path.startswith(("app/", "migrations/", "tests/")):
            assert owner_of(path) is not Ownership.SKIPPED, path


def test_a_file_that_can_be_run_is_recorded_as_one(tiny: Cookiecutter) -> None:
    script = tiny.template / SKELETON.name / "deploy" / "run"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)

    assert tiny().returncode == 0

    modes = {line.split()[2]: line.split()[0] for line in digests_of(Service(tiny.service))}
    assert modes == {"app/core/clock.py": "644", "deploy/run": "755"}


def test_files_that_were_kept_are_not_recorded_anew(tiny: Cookiecutter) -> None:
    assert tiny().returncode == 0
    recorded = digests_of(Service(tiny.service))
    (tiny.service / "app" / "core" / "clock.py").write_text("mine\n")

    assert tiny("--overwrite-if-exists", "--skip-if-file-exists").returncode == 0

    assert digests_of(Service(tiny.service)) == recorded


def test_files_of_ones_own_are_not_recorded(tiny: Cookiecutter) -> None:
    assert tiny().returncode == 0
    recorded = digests_of(Service(tiny.service))
    (tiny.service / "app" / "core" / "mine.py").write_text("mine\n")

    assert tiny("--overwrite-if-exists").returncode == 0

    assert digests_of(Service(tiny.service)) == recorded


# What is new comes in by a merge


class House:
    """The tiny template's repository, in which a house goes on working."""

    def __init__(self, template: Path) -> None:
        self.template = template
        self.skeleton = template / SKELETON.name
        self.write(
            "pyproject.toml",
            "[tool.cruft]\nskip = {{ cookiecutter | skipped_paths | tojson }}\n"
            "[tool.x]\nline-length = {{ cookiecutter._house.line_length }}\n",
        )
        self.write("app/main.py", MAIN)
        shutil.copy(TEMPLATE / "CHANGELOG.md", template)
        git(template, "init", "--quiet", "--initial-branch=main")
        self.commit()

    def write(self, name: str, text: str) -> None:
        (self.skeleton / name).parent.mkdir(parents=True, exist_ok=True)
        (self.skeleton / name).write_text(text, encoding="utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        replace(self.skeleton / name, old, new)

    def ask(self, question: str, *choices: str) -> None:
        """Add a question, or other choices of one."""
        path = self.template / "cookiecutter.json"
        questions = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps({question: choices, **questions} | {question: choices}))

    def commit(self) -> str:
        git(self.template, "add", "--all")
        git(self.template, "commit", "--quiet", "--message=The template")
        return git(self.template, "rev-parse", "HEAD").strip()


MAIN = "".join(f"print({number})\n" for number in range(30))


@dataclass(frozen=True)
class Team:
    """A service of the tiny template in a repository of its own, and who works on it."""

    folder: Path
    house: House

    def write(self, name: str, text: str) -> None:
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(text, encoding="utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        replace(self.folder / name, old, new)

    def read(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def commit(self) -> None:
        git(self.folder, "add", "--all")
        git(self.folder, "commit", "--quiet", "--message=The team's")

    def update(self, given: str = "", wanted: str = "HEAD") -> int:
        skip_what_is_not_offered(dict(word.split("=") for word in given.split() if "=" in word))
        with tempfile.TemporaryDirectory() as folder:
            return update(
                self.folder,
                template=self.house.template,
                wanted=wanted,
                given=given,
                workplace=Path(folder),
            )

    def refusal(self, **arguments: str) -> str:
        """Return the one line of an update that is refused, which must change nothing."""
        before = state_of(self.folder)
        with pytest.raises(Refused) as refused:
            self.update(**arguments)
        assert state_of(self.folder) == before
        assert "\n" not in str(refused.value)
        return str(refused.value)

    def answers(self) -> dict[str, Any]:
        return Service(self.folder).answers()


def state_of(folder: Path) -> tuple[dict[str, bytes], str]:
    """Return what lies in a folder, and what its repository knows."""
    branches = run(*GIT, "for-each-ref", cwd=folder).stdout
    return Service(folder).files(), branches + run(*GIT, "status", "--short", cwd=folder).stdout


@pytest.fixture
def house(tiny_template: Path) -> House:
    return House(tiny_template)


@pytest.fixture
def team(house: House, tiny: Cookiecutter) -> Team:
    assert tiny("project_name=Order Service").returncode == 0
    team = Team(tiny.output / "order-service", house)
    git(team.folder, "init", "--quiet", "--initial-branch=main")
    team.commit()
    return team


def test_a_service_that_nobody_touched_becomes_what_would_be_made_anew(
    team: Team, house: House, tiny: Cookiecutter
) -> None:
    house.edit("app/main.py", "print(3)\n", "print(33)\n")
    house.write("app/new.py", "NEW = True\n")
    newest = house.commit()

    assert team.update() == 0

    branch = git(team.folder, "branch", "--show-current").strip()
    assert branch == f"template-update/{team.answers()['_template_version']}-{newest[:7]}"
    assert git(team.folder, "log", "--format=%s", "main..").startswith("Template ")
    assert git(team.folder, "status", "--short") == ""
    updated = Service(team.folder).files()
    shutil.rmtree(team.folder)
    assert tiny("project_name=Order Service").returncode == 0
    assert updated == Service(team.folder).files()
    assert json.loads(updated[".cruft.json"])["commit"] == newest


def test_work_of_both_is_merged_and_what_is_to_be_done_is_said(
    team: Team, house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    team.edit("app/main.py", "print(25)\n", "print('orders')\n")
    team.write("app/orders.py", "ORDERS = ()\n")
    team.commit()
    house.edit("app/main.py", "print(3)\n", "print(33)\n")
    (house.skeleton / "app" / "main.py").chmod(0o755)
    changes = house.template / "CHANGELOG.md"
    changes.write_text(
        "## 99.0.0 – 2030-01-01\n\n### Every service\n\nTurn around.\n\n### auth=jwt\n\nNot you.\n\n"
        "### auth=jwt, auth=none\n\nOr stay.\n\n## 0.0.1 – 2020-01-01\n\nOld.\n"
    )
    house.commit()

    assert team.update() == 0

    main = team.read("app/main.py")
    assert "print('orders')\n" in main
    assert "print(33)\n" in main
    assert (team.folder / "app" / "main.py").stat().st_mode & 0o100
    assert team.read("app/orders.py") == "ORDERS = ()\n"
    for text in (capsys.readouterr().out, git(team.folder, "log", "-1", "--format=%B")):
        assert "Turn around." in text
        assert "Or stay." in text
        assert "Not you." not in text
        assert "Old." not in text


def test_conflicts_are_those_of_git_and_nothing_is_committed(
    team: Team, house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    team.edit("app/main.py", "print(3)\n", "print('three')\n")
    team.commit()
    before = state_of(team.folder)[0]
    head = git(team.folder, "rev-parse", "HEAD")
    house.edit("app/main.py", "print(3)\n", "print(33)\n")
    house.write("app/new.py", "NEW = True\n")
    house.commit()

    assert team.update() == 2

    output = capsys.readouterr().out
    assert "  app/main.py\n" in output
    assert git(team.folder, "rev-parse", "HEAD") == head
    assert git(team.folder, "diff", "--name-only", "--diff-filter=U") == "app/main.py\n"
    assert "<<<<<<< HEAD\nprint('three')\n" in team.read("app/main.py")
    give_up = output.splitlines()[-1].strip()
    assert give_up.startswith("git cherry-pick --abort")
    assert run("sh", "-ec", give_up, cwd=team.folder).returncode == 0
    assert state_of(team.folder)[0] == before
    assert git(team.folder, "branch", "--format=%(refname:short)") == "main\n"


def test_conflicts_that_are_solved_end_in_one_commit(team: Team, house: House) -> None:
    team.edit("app/main.py", "print(3)\n", "print('three')\n")
    team.commit()
    house.edit("app/main.py", "print(3)\n", "print(33)\n")
    house.commit()
    assert team.update() == 2

    team.write("app/main.py", MAIN.replace("print(3)\n", "print('both')\n"))
    git(team.folder, "add", "--all")
    git(team.folder, "-c", "core.editor=true", "cherry-pick", "--continue")

    assert git(team.folder, "rev-list", "--count", "main..").strip() == "1"
    assert team.update() == 0  # and there is nothing to do any more
    assert git(team.folder, "rev-list", "--count", "main..").strip() == "1"


def test_a_new_option_comes_with_its_default_or_with_an_answer(
    team: Team, house: House, tmp_path: Path
) -> None:
    house.ask("queue", "none", "rabbit")
    house.write("_options/queue/none/app/queue.py", "QUEUE = None\n")
    house.write("_options/queue/rabbit/app/queue.py", "QUEUE = 'rabbit'\n")
    house.commit()
    other = Team(shutil.copytree(team.folder, tmp_path / "other", symlinks=True), house)

    assert team.update() == 0
    assert other.update("queue=rabbit") == 0

    assert team.read("app/queue.py") == "QUEUE = None\n"
    assert team.answers()["queue"] == "none"
    assert other.read("app/queue.py") == "QUEUE = 'rabbit'\n"
    assert other.answers()["queue"] == "rabbit"
    assert other.answers()["project_name"] == "Order Service"


def test_another_answer_swaps_what_was_chosen(team: Team) -> None:
    assert team.update("database=mongodb") == 0

    assert team.read("app/documents.py") == "NAME = 'mongodb'\n"
    assert not (team.folder / "app" / "database.py").exists()
    assert team.answers()["database"] == "mongodb"


def test_file_that_the_template_renames_takes_the_teams_work_along(
    team: Team, house: House
) -> None:
    team.edit("app/main.py", "print(25)\n", "print('orders')\n")
    team.commit()
    (house.skeleton / "app" / "main.py").rename(house.skeleton / "app" / "start.py")
    house.commit()

    assert team.update() == 0

    assert not (team.folder / "app" / "main.py").exists()
    assert team.read("app/start.py") == MAIN.replace("print(25)\n", "print('orders')\n")


def test_file_that_the_template_removes_goes_unless_the_team_worked_on_it(
    team: Team, house: House, tmp_path: Path
) -> None:
    other = Team(shutil.copytree(team.folder, tmp_path / "other", symlinks=True), house)
    other.edit("app/main.py", "print(25)\n", "print('orders')\n")
    other.commit()
    (house.skeleton / "app" / "main.py").unlink()
    house.commit()

    assert team.update() == 0
    assert other.update() == 2

    assert not (team.folder / "app" / "main.py").exists()
    assert "print('orders')" in other.read("app/main.py")


def test_skipped_files_are_left_alone_and_new_ones_come(team: Team, house: House) -> None:
    team.write("README.md", "# Ours\n")
    team.write("app/tables.py", "TABLES = ('ours',)\n")
    team.edit("pyproject.toml", '["LICENSE",', '["app/tables.py", "LICENSE",')
    (team.folder / "LICENSE").unlink()
    team.commit()
    house.write("README.md", "# Theirs\n")
    house.write(".vscode/settings.json", "{}\n")
    house.write("_options/shared/sql/app/tables.py", "TABLES = (1,)\n")
    house.write("_options/license/MIT/LICENSE", "Another text.\n")
    house.commit()

    assert team.update() in (0, 2)

    assert team.read("README.md") == "# Ours\n"
    assert team.read("app/tables.py") == "TABLES = ('ours',)\n"
    assert team.read(".vscode/settings.json") == "{}\n"
    assert not (team.folder / "LICENSE").exists()


@pytest.mark.parametrize("name", ["app/main.py", "app/core/clock.py"])
def test_team_that_deletes_a_file_meets_a_conflict_only_if_it_is_managed(
    team: Team, house: House, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (team.folder / name).unlink()
    team.commit()
    house.write(name, f"{(house.skeleton / name).read_text(encoding='utf-8')}NEW = True\n")
    house.write("app/new.py", "NEW = True\n")
    (house.template / "CHANGELOG.md").write_text("## 99.0.0 – 2030-01-01\n\n### Every service\n")
    house.commit()

    status = team.update()

    assert status == (0 if owner_of(name) is Ownership.SEEDED else 2)
    if status == 0:
        assert not (team.folder / name).exists()
        assert f"They stay deleted:\n  {name}\n" in capsys.readouterr().out
        assert team.read("app/new.py") == "NEW = True\n"
        assert git(team.folder, "status", "--short") == ""
        message = git(team.folder, "log", "-1", "--format=%B", "main..")
        assert message.startswith("Template ")
        assert "Every service" in message


def test_seeded_file_that_the_team_deleted_is_no_conflict_beside_others(
    team: Team, house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    (team.folder / "app" / "tables.py").unlink()
    team.edit("app/main.py", "print(3)\n", "print('three')\n")
    team.commit()
    house.edit("app/main.py", "print(3)\n", "print(33)\n")
    house.write("_options/shared/sql/app/tables.py", "TABLES = (1,)\n")
    house.commit()

    assert team.update() == 2

    assert git(team.folder, "diff", "--name-only", "--diff-filter=U") == "app/main.py\n"
    output = capsys.readouterr().out
    assert "conflicts in\n  app/main.py\n" in output
    assert "They stay deleted:\n  app/tables.py\n" in output
    assert output.splitlines()[-1].strip().startswith("git cherry-pick --abort")
    assert not (team.folder / "app" / "tables.py").exists()


def step(number: int, before: str) -> str:
    return f'revision = "{number:04}"\ndown_revision = {before}\nBODY = {number}\n'


def test_new_steps_of_migrations_come_behind_those_of_the_team(house: House, team: Team) -> None:
    versions = "migrations/versions"
    house.write(f"{versions}/0001_users.py", step(1, "None"))
    house.commit()
    assert team.update() == 0
    team.write(f"{versions}/0002_orders.py", step(2, '"0001"'))
    team.commit()
    house.write(f"{versions}/0002_events.py", step(2, '"0001"'))
    house.write(f"{versions}/0003_keys.py", step(3, '"0002"'))
    house.commit()

    assert team.update() == 0

    assert team.read(f"{versions}/0001_users.py") == step(1, "None")
    assert team.read(f"{versions}/0002_orders.py") == step(2, '"0001"')
    moved = team.read(f"{versions}/0003_events.py").splitlines()
    assert moved == ['revision = "0003"', 'down_revision = "0002"', "BODY = 2"]
    assert 'down_revision = "0003"' in team.read(f"{versions}/0004_keys.py")
    assert len(list((team.folder / versions).iterdir())) == 4
    assert_digests_are_right(team)

    items = step(5, '"0004"').replace('revision = "0005"', 'revision = "0005_items"')
    team.write(f"{versions}/0005_items.py", items)
    team.commit()
    house.write(f"{versions}/0004_accounts.py", step(4, '"0003"'))
    house.edit(f"{versions}/0002_events.py", "BODY = 2", "BODY = 22")
    house.commit()

    assert team.update() == 0

    assert team.read(f"{versions}/0003_events.py").splitlines() == [*moved[:2], "BODY = 22"]
    accounts = team.read(f"{versions}/0006_accounts.py").splitlines()
    assert accounts == ['revision = "0006"', 'down_revision = "0005_items"', "BODY = 4"]
    assert len(list((team.folder / versions).iterdir())) == 6
    assert_digests_are_right(team)


def assert_digests_are_right(team: Team) -> None:
    for line in digests_of(Service(team.folder)):
        _, digest, path = line.split()
        assert hashlib.sha256((team.folder / path).read_bytes()).hexdigest() == digest, path


@pytest.mark.parametrize("name", ["app/main.py", "app/mine.py"])
def test_uncommitted_work_is_refused(team: Team, house: House, name: str) -> None:
    house.write("app/new.py", "NEW = True\n")
    house.commit()
    team.write(name, "work = True\n")

    assert "uncommitted" in team.refusal()
    assert name in team.refusal()


def test_what_tools_leave_is_no_work(team: Team, house: House) -> None:
    house.write("app/new.py", "NEW = True\n")
    house.commit()
    for name in ("app/__pycache__/main.pyc", ".mypy_cache/x", ".ruff_cache/x", ".coverage"):
        team.write(name, "")

    assert team.update() == 0


def test_what_cannot_be_updated_is_refused_in_a_line(team: Team, house: House) -> None:
    first = git(house.template, "rev-parse", "HEAD").strip()
    assert team.update() == 0  # there is nothing to do
    house.write("app/new.py", "NEW = True\n")
    house.ask("database", "postgresql", "mysql")
    house.commit()

    assert "9.9.9" in team.refusal(wanted="9.9.9")
    assert "databse" in team.refusal(given="databse=mysql")
    assert "ANSWERS" in team.refusal(given="mysql")
    assert "database=sqlite is no choice" in team.refusal()
    assert "oracle" in team.refusal(given="database=oracle")
    assert "author" in team.refusal(given="database=mysql author=''")
    team.edit(".cruft.json", first, "0" * 40)
    team.commit()
    assert "no commit 000000000000" in team.refusal()
    team.edit(".cruft.json", f'"{"0" * 40}"', "null")
    team.commit()
    assert "is no released version" in team.refusal()
    team.write(".cruft.json", "{}")
    team.commit()
    assert ".cruft.json can't be used" in team.refusal()


def test_without_a_repository_nothing_is_updated(team: Team) -> None:
    shutil.rmtree(team.folder / ".git")
    with pytest.raises(Refused, match="git init"):
        team.update("database=mongodb")
    git(team.folder, "init", "--quiet")
    with pytest.raises(Refused, match="never been committed"):
        team.update("database=mongodb")


def test_a_branch_that_is_there_already_is_kept(team: Team) -> None:
    assert team.update("database=mongodb") == 0
    git(team.folder, "switch", "--quiet", "main")

    assert "There is a branch" in team.refusal(given="database=mysql")


def test_a_service_in_a_folder_of_a_larger_repository(team: Team, house: House) -> None:
    larger = team.folder.parent
    shutil.rmtree(team.folder / ".git")
    git(larger, "init", "--quiet")
    (larger / "README.md").write_text("All our services.\n")
    team.commit()
    house.edit("app/main.py", "print(3)\n", "print(33)\n")
    house.edit("app/core/clock.py", "TICKS = 1\n", "TICKS = 2\n")
    house.commit()

    assert team.update() == 0

    assert "print(33)\n" in team.read("app/main.py")
    changed = git(larger, "show", "--name-only", "--format=", "HEAD").split()
    assert set(changed) == {
        f"order-service/{name}"
        for name in (".cruft.json", ".managed.sha256", "app/core/clock.py", "app/main.py")
    }


def test_a_service_that_knows_its_version_only_is_updated_from_its_release(
    team: Team, house: House
) -> None:
    first = git(house.template, "rev-parse", "HEAD").strip()
    version = team.answers()["_template_version"]
    team.edit(".cruft.json", f'"{first}"', "null")
    team.commit()
    text = f"## {version} – 2026-12-01, commit {first}\n"
    (house.template / "CHANGELOG.md").write_text(text, encoding="utf-8")
    house.edit("app/main.py", "print(3)\n", "print(33)\n")
    house.commit()

    assert team.update() == 0

    assert "print(33)\n" in team.read("app/main.py")


def test_a_released_version_is_found_where_no_tag_travelled_with_the_clone(
    team: Team, house: House
) -> None:
    house.edit("app/main.py", "print(3)\n", "print(33)\n")
    release = house.commit()
    text = f"## 9.0.0 – 2026-12-01, commit {release}\n"
    (house.template / "CHANGELOG.md").write_text(text, encoding="utf-8")
    house.edit("app/main.py", "print(4)\n", "print(44)\n")
    house.commit()

    assert team.update(wanted="9.0.0") == 0

    assert "print(33)\nprint(4)\n" in team.read("app/main.py")


def test_an_update_that_is_stopped_while_git_merges_changes_nothing(
    team: Team, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.edit("app/main.py", "print(3)\n", "print(33)\n")
    house.commit()
    before = state_of(team.folder)

    def try_git(*arguments: Any, **others: Any) -> Finished:
        done = git_of_updates(*arguments, **others)
        if arguments[0] == "cherry-pick" and arguments[1] != "--abort":
            raise KeyboardInterrupt
        return done

    monkeypatch.setattr("service_template.updates.merging.try_git", try_git)
    with pytest.raises(KeyboardInterrupt):
        team.update()

    assert state_of(team.folder) == before
    assert git(team.folder, "branch", "--show-current") == "main\n"


def test_standards_are_the_houses_unless_a_service_has_its_own(
    house: House, tiny: Cookiecutter, tmp_path: Path
) -> None:
    config = tmp_path / "house.yaml"
    config.write_text("default_context:\n  _house:\n    coverage_floor: 77\n", encoding="utf-8")
    assert tiny("--config-file", config).returncode == 0
    team = Team(tiny.service, house)
    git(team.folder, "init", "--quiet")
    team.commit()
    length = QUESTIONS["_house"]["line_length"]
    replace(house.template / "cookiecutter.json", f'"line_length": {length},', '"line_length": 99,')
    house.commit()

    assert team.update() == 0

    assert team.read("pyproject.toml").endswith("line-length = 99\n")
    assert team.answers()["_house"]["coverage_floor"] == 77
    assert team.answers()["_house"]["line_length"] == 99


def test_a_standard_that_a_service_was_made_before_has_its_default(
    team: Team, house: House
) -> None:
    replace(house.template / "cookiecutter.json", '"line_length": ', '"floor": 3, "line_length": ')
    checks = house.template / "service_template" / "answers" / "house.py"
    replace(checks, "] = {\n", '] = {\n    "floor": ("3", lambda value: value == 3),\n')
    house.commit()

    assert team.update() == 0

    assert team.answers()["_house"] == {**QUESTIONS["_house"], "floor": 3}


# The ways to get there


def test_cruft_brings_in_the_same(house: House, cookiecutter: Cookiecutter) -> None:
    house.write("app/named.py", "NAMED = 1\nTWICE = 2\nTHRICE = 3\n")
    house.write("app/gone.py", "GONE = True\n")
    house.commit()
    created = cruft(cookiecutter.output, "create", str(house.template), "--no-input")
    assert created.returncode == 0, created.stderr
    team = Team(cookiecutter.service, house)
    git(team.folder, "init", "--quiet")
    team.write("README.md", "# Ours\n")
    team.edit("app/main.py", "print(25)\n", "print('orders')\n")
    team.commit()
    house.write("README.md", "# Theirs\n")
    house.edit("app/main.py", "print(3)\n", "print(33)\n")
    house.ask("queue", "none", "rabbit")
    house.write("_options/queue/none/app/queue.py", "QUEUE = None\n")
    house.write("_options/queue/rabbit/app/queue.py", "QUEUE = 'rabbit'\n")
    (house.skeleton / "app" / "named.py").rename(house.skeleton / "app" / "renamed.py")
    (house.skeleton / "app" / "gone.py").unlink()
    newest = house.commit()

    updated = cruft(team.folder, "update", "--skip-apply-ask")

    assert updated.returncode == 0, updated.stdout + updated.stderr
    assert team.read("README.md") == "# Ours\n"
    assert {"print('orders')", "print(33)"} <= set(team.read("app/main.py").splitlines())
    assert team.read("app/queue.py") == "QUEUE = None\n"
    assert team.answers()["queue"] == "none"
    assert (team.folder / "app" / "renamed.py").is_file()
    assert not (team.folder / "app" / "named.py").exists()
    assert not (team.folder / "app" / "gone.py").exists()
    team.commit()
    assert cruft(team.folder, "check").returncode == 0
    # Whoever has used cruft can go on by the other way.
    house.edit("app/main.py", "print(5)\n", "print(55)\n")
    assert newest != house.commit()
    assert team.update() == 0
    assert "print(55)\n" in team.read("app/main.py")
    git(team.folder, "switch", "--quiet", "--detach")
    assert cruft(team.folder, "check").returncode == 0


@pytest.fixture
def own_service(repository: Path, cookiecutter: Cookiecutter) -> Service:
    """A service of the template as it is, in git, with the environment of these tests."""
    assert cookiecutter.run(str(repository), "--no-input").returncode == 0
    git(cookiecutter.service, "init", "--quiet")
    git(cookiecutter.service, "add", "--all")
    git(cookiecutter.service, "commit", "--quiet", "--message=The service")
    (cookiecutter.service / ".venv").symlink_to(sys.prefix)
    return Service(cookiecutter.service)


def make(service: Service, *arguments: str, **variables: str) -> Finished:
    """Run make as if the environment were ready, with caches of this test's own."""
    uv = run(sys.executable, "-m", "uv", "cache", "dir", cwd=service.path).stdout.strip()
    caches = {"XDG_CACHE_HOME": str(service.path.parent / "caches"), "UV_CACHE_DIR": uv}
    return service.run("make", "--assume-old=.venv/.ready", *arguments, **caches, **variables)


def test_a_service_checks_and_updates_itself(own_service: Service, repository: Path) -> None:
    where = f"TEMPLATE={repository}"
    assert make(own_service, "template-check", where).returncode == 0
    makefile = repository / SKELETON.name / "Makefile"
    makefile.write_text(makefile.read_text(encoding="utf-8") + "\n# newer\n", encoding="utf-8")
    git(repository, "commit", "--quiet", "--all", "--message=Newer")
    behind = make(own_service, "template-check", where)
    assert behind.returncode != 0
    assert "Behind" in behind.stdout

    updated = make(own_service, "template-update", where)

    assert updated.returncode == 0, updated.stdout + updated.stderr
    assert own_service.read("Makefile").endswith("\n# newer\n")
    assert git(own_service.path, "status", "--short") == ""
    assert git(own_service.path, "branch", "--show-current").startswith("template-update/")
    current = make(own_service, "template-check", where)
    assert current.returncode == 0, current.stdout


def append(file: Path, text: str) -> None:
    with file.open("a", encoding="utf-8") as opened:
        opened.write(text)


def test_work_on_the_product_is_no_finding_and_is_merged_with_a_newer_template(
    own_service: Service, repository: Path
) -> None:
    where, ours = f"TEMPLATE={repository}", "\nCLOSED_ON = 'Friday'\n"
    rule, route, clock = "app/services/users.py", "app/api/routes/users.py", "app/core/clock.py"
    for name in (rule, route, "tests/api/test_closing.py"):
        append(own_service.path / name, ours)
    current = make(own_service, "template-check", where)
    assert current.returncode == 0, current.stdout
    git(own_service.path, "add", "--all")
    git(own_service.path, "commit", "--quiet", "--message=Closed on Friday")
    for name in (rule, clock):
        newer = repository / SKELETON.name / name
        newer.write_text(f"# Newer\n{newer.read_text(encoding='utf-8')}", encoding="utf-8")
    git(repository, "commit", "--quiet", "--all", "--message=Newer")

    updated = make(own_service, "template-update", where)

    assert updated.returncode == 0, updated.stdout + updated.stderr
    for name, is_newer, is_ours in ((rule, True, True), (route, False, True), (clock, True, False)):
        text = own_service.read(name)
        assert text.startswith("# Newer\n") is is_newer
        assert text.endswith(ours) is is_ours
    current = make(own_service, "template-check", where)
    assert current.returncode == 0, current.stdout
    append(own_service.path / clock, ours)
    changed = make(own_service, "template-check", where)
    assert changed.returncode != 0
    assert f"were changed since:\n  {clock}\nCurrent" in changed.stdout


def test_the_template_updates_a_service_that_cannot_do_it_itself(
    own_service: Service, repository: Path
) -> None:
    (repository / SKELETON.name / "app" / "newer.py").write_text('"""New."""\n')
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message=Newer")
    (repository / ".venv").symlink_to(sys.prefix)
    update = ["make", "--assume-old=service-environment", "update"]

    result = run(*update, cwd=repository, SERVICE=str(own_service.path), ANSWERS="ci=none")

    assert result.returncode == 0, result.stdout + result.stderr
    assert own_service.has_file("app/newer.py")
    assert not own_service.has_file(".github/workflows/ci.yml")
    again = run(*update, cwd=repository, SERVICE=str(own_service.path / "app"))
    assert again.returncode != 0
    assert ".cruft.json" in again.stderr.splitlines()[0]
    assert "Traceback" not in again.stderr
