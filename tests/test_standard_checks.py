"""Standards: each is kept by a service as it should be, and its code fails when it is not."""

import json
from datetime import date
from pathlib import Path

import pytest

from service_template.standards import plugin
from service_template.standards.findings import Finding, State, findings, unlooked
from tests.conftest import git

TODAY = date(2026, 11, 25)
WORKFLOW = ".github/workflows/ci.yml"
PINNED = "actions/checkout@df4cb1c069e1874edd31b4311f1884172cec0e10"
KINDS = ("api", "architecture", "contract", "deploy", "faults", "integration", "unit")

PROJECT = """
[project]
requires-python = ">=3.11"
dependencies = ["AsyncPG[fast]~=1.0"]

[dependency-groups]
dev = ["pytest~=9.2"]

[tool.pytest]
strict = true
filterwarnings = ["error", "ignore:a word:DeprecationWarning"]
timeout = "60"

[tool.coverage.run]
source = ["app"]

[tool.coverage.report]
fail_under = 95

[tool.ruff.lint]
select = ["ALL"]
ignore = ["N818"]

[tool.ruff.lint.per-file-ignores]
"app/main.py" = ["E402"]
"tests/*" = ["S101"]

[tool.mypy]
strict = true
packages = ["app", "migrations", "tests"]

[[tool.mypy.overrides]]
module = ["somebody.elses"]
ignore_errors = true

[[tool.importlinter.contracts]]
type = "layers"
layers = [
    "app.main",
    "app.api | app.jobs",
    "app.container",
    "app.services",
    "app.repositories.database",
    "app.repositories.interfaces",
    "app.models",
    "app.core",
]

[[tool.importlinter.contracts]]
type = "forbidden"
source_modules = [
    "app.api",
    "app.models",
    "app.repositories.interfaces",
    "app.services",
]
forbidden_modules = [
    "app.repositories.database",
    "fastapi",
    "asyncpg",
    "starlette",
]
ignore_imports = ["app.jobs.broker -> asyncpg"]

[tool.cruft]
skip = ["README.md"]
"""

DOCKERFILE = """
ARG BASE=python:3.13
FROM --platform=linux/amd64 ${BASE} AS build
FROM ${BASE}@sha256:0123
USER 10001:10001
HEALTHCHECK --interval=10s \\
    CMD ["ask", "/livez"]
CMD ["python", "-m", "app"]
"""

PIPELINE = f"""
on:
  pull_request:
permissions:
  contents: read
jobs:
  check:
    permissions:
      pages: write
    steps:
      - uses: {PINNED} # v6.0.3
      - uses: ./actions/own
      - run: make check
      - run: make schema audit
      - run: make audit
"""

ROUTES = """
@router.get("/livez")
async def check_liveness(): ...
@router.get(
    "/readyz",
)
async def check_readiness(): ...
"""

PROBES = """
livenessProbe:
  httpGet:
    path: /livez
readinessProbe:
  httpGet:
    path: /readyz
"""

OF_CI = {"CI002", "SEC002", "SEC003"}
OF_HOUSE = {"PY001", "PY004", "OPS002"}
"""Standards that need pipelines, and those that need what the house had set."""

WITHOUT_REASONS = "[tool.repo-review]\nignore = ['PY001']\n[tool.cruft]"

RECORD = {
    "context": {
        "cookiecutter": {
            "_template_version": "1.0.0",
            "_house": {
                "python_min": "3.11",
                "coverage_floor": 95,
                "base_image": "python:3.13",
                "dependencies": ["asyncpg[slow]"],
            },
        },
    },
}

