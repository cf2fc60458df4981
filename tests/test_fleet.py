"""The fleet: many services at a glance."""

import html
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from service_template.changelog import released
from service_template.errors import Refused
from service_template.fleet.looking import Row, look_at_all
from service_template.fleet.report import standards_of, waivers_of, write_page
from service_template.fleet.sources import addresses_in
from service_template.git import copy_of
from service_template.matrix.service import run
from service_template.paths import TEMPLATE
from service_template.updates.answers import Answers
from service_template.updates.rendering import render
from tests.conftest import Bake, git

HOSTILE = '"><script>document.title="in"</script>'


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for copies of repositories, of this test alone."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    return tmp_path


@pytest.fixture
def old_service(tmp_path: Path) -> Path:
    """A service of the first version, which has no digests of its managed files."""
    first = [commit for commit in released(_changelog()).values() if commit][-1]
    template = copy_of(TEMPLATE, first, tmp_path / "old template")
    return render(template, {"database": "sqlite"}, tmp_path / "old service")


def _changelog() -> str:
    return (TEMPLATE / "CHANGELOG.md").read_text(encoding="utf-8")


def looked_at(*services: object) -> list[Row]:
    return look_at_all([str(service) for service in services])


def test_a_service_as_it_was_made_has_no_changes(bake: Bake) -> None:
    service = bake()

    [row] = looked_at(service.path)

    assert row.problem == ""
    assert row.version == service.answers()["_template_version"]
    assert row.choices == "sqlite memory none embedded"
    assert (row.releases_behind, row.changed, row.last_tests) == (0, (), "")


def test_what_was_changed_is_named_and_what_is_the_teams_is_not(bake: Bake, tmp_path: Path) -> None:
    service = bake().copy_to(tmp_path).path
    (service / "Makefile").write_text("mine\n")
    (service / "app" / "core" / "clock.py").unlink()
    for name in ("README.md", "app/main.py"):
        (service / name).write_text("ours\n")

    [row] = looked_at(service)

    assert set(row.changed) == {"Makefile", "app/core/clock.py"}
    assert not row.is_fine


def test_digests_of_seeded_files_count_for_nothing(bake: Bake, tmp_path: Path) -> None:
    """Older services recorded them."""
    service = bake().copy_to(tmp_path).path
    with (service / ".managed.sha256").open("a", encoding="utf-8") as digests:
        digests.writelines(f"644 {'0' * 64} {name}\n" for name in ("app/main.py", "app/gone.py"))

    [row] = looked_at(service)

    assert row.changed == ()


