"""Standards: new services keep them all, whatever was chosen, and each is seen to be broken."""

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service_template.matrix.combinations import COVERING, Choices
from service_template.matrix.service import Finished, Service
from service_template.paths import TEMPLATE
from service_template.standards.findings import findings
from service_template.standards.layers import DRIVERS
from service_template.standards.tooling import IGNORED, RULES
from tests.conftest import SKELETON, Bake, MakeService, copy_template

PLAIN = COVERING[0]
WORKFLOW = ".github/workflows/ci.yml"

# Which files of a service are broken, and how: by a text in place of another, or by their loss.
BREAKS = [
    (
        "LAYER001",
        "pyproject.toml",
        '    "app.services",\n    "app.repositories.database"',
        '    "app.repositories.database"',
    ),
    ("LAYER001", "pyproject.toml", '    "sqlalchemy",\n', ""),
    ("LAYER002", "app/services/users.py", "from app.models", "import sqlalchemy\nfrom app.models"),
    (
        "LAYER002",
        "app/api/routes/users.py",
        "from app.api.schemas.users",
        "import app.repositories.database\nfrom app.api.schemas.users",
    ),
    ("PY001", "pyproject.toml", 'requires-python = ">=3.11"', 'requires-python = ">=3.10"'),
    ("PY002", "pyproject.toml", "strict = true\npython_version", "python_version"),
    ("PY003", "pyproject.toml", '"DTZ", ', ""),
    ("PY004", "pyproject.toml", "fail_under = 95", "fail_under = 80"),
    ("TEST001", "pyproject.toml", 'filterwarnings = [\n    "error",\n]', ""),
    ("TEST002", "tests/faults/test_*.py", "def test_", "def try_"),
    ("OPS001", "Dockerfile", "USER 10001:10001", "USER 0"),
    ("OPS002", "Dockerfile", "ARG BASE=python:", "ARG BASE=someones/python:"),
    ("OPS003", "Dockerfile", "'/livez'", "'/'"),
    ("OPS004", "Dockerfile", 'CMD ["python", "-m", "app"]', "CMD python -m app"),
    ("OPS005", "app/core/http/health.py", '"/readyz"', '"/ready"'),
    ("OPS005", "deploy/kubernetes/base/deployment.yaml", "path: /readyz", "path: /livez"),
    ("OPS006", "docs/runbook.md", "### RequestsFail", "### Failures"),
    ("SEC001", ".gitignore", ".env\n", ""),
    ("SEC002", WORKFLOW, "actions/checkout@", "actions/checkout@v6 # "),
    ("SEC003", WORKFLOW, "permissions: {}", "permissions: write-all"),
    ("SEC004", "pyproject.toml", '    "structlog~=26.1",', '    "structlog~=26.1", "anyio-extra",'),
    ("CI001", "Makefile", "heads coverage standards", "heads standards"),
    ("CI002", WORKFLOW, "      - run: make schema\n", ""),
    ("DOC001", "README.md", "`make format`", "`make pretty`"),
    ("DOC002", "docs/decisions/README.md", "(layers.md)", "(lairs.md)"),
    ("TPL001", ".cruft.json", '"_template_version"', '"version"'),
    ("TPL002", "app/core/clock.py", None, None),
    ("TPL003", ".cruft.json", '"dependencies": []', '"dependencies": ["acme-logging~=2.1"]'),
    ("STD001", "pyproject.toml", "[tool.uv]", '[tool.repo-review]\nignore = ["OPS001"]\n[tool.uv]'),
]


@pytest.fixture(scope="module")
def kept(make_service: MakeService, tmp_path_factory: pytest.TempPathFactory) -> Service:
    """A service with what no service has at once: all kinds of deployment; for tests to break."""
    service = make_service((*PLAIN, "kubernetes")).copy_to(tmp_path_factory.mktemp("kept"))
    assert failures(service) == {}
    return service


@pytest.fixture
def own(make_service: MakeService, tmp_path: Path) -> Service:
    return make_service(PLAIN).copy_to(tmp_path)


def failures(service: Service) -> dict[str, str]:
    found = findings(service.path, datetime.now(tz=UTC).date())
    return {one.code: one.message for one in found if one.is_failure}