FILES = {
    "pyproject.toml": PROJECT,
    "uv.lock": '[[package]]\nname = "asyncpg"\n\n[[package]]\nname = "pytest"\n',
    "Dockerfile": DOCKERFILE,
    "Makefile": "check: coverage dependencies layers lint standards types ## All\n",
    "README.md": "Then run `make check`.\n",
    "AGENTS.md": "Run `make check` first.\n",
    ".gitignore": ".env\n",
    ".env.example": "SECRET_KEY=\n",
    ".cruft.json": json.dumps(RECORD),
    ".managed.sha256": "644 0 Makefile\n644 0 README.md\n",
    WORKFLOW: PIPELINE,
    "app/core/http/health.py": ROUTES,
    "app/services/users.py": "from app.repositories.interfaces import users\n",
    "app/core/database/driver.py": "import asyncpg\n",
    "app/repositories/database/users.py": "import pydantic\n",
    "deploy/api.yaml": PROBES,
    "deploy/prometheus/alerts.yaml": "groups:\n  - rules:\n      - alert: Slow\n",
    "docs/runbook.md": "# Run-book\n\n### Slow\n",
    "docs/decisions/README.md": "| [Layers](layers.md) | |\n",
    "docs/decisions/layers.md": "# Layers\n",
    **{f"tests/{kind}/test_it.py": "def test_it(): ...\n" for kind in KINDS},
}
"""A service that is no more than what is looked at."""