def test_a_service_of_an_older_version_is_rendered_once_and_compared(
    old_service: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    shutil.copytree(old_service, other)
    (other / "Makefile").write_text("mine\n")
    rendered: list[Path] = []

    def render_and_note(template: Path, answers: Answers, place: Path) -> Path:
        rendered.append(place)
        return render(template, answers, place)

    monkeypatch.setattr("service_template.fleet.looking.render", render_and_note)

    rows = looked_at(old_service, other)

    assert [row.changed for row in rows] == [(), ("Makefile",)]
    assert [row.is_current for row in rows] == [False, False]
    assert len(rendered) == 1


def test_whether_a_service_is_current_is_unknown_if_its_commit_is(
    bake: Bake, tmp_path: Path
) -> None:
    service = bake().copy_to(tmp_path).path
    record = json.loads((service / ".cruft.json").read_text("utf-8"))
    (service / ".cruft.json").write_text(json.dumps({**record, "commit": "0" * 40}))

    [row] = looked_at(service)

    assert row.is_current is None


def test_standards_that_fail_and_waivers_are_named(bake: Bake, tmp_path: Path) -> None:
    service = bake().copy_to(tmp_path).path
    (service / "AGENTS.md").unlink()
    (service / "Dockerfile").unlink()
    waivers = """
    [tool.repo-review.ignore]
    DOC001 = "until 2999-12-31: nobody is new here"
    OPS001 = "until 2026-01-01: there is no image yet"
    """
    with (service / "pyproject.toml").open("a") as project:
        project.write(waivers)

    [row] = looked_at(service)

    assert row.waivers == {
        "DOC001": "until 2999-12-31: nobody is new here",
        "OPS001": "until 2026-01-01: there is no image yet",
    }
    assert {"OPS001", "OPS002", "SEC004", "STD001"} <= set(row.failed_standards)
    assert "DOC001" not in row.failed_standards
    assert row.failed_standards["STD001"] == "OPS001 was waived until 2026-01-01"


def test_a_service_has_something_to_do_while_a_standard_fails() -> None:
    fine = Row("one", is_current=True, waivers={"DOC001": "until 2999-12-31: new"})

    assert fine.is_fine
    assert not replace(fine, failed_standards={"OPS001": "root"}).is_fine


def test_cells_name_the_first_of_what_fails_and_the_waivers_that_end_first() -> None:
    failed = {"OPS001": "root", "PY004": "80", "SEC001": ".env"}
    waivers = {"DOC001": "until 2999-12-31: new", "OPS003": "until 2027-03-31: old"}
    row = Row("one", failed_standards=failed, waivers=waivers)

    assert standards_of(row) == "3: OPS001, PY004, …"
    assert waivers_of(row) == "2: OPS003 until 2027-03-31, DOC001 until 2999-12-31"
    assert standards_of(Row("one")) == waivers_of(Row("one")) == "0"


def test_how_tests_ended_is_told(bake: Bake, tmp_path: Path) -> None:
    service = bake().copy_to(tmp_path).path
    test = service / "test_it.py"
    pytest_here = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-c",
        "/dev/null",
        "--rootdir=.",
        str(test),
    ]
    found = []
    for content in ("def test_it():\n    pass\n", "def test_it():\n    assert False\n"):
        test.write_text(content)
        run(*pytest_here, cwd=service)
        found += looked_at(service)

    assert [row.failed_tests for row in found] == [0, 1]
    assert all(row.last_tests.startswith("20") for row in found)


def test_a_repository_is_copied_and_brought_up_to_date(
    bake: Bake, home: Path, git_identity: None
) -> None:
    service = bake().copy_to(home).path
    git(service, "init", "--quiet")
    git(service, "add", "--all")
    git(service, "commit", "--quiet", "--message=Made")
    before = looked_at(f"file://{service}")
    (service / "Makefile").write_text("mine\n")
    git(service, "commit", "--quiet", "--all", "--message=Changed")
    after = looked_at(f"file://{service}")

    assert [row.changed for row in before + after] == [(), ("Makefile",)]


def test_what_is_broken_or_out_of_reach_is_a_row(bake: Bake, home: Path) -> None:
    broken = {
        "not json": "{",
        "not an object": "[]",
        "no commit": json.dumps({"context": {"cookiecutter": {"_template_version": "1"}}}),
    }
    folders = [home / "nowhere", home]
    for name, content in broken.items():
        folder = home / name
        folder.mkdir()
        (folder / ".cruft.json").write_text(content)
        folders.append(folder)
    unreadable = bake().copy_to(home).path
    (unreadable / ".managed.sha256").write_text("one\n")

    rows = looked_at(*folders, unreadable, "file:///nowhere.git", bake().path)

    problems = [row.problem for row in rows]
    assert all(problem and "\n" not in problem for problem in problems[:-1])
    assert problems[-1] == ""


@pytest.mark.usefixtures("home")
def test_row_shows_no_secrets_of_the_address() -> None:
    [row] = looked_at("http://me:s3cret@127.0.0.1:1/service.git?key=s3cret")

    assert row.service == "http://127.0.0.1:1/service.git"
    assert "http://127.0.0.1:1/service.git" in row.problem
    assert "s3cret" not in row.problem


