"""The documentation: it builds, its links lead somewhere, and its commands are run.

Each command of a console block in the README and in `docs/` is run here, or is one of `RUN_BY`.
"""

import html.parser
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from service_template.matrix.combinations import QUESTIONS
from service_template.matrix.service import Finished, run
from service_template.options import folders_for, questions
from service_template.paths import TEMPLATE
from tests.conftest import SKELETON

CONTRIBUTING = TEMPLATE / "CONTRIBUTING.md"
TEXTS = [
    TEMPLATE / "README.md",
    TEMPLATE / "CHANGELOG.md",
    CONTRIBUTING,
    *sorted(TEMPLATE.glob("docs/*.md")),
]

RUN_AS_THEY_STAND = {"adding-a-database.md", "adding-an-option.md"}  # by test_guides.py

RUN_BY = {
    (".venv/bin/python -m pytest tests/unit/test_user_service.py tests/api/test_users.py"): (
        "tests/test_first_ten_minutes.py::test_its_endpoint_is_as_good_as_those_of_the_template"
    ),
    "cd /home/ada/template/services/order-service": "nothing to try",
    "cd services/my-service": "nothing to try",
    "cd template": "nothing to try",
    "cookiecutter --config-file house.yaml PATH": (
        "tests/test_house.py::test_a_coverage_floor_reaches_the_gate_that_keeps_it"
    ),
    "cruft update": "tests/test_updates.py::test_cruft_brings_in_the_same",
    "git clone PATH-OR-URL-OF-THIS-REPOSITORY template": (
        "tests/test_first_ten_minutes.py::test_a_clone_is_where_it_says"
    ),
    "make check": (
        "tests/test_first_ten_minutes.py::test_its_endpoint_is_as_good_as_those_of_the_template"
    ),
    "make standards": "tests/test_standards.py::test_repo_review_lists_what_is_found_and_explains_it",
    "make template-check": "tests/test_updates.py::test_a_service_checks_and_updates_itself",
    "make template-update": "tests/test_updates.py::test_a_service_checks_and_updates_itself",
    "make fleet FLEET=services.txt": (
        "tests/test_fleet.py::test_make_shows_the_fleet_and_writes_it_for_programs_and_people"
    ),
    "make update SERVICE=../order-service": (
        "tests/test_updates.py::test_the_template_updates_a_service_that_cannot_do_it_itself"
    ),
    "cookiecutter PATH --directory resource": (
        "tests/test_resources.py::test_cookiecutter_adds_a_resource_in_the_folder_of_a_service"
    ),
    (
        'make resource NAME=order FIELDS="customer_id:uuid quantity:int:ge=1 note:str?:max=200'
        ' placed_at:datetime"'
    ): "tests/test_resources.py::test_the_documented_resources_pass_every_check",
    (
        'make resource NAME=article FIELDS="title:str:max=100 body:text"'
        ' OPTIONS="public-read no-owner delete"'
    ): "tests/test_resources.py::test_the_documented_resources_pass_every_check",
    "make backstage": "tests/test_backstage.py::test_make_backstage_writes_the_form",
    "make run": "tests/test_services.py::test_make_run_serves_it",
    "make service": (
        "tests/test_first_run.py::test_make_service_ends_with_a_proven_service_and_what_to_type_next"
    ),
    "make service CONFIG=house.yaml": (
        "tests/test_house.py::test_make_service_takes_a_house_config"
    ),
    "make test": "runs these tests",
    (
        'make bare-roots SUITES="bookworm trixie sid" USERS="ada root" COMMANDS="service test"'
    ): "takes root and hours; .ci/run makes one of these machines",
    (
        ".venv/bin/python benchmarks/serve.py"
        " --database postgresql --workers 1 2 4 --rows 1000 1000000"
    ): "takes a machine of its own",
    ".venv/bin/python benchmarks/generate.py --peer-python python3.12": "takes a machine of its own",
    ".venv/bin/python benchmarks/overload.py": "takes a machine of its own",
    "uvx cookiecutter PATH-OR-URL-OF-THIS-REPOSITORY": "tests/test_ways_in.py",
}


def commands() -> set[str]:
    found: set[str] = set()
    for path in TEXTS:
        if path.name in RUN_AS_THEY_STAND:
            continue
        for block in re.findall(
            r"^ *```console\n(.*?)^ *```", path.read_text("utf-8"), re.MULTILINE | re.DOTALL
        ):
            found |= set(re.findall(r"^ *\$ (.+)$", block, re.MULTILINE))
    return found