MakeStandards = Callable[[Service], Finished]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template as it lies here, outside of git."""
    return copy_template(tmp_path_factory.mktemp("a place") / "template")


@pytest.fixture
def make_standards(folder: Path) -> MakeStandards:
    """Runs `make standards`, once there is a uv."""

    def make_standards(service: Service) -> Finished:
        command = ("make", "--assume-old=.venv/bin/uv", "standards")
        return service.run(*command, TEMPLATE=str(folder))

    return make_standards


def said(done: Finished) -> str:
    """Return what a command printed, without what makes it fit a terminal."""
    return " ".join(done.stdout.split())


@pytest.mark.parametrize("deployment", ["docker", "kubernetes"])
@pytest.mark.parametrize("ci", ["github", "gitlab", "none"])
def test_a_new_service_lacks_nothing_but_its_environment(
    bake: Bake, deployment: str, ci: str
) -> None:
    service = bake(deployment=deployment, ci=ci, database="postgresql", jobs="taskiq")

    assert failures(service) == {"SEC004": "there is no `uv.lock`: `make` writes it"}


@pytest.mark.parametrize("answers", COVERING[-1:], ids=" ".join)
def test_repo_review_lists_what_is_found_and_explains_it(
    made: Service, folder: Path, answers: Choices
) -> None:
    command = ("service-template", "standards", "--show=all", "--format=json")
    done = made.tool("uv", "tool", "run", "--from", str(folder), *command)
    found = json.loads(done.stdout)
    page = made.read("docs/standards.md")
    of_all = (TEMPLATE / "docs" / "standards.md").read_text(encoding="utf-8")

    assert done.returncode == 0
    assert found["status"] == "passed"
    assert set(found["checks"]) == {code for code, *_ in BREAKS}
    assert set(re.findall(r"^### (\w+)$", page, re.MULTILINE)) == set(found["checks"])
    page = " ".join(page.split())
    for code, check in found["checks"].items():
        assert check["url"] == f"docs/standards.md#{code.lower()}"
        assert f"### {code} **{check['description']}.**" in page
        assert f"\n| `{code}` | {check['description']} |\n" in of_all


@pytest.mark.parametrize(("code", "files", "old", "new"), BREAKS)
def test_what_is_broken_fails_under_its_code_alone(
    kept: Service, code: str, files: str, old: str | None, new: str | None
) -> None:
    with broken(list(kept.path.glob(files)), old, new):
        assert list(failures(kept)) == [code]
    assert failures(kept) == {}


@contextmanager
def broken(files: list[Path], old: str | None, new: str | None) -> Iterator[None]:
    """Break files for a while."""
    texts = {file: file.read_text(encoding="utf-8") for file in files}
    assert texts
    for file, text in texts.items():
        if old is None or new is None:
            file.unlink()
        else:
            assert old in text
            file.write_text(text.replace(old, new), encoding="utf-8")
    yield
    for file, text in texts.items():
        file.write_text(text, encoding="utf-8")


def test_what_tools_are_asked_for_is_what_the_standards_want(bake: Bake) -> None:
    ruff = tomllib.loads(bake().read("pyproject.toml"))["tool"]["ruff"]["lint"]

    assert sorted(RULES.split()) == sorted(ruff["select"])
    assert sorted(IGNORED) == sorted(ruff["ignore"])


def test_every_driver_of_a_choice_is_known() -> None:
    files = SKELETON.glob("_options/*/*/_parts/drivers.toml")
    given = {name for file in files for name in re.findall(r'"(\w+)"', file.read_text("utf-8"))}

    assert given
    assert given <= set(DRIVERS)


def test_a_failure_says_what_is_wrong_and_ends_make(
    own: Service, make_standards: MakeStandards
) -> None:
    with broken([own.path / "Dockerfile"], "USER 10001:10001", "USER root"):
        done = make_standards(own)

    assert done.returncode != 0
    assert "OPS001 The image does not run as root" in done.stdout
    assert "USER of the last stage is root, or not set" in done.stdout


def test_a_waiver_lets_it_pass_until_its_last_day(
    own: Service, make_standards: MakeStandards
) -> None:
    project = own.read("pyproject.toml")
    done = {}
    with broken([own.path / "Dockerfile"], "USER 10001:10001", "USER root"):
        for until in ("2999-12-31", "2026-01-01"):
            waiver = f'OPS001 = "until {until}: its volume belongs to root"'
            table = f"{project}\n[tool.repo-review.ignore]\n{waiver}\n"
            (own.path / "pyproject.toml").write_text(table, encoding="utf-8")
            done[until] = make_standards(own)

    assert done["2999-12-31"].returncode == 0
    assert "(until 2999-12-31: its volume belongs to root)" in said(done["2999-12-31"])
    assert done["2026-01-01"].returncode != 0
    assert "OPS001 was waived until 2026-01-01" in said(done["2026-01-01"])


def test_the_standard_on_waivers_is_no_way_out(own: Service, make_standards: MakeStandards) -> None:
    with (own.path / "pyproject.toml").open("a", encoding="utf-8") as project:
        project.write('[tool.repo-review.ignore]\nSTD001 = "until 2999-12-31: no time"\n')
    done = make_standards(own)

    assert done.returncode != 0
    assert done.stderr.startswith("STD001 can't be waived: remove it from `ignore`.\n")