BREAKS = [
    ("LAYER001", "pyproject.toml", '    "app.services",\n    "app.rep', '    "app.rep'),
    ("LAYER001", "pyproject.toml", '"app.models",\n    "app.core"', '"app.core"'),
    ("LAYER001", "pyproject.toml", '    "asyncpg",\n', ""),
    ("LAYER001", "pyproject.toml", '"app.jobs.broker ->', '"app.api.routes ->'),
    ("LAYER002", "app/services/users.py", "interfaces", "database"),
    ("LAYER002", "app/services/users.py", "from", "import asyncpg.pool\nfrom"),
    ("PY001", "pyproject.toml", ">=3.11", ">=3.9"),
    ("PY001", "pyproject.toml", ">=3.11", "<4"),
    ("PY002", "pyproject.toml", "strict = true\npackages", "packages"),
    ("PY002", "pyproject.toml", '"migrations", "tests"]', '"migrations"]'),
    ("PY002", "pyproject.toml", '["somebody.elses"]', '"app.services.*"'),
    ("PY002", "mypy.ini", "", "[mypy]\n"),
    ("PY003", "pyproject.toml", '["ALL"]', '["E", "F", "W"]'),
    ("PY003", "pyproject.toml", '["N818"]', '["N818", "S105"]'),
    ("PY003", "pyproject.toml", '"app/main.py"', '"app/*"'),
    ("PY003", "pyproject.toml", "[tool.ruff.lint]", "[tool.ruff.lint]\nexclude=['a']"),
    ("PY003", "ruff.toml", "", "line-length = 80\n"),
    ("PY004", "pyproject.toml", "fail_under = 95", "fail_under = 94.9"),
    ("PY004", "pyproject.toml", '["app"]', '["tests"]'),
    ("PY004", "pyproject.toml", "fail_under", 'omit = ["app/*"]\nfail_under'),
    ("TEST001", "pyproject.toml", "strict = true\nfilter", "filter"),
    ("TEST001", "pyproject.toml", '["error", ', '["error", "ignore", '),
    ("TEST001", "pyproject.toml", 'timeout = "60"', ""),
    ("TEST001", "pytest.ini", "", "[pytest]\n"),
    ("TEST002", "tests/faults/test_it.py", "def test_it", "def try_it"),
    ("OPS001", "Dockerfile", "USER 10001:10001", "USER root"),
    ("OPS001", "Dockerfile", "USER 10001:10001", ""),
    ("OPS002", "Dockerfile", "ARG BASE=python:3.13", "ARG BASE=python:3.12"),
    ("OPS002", ".cruft.json", "python:3.13", "python:3.13@sha256:4567"),
    ("OPS003", "Dockerfile", "HEALTHCHECK --interval=10s", "LABEL is=well"),
    ("OPS004", "Dockerfile", '["python", "-m", "app"]', "python -m app"),
    ("OPS004", "Dockerfile", "USER", "STOPSIGNAL SIGKILL\nUSER"),
    ("OPS005", "app/core/http/health.py", "/readyz", "/ready"),
    ("OPS005", "deploy/api.yaml", "path: /livez", "path: /readyz"),
    ("OPS005", "deploy/api.yaml", "path: /readyz", "path: /health"),
    ("OPS006", "docs/runbook.md", "### Slow", "### Fast"),
    ("OPS006", "deploy/prometheus/alerts.yaml", "- alert: Slow", ""),
    ("SEC001", ".gitignore", ".env", "data/"),
    ("SEC002", WORKFLOW, PINNED, "actions/checkout@v6"),
    ("SEC003", WORKFLOW, "permissions:\n  contents: read\n", ""),
    ("SEC003", WORKFLOW, "contents: read", "contents: write"),
    ("SEC003", WORKFLOW, "  pull_request:", "  pull_request_target:"),
    ("SEC004", "uv.lock", 'name = "asyncpg"', 'name = "psycopg"'),
    ("SEC004", "uv.lock", None, None),
    ("CI001", "Makefile", "standards types", "types"),
    ("CI002", WORKFLOW, "- run: make check", "# - run: make check"),
    ("DOC001", "README.md", "make check", "make cheque"),
    ("DOC001", "AGENTS.md", None, None),
    ("DOC002", "docs/decisions/README.md", "layers.md", "storage.md"),
    ("DOC002", "docs/decisions/cache.md", "", "# Cache\n"),
    ("TPL001", ".cruft.json", '"_template_version"', '"version"'),
    ("TPL002", ".managed.sha256", "Makefile", "Taskfile"),
    ("TPL002", ".managed.sha256", None, None),
    ("TPL003", ".cruft.json", "asyncpg", "logs_of_house"),
    ("STD001", "pyproject.toml", "[tool.cruft]", WITHOUT_REASONS),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("service")


@pytest.fixture
def service(folder: Path) -> Path:
    """A service that keeps every standard, whatever another test did to it."""
    for path in filter(Path.is_file, folder.rglob("*")):
        if path.relative_to(folder).as_posix() not in FILES:
            path.unlink()
    write_all(folder)
    return folder


def write_all(service: Path) -> None:
    for path, text in FILES.items():
        write(service, path, text)


def write(service: Path, path: str, text: str) -> None:
    (service / path).parent.mkdir(parents=True, exist_ok=True)
    (service / path).write_text(text, encoding="utf-8")


def waive(service: Path, *waivers: str) -> None:
    lines = ["[tool.repo-review.ignore]", *waivers]
    write(service, "pyproject.toml", PROJECT + "\n".join(lines) + "\n")


def failures(service: Path) -> dict[str, str]:
    found = findings(service, TODAY)
    return {finding.code: finding.message for finding in found if finding.is_failure}


def found_of(service: Path, code: str) -> Finding:
    return next(one for one in findings(service, TODAY) if one.code == code)


def test_a_service_as_it_should_be_keeps_them_all(service: Path) -> None:
    assert {finding.state for finding in findings(service, TODAY)} == {State.PASSED}


@pytest.mark.parametrize(("code", "path", "old", "new"), BREAKS)
def test_what_is_broken_fails_under_its_code_alone(
    service: Path,
    code: str,
    path: str,
    old: str | None,
    new: str | None,
) -> None:
    text = FILES.get(path, "")
    if old is None or new is None:
        (service / path).unlink()
    else:
        assert old in text
        write(service, path, text.replace(old, new, 1) if old else new)

    assert list(failures(service)) == [code]
    assert "\n" not in failures(service)[code]


def test_every_standard_is_broken_somewhere() -> None:
    assert {code for code, *_ in BREAKS} == {finding.code for finding in unlooked()}


@pytest.mark.parametrize("name", [".env", ".env.production", "keys/server.pem"])
def test_a_secret_is_found_where_git_has_it(tmp_path: Path, name: str) -> None:
    write_all(tmp_path)
    write(tmp_path, name, "secret")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".gitignore", ".env.example")
    before = failures(tmp_path)
    git(tmp_path, "add", "--force", name)

    assert before == {}
    assert failures(tmp_path) == {"SEC001": f"in git: `{name}`"}