def test_each_command_is_run() -> None:
    others = {command for command in commands() if command not in RUN_BY}
    assert others == {command for command in others if command.startswith("make service ANSWERS=")}
    assert set(RUN_BY) <= commands()
    for proof in RUN_BY.values():
        path, _, name = proof.partition("::")
        if path.startswith("tests/"):
            assert f"def {name}" in (TEMPLATE / path).read_text(encoding="utf-8")


@pytest.mark.parametrize("command", sorted(commands() - set(RUN_BY)))
def test_answers_that_are_shown_make_a_service(tmp_path: Path, command: str) -> None:
    [answers] = re.findall(r'ANSWERS="(.+)"', command)
    environment = {"ANSWERS": answers, "OUTPUT": str(tmp_path), "SERVICE_PROVE": "none"}
    environment |= {"CONFIG": "", "KEEP": "", "HOME": str(tmp_path)}

    result = run(sys.executable, "-m", "service_template", "new", cwd=TEMPLATE, **environment)

    assert result.returncode == 0, result.stderr
    assert (tmp_path / "order-service" / "README.md").is_file()


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_links_between_texts_lead_to_files(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        if not urlsplit(target).scheme and not target.startswith("#"):
            assert (path.parent / target.partition("#")[0]).exists(), target


def test_files_that_contributors_are_sent_to_are_there() -> None:
    lines = CONTRIBUTING.read_text(encoding="utf-8").splitlines()
    table = "".join(line for line in lines if line.startswith("|"))
    paths = re.findall(r"`([\w.-]+(?:/[\w.-]+)*/?)`", table)
    named = [path for path in paths if "/" in path or path.endswith((".json", ".md"))]
    assert len(named) >= 14
    assert [path for path in named if not (TEMPLATE / path).exists()] == []


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` does, in a folder of its own."""
    folder = tmp_path_factory.mktemp("docs")
    for name in ("cookiecutter.json", "CHANGELOG.md", "zensical.toml"):
        shutil.copy(TEMPLATE / name, folder)
    for name in ("docs", "service_template", f"{SKELETON.name}/_options"):
        shutil.copytree(TEMPLATE / name, folder / name)
    result = build(folder)
    assert result.returncode == 0, result.stdout + result.stderr
    return folder / "site"


def build(folder: Path) -> Finished:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return run(sys.executable, "-m", "service_template", "docs", cwd=folder, PATH=path)


class Page(html.parser.HTMLParser):
    """What a page of the site links to, and what can be linked to in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if found.get("id"):
            self.anchors.add(str(found["id"]))
        if tag == "a" and found.get("href"):
            self.links.add(str(found["href"]))


def broken_links(site: Path) -> Iterator[str]:
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in site.rglob("index.html")}
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            anchors = pages[target].anchors if target in pages else set()
            is_there = target.is_file() and (
                not parts.fragment or unquote(parts.fragment) in anchors
            )
            if not is_there:
                yield f"{path.relative_to(site)}: {link}"


def test_every_link_of_the_site_leads_somewhere(site: Path) -> None:
    assert len(list(site.rglob("index.html"))) >= len(list(TEMPLATE.glob("docs/*.md")))
    assert sorted(broken_links(site)) == []


def test_a_link_that_leads_nowhere_is_noticed(site: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(site, tmp_path / "site")
    index = copy / "index.html"
    index.write_text(index.read_text("utf-8").replace('href="questions/"', 'href="question/"'))
    assert any("question/" in line for line in broken_links(copy))


def test_every_page_of_docs_is_in_the_navigation() -> None:
    config = (TEMPLATE / "zensical.toml").read_text(encoding="utf-8")
    for path in TEMPLATE.glob("docs/*.md"):
        assert f'"{path.name}"' in config


def test_the_page_of_choices_shows_every_choice_and_every_file_that_it_brings(site: Path) -> None:
    text = (site.parent / ".docs" / "choices.md").read_text(encoding="utf-8")
    prompts = json.loads((TEMPLATE / "cookiecutter.json").read_text("utf-8"))["__prompts__"]
    for question in questions():
        for choice in QUESTIONS[question]:
            [section] = re.findall(
                rf"^### `{question}={choice}`$(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL
            )
            assert prompts[question][choice] in section
            for folder in folders_for({question: choice}):
                for file in (SKELETON / "_options" / folder).rglob("*"):
                    if file.is_file() and not {"_parts", "__pycache__"} & set(file.parts):
                        assert file.name in section