def test_a_repository_that_does_not_answer_is_a_row(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub = home / "stub" / "git"
    stub.parent.mkdir()
    stub.write_text("#!/bin/sh\nexec sleep 60\n")
    stub.chmod(0o755)
    monkeypatch.setenv("PATH", str(stub.parent), prepend=os.pathsep)
    monkeypatch.setattr("service_template.git.PATIENCE_SECONDS", 0.2)

    [row] = looked_at("https://example.com/order-service.git")

    assert row.problem == "git init: no end within 0.2 s"


def test_a_file_names_folders_from_where_it_is_and_repositories(tmp_path: Path) -> None:
    file = tmp_path / "services.txt"
    file.write_text(
        "# shop\n\n  one \n/two\nssh://git@example.com/a.git\ngit@example.com:b.git\none\n"
    )

    assert addresses_in(file) == [
        str(tmp_path / "one"),
        "/two",
        "ssh://git@example.com/a.git",
        "git@example.com:b.git",
    ]


@pytest.mark.parametrize("content", [None, "", "# nothing\n", b"\xff\xfe"])
def test_a_file_without_services_is_refused_in_a_line(
    tmp_path: Path, content: str | bytes | None
) -> None:
    file = tmp_path / "services.txt"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(Refused, match=r"^FLEET=.*services\.txt") as caught:
        addresses_in(file)

    assert "\n" not in str(caught.value)


def test_make_shows_the_fleet_and_writes_it_for_programs_and_people(
    ready: Path, bake: Bake
) -> None:
    (ready / "services.txt").write_text(f"{bake().path}\n/nowhere\n")
    for arguments in (["init", "--quiet"], ["add", "--all"]):
        git(ready, *arguments)

    make = ["make", "--assume-old=service-environment", "fleet"]
    done = run(*make, "FLEET=services.txt", cwd=ready)
    refused = run(*make, "FLEET=none.txt", cwd=ready)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "sqlite memory" in done.stdout
    assert "/nowhere: there is no such folder\n" in done.stdout
    assert "2 services: " in done.stdout
    rows = json.loads((ready / "fleet.json").read_text(encoding="utf-8"))
    assert [row["service"] for row in rows] == [str(bake().path), "/nowhere"]
    assert "/nowhere" in (ready / "fleet.html").read_text(encoding="utf-8")
    assert refused.returncode != 0
    assert "FLEET=none.txt" in refused.stderr.splitlines()[0]


TRY_IT = """
<script>
{
const shown = () => [...document.querySelectorAll("tbody tr")].filter((row) => !row.hidden)
  .map((row) => row.cells[0].textContent);
const found = { title: document.title, first: shown() };
const button = [...document.querySelectorAll("th button")][2];
button.click();
found.ascending = shown();
button.click();
found.descending = shown();
found.sort = button.parentElement.getAttribute("aria-sort");
const input = document.querySelector("input");
const type = (text) => { input.value = text; input.dispatchEvent(new Event("input")); };
type("SQLite newer");
found.filtered = shown();
type("the image is root's");
found.standard = shown();
type("nothing at all");
found.none = shown();
found.says = document.querySelector("[role=status]").checkVisibility();
found.asked = performance.getEntriesByType("resource").length;
document.documentElement.textContent = JSON.stringify(found);
}
</script>
"""


def test_the_page_sorts_and_filters_in_a_browser_and_asks_nobody(tmp_path: Path) -> None:
    page = tmp_path / "fleet.html"
    rows = [
        Row(
            "b", version="0.10.0", choices="sqlite memory", is_current=False, changed=("Makefile",)
        ),
        Row(
            "a",
            version="0.9.0",
            choices="postgresql redis",
            is_current=True,
            failed_standards={"OPS001": f"the image is root's {HOSTILE}"},
        ),
        Row(HOSTILE, problem=HOSTILE),
    ]
    write_page(rows, page)
    page.write_text(page.read_text(encoding="utf-8") + TRY_IT, encoding="utf-8")

    browser = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
    home = f"--user-data-dir={tmp_path / 'browser'}"
    done = subprocess.run(
        [*browser, home, page.as_uri()], capture_output=True, text=True, timeout=300, check=True
    )

    found = json.loads(html.unescape(re.sub(r"<[^>]+>", "", done.stdout)))
    assert found == {
        "title": "Fleet",
        "first": ["b", "a", HOSTILE],
        "ascending": [HOSTILE, "a", "b"],
        "descending": ["b", "a", HOSTILE],
        "sort": "descending",
        "filtered": ["b"],
        "standard": ["a"],
        "none": [],
        "says": True,
        "asked": 0,
    }