def test_what_does_not_apply_is_no_failure(service: Path) -> None:
    (service / WORKFLOW).unlink()
    record = {"context": {"cookiecutter": {"_template_version": "1", "_house": {}}}}
    write(service, ".cruft.json", json.dumps(record))
    found = findings(service, TODAY)

    passed_over = {one.code for one in found if one.state is State.NOT_APPLICABLE}
    assert passed_over == OF_CI | OF_HOUSE
    assert failures(service) == {}


def test_of_what_cannot_be_read_no_more_is_said_than_that(service: Path) -> None:
    write(service, ".cruft.json", "[]")
    write(service, "app/models/user.py", "def fastapi(:\n")

    assert list(failures(service)) == ["TPL001"]


def test_a_waiver_holds_to_its_last_day(service: Path) -> None:
    (service / "AGENTS.md").unlink()
    waive(service, f'DOC001 = "until {TODAY}: nobody is new here"')
    found = found_of(service, "DOC001")

    assert failures(service) == {}
    assert found.state is State.WAIVED
    assert str(found.waiver) == f"until {TODAY}: nobody is new here"


def test_a_waiver_that_is_over_fails_with_what_it_was_for(service: Path) -> None:
    (service / "AGENTS.md").unlink()
    waive(service, 'DOC001 = "until 2026-11-24: nobody is new here"')

    assert found_of(service, "DOC001").state is State.EXPIRED
    assert failures(service) == {
        "DOC001": "not there: `AGENTS.md`",
        "STD001": "DOC001 was waived until 2026-11-24",
    }


@pytest.mark.parametrize(
    "waiver",
    [
        'DOC001 = "later"',
        'DOC001 = "until 2027-02-30: no such day"',
        'DOC001 = "until 2027-03-31:  "',
        "DOC001 = 2027-03-31",
        'DOC = "until 2027-03-31: a whole family"',
        'DOC999 = "until 2027-03-31: no such standard"',
        'STD001 = "until 2027-03-31: not this one"',
    ],
)
def test_a_waiver_that_cannot_be_believed_fails_in_one_line(
    service: Path,
    waiver: str,
) -> None:
    waive(service, waiver)
    [(code, message)] = failures(service).items()

    assert code == "STD001"
    assert message.startswith(waiver.partition(" ")[0])
    assert "\n" not in message


def test_a_waiver_that_can_go_is_said_to_be_so(service: Path) -> None:
    waive(service, 'DOC001 = "until 2027-03-31: it was missing"')

    assert failures(service) == {}
    assert "the waiver can go" in found_of(service, "DOC001").message
    assert "the waiver can go" in (plugin.checks(service)["DOC001"].__doc__ or "")


def test_repo_review_is_told_the_same(service: Path) -> None:
    (service / "AGENTS.md").unlink()
    (service / WORKFLOW).unlink()
    told = plugin.checks(service)

    assert told["DOC001"].check() == "not there: `AGENTS.md`"
    assert told["DOC001"].url == "docs/standards.md#doc001"
    assert told["DOC002"].check() == ""
    assert told["CI002"].check() is None
    assert {check.family for check in told.values()} == set(plugin.families())


def test_repo_review_lists_them_without_a_service() -> None:
    listed = plugin.checks(None)

    assert list(listed) == [finding.code for finding in unlooked()]
    assert all(check.check() is None for check in listed.values())


@pytest.mark.parametrize(
    "told",
    [
        "[tool.repo-review.ignore]\nSTD001 = 'until 2999-01-01: never'\n",
        "[tool.repo-review]\nignore = ['STD']\n",
        "[tool.repo-review]\nselect = ['PY']\n",
    ],
)
def test_repo_review_cannot_be_told_to_look_away(service: Path, told: str) -> None:
    write(service, "pyproject.toml", PROJECT + told)

    with pytest.raises(SystemExit, match=r"remove it"):
        plugin.checks(service)
