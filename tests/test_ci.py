"""What CI runs is what runs on a laptop, and has been run here.

Files of CI are valid by the schemas of who reads them. Each of their shell commands is run, but for
those of which a gate has run the same command; `TRIED_ALONE` names those that have a test apart.
"""

import json
import re
import shlex
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from jsonschema import Draft7Validator

from service_template.matrix.combinations import COVERING, QUESTIONS, Choices, named
from service_template.matrix.gates import GATES
from service_template.matrix.service import Finished, Service, last_line, run
from service_template.paths import TEMPLATE
from tests.conftest import Bake
from tests.pipelines import GITHUB, GITLAB, addresses, jobs_of, run_by_make

WITH_CI = [choice for choice in QUESTIONS["ci"] if choice != "none"]

# Files of CI differ with the servers that it has to start: each alone or with Redis, and none.
SERVERS = [
    {"database": database, "cache": cache}
    for database, cache in (
        ("sqlite", "memory"),
        ("sqlite", "redis"),
        ("postgresql", "memory"),
        ("mysql", "redis"),
        ("mongodb", "redis"),
    )
]
Variants = dict[str, list[Service]]

# One for each database, with Redis where it can be.
PROVEN = [
    next(row for row in reversed(COVERING) if row[0] == database)
    for database in QUESTIONS["database"]
]

GATED = {
    # These differ in how many run at once (`test_its_own_tests_…`, `test_its_slow_tests_are_green`).
    ".venv/bin/python -m pytest --numprocesses auto --dist worksteal --cov",
    ".venv/bin/python -m pytest --numprocesses auto --dist worksteal -m slow",
    *(f".venv/bin/{shlex.join(gate.command)}" for gate in GATES if gate.command),
}

INITIATE = (
    ".venv/bin/python -c 'import os, pymongo; "
    """pymongo.MongoClient(os.environ["DATABASE__URL"]).admin.command("replSetInitiate", {})'"""
)

NO_ENGINE = "there is no engine: `make image-proof` builds the image without one"

TRIED_ALONE = {
    "make audit": "asks osv.dev, which is out of reach: `test_audit_fails_…`",
    'docker build --build-arg REVISION="$GITHUB_SHA" --tag my-service .': NO_ENGINE,
    'docker build --build-arg REVISION="$CI_COMMIT_SHA" --tag my-service .': NO_ENGINE,
    INITIATE: "needs a server that is no replica set: `test_ci_makes_a_replica_set_…`",
}

# What is used besides: nothing of these is run here.
ACTIONS = {"actions/checkout", "actions/setup-python", "actions/upload-artifact"}


@pytest.fixture
def variants(bake: Bake) -> Variants:
    """Services with each CI, beside each set of servers."""
    return {ci: [bake(ci=ci, **answers) for answers in SERVERS] for ci in WITH_CI}


def check_jsonschema(schema: str, *files: Path) -> Finished:
    options = ["--data-transform", "gitlab-ci"] if schema == "vendor.gitlab-ci" else []
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *options]
    return run(*command, *map(str, files), cwd=TEMPLATE)


def check_workflows(*folders: Path) -> Finished:
    zizmor = Path(sys.executable).with_name("zizmor")
    return run(zizmor, "--offline", "--no-progress", *folders, cwd=TEMPLATE)


def test_files_are_what_their_readers_expect(variants: Variants) -> None:
    files = {
        "vendor.github-workflows": [
            service.path / name for service in variants["github"] for name in GITHUB
        ],
        "vendor.gitlab-ci": [service.path / GITLAB for service in variants["gitlab"]],
        "vendor.renovate": [
            service.path / "renovate.json" for ci in WITH_CI for service in variants[ci]
        ],
    }
    for schema, named_ in files.items():
        result = check_jsonschema(schema, *named_)
        assert result.returncode == 0, result.stdout


def test_workflows_give_nobody_more_than_they_need(variants: Variants) -> None:
    result = check_workflows(*(service.path / ".github" for service in variants["github"]))
    assert result.returncode == 0, result.stdout + result.stderr


def test_actions_are_few_and_pinned_to_commits(variants: Variants) -> None:
    for service in variants["github"]:
        for job in jobs_of(service, "github"):
            assert {action.partition("@")[0] for action in job.actions} <= ACTIONS
        for name in GITHUB:
            uses = re.findall(r"uses: (.*)", service.read(name))
            assert all(re.fullmatch(r".+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line) for line in uses)


def test_jobs_reach_the_servers_beside_them_and_no_other(variants: Variants) -> None:
    images = {"postgresql": "postgres:", "mysql": "mariadb:", "mongodb": "mongo:"}
    for ci in WITH_CI:
        for service, answers in zip(variants[ci], SERVERS, strict=True):
            wanted = [images.get(answers["database"]), answers["cache"] == "redis" and "valkey/"]
            for job in jobs_of(service, ci):
                if job.name == "build":  # its server is an engine, which Docker finds by itself
                    continue
                tests = {"make coverage", "make test-slow"} & set(job.commands)
                expected = [image for image in wanted if image and tests]
                assert addresses(job) == set(job.servers)
                assert len(job.servers) == len(expected)
                for image, start in zip(job.servers.values(), expected, strict=True):
                    assert image.startswith(start)


def test_tests_run_on_each_python_of_the_house(variants: Variants) -> None:
    versions = QUESTIONS["_house"]["python_versions"]
    workflow = yaml.safe_load(variants["github"][0].read(GITHUB[0]))
    assert workflow["jobs"]["tests"]["strategy"]["matrix"] == {"python": versions}
    pipeline = yaml.safe_load(variants["gitlab"][0].read(GITLAB))
    assert pipeline["tests"]["parallel"]["matrix"] == [{"PYTHON_VERSION": versions}]


def test_github_image_is_built_after_every_other_job(variants: Variants) -> None:
    for service in variants["github"]:
        jobs = yaml.safe_load(service.read(GITHUB[0]))["jobs"]
        assert {*jobs["build"]["needs"], "build"} == set(jobs)
        assert all("if" not in job and "continue-on-error" not in job for job in jobs.values())


def test_gitlab_image_is_built_after_every_other_job(variants: Variants) -> None:
    for service in variants["gitlab"]:
        pipeline = yaml.safe_load(service.read(GITLAB))
        assert pipeline["stages"] == ["test", "build"]
        jobs = {name: job for name, job in pipeline.items() if "script" in job}
        assert [name for name, job in jobs.items() if job.get("stage") == "build"] == ["build"]
        assert not any("needs" in job or "stage" in jobs[name] for name, job in jobs.items()
                       if name != "build")  # fmt: skip
        assert not {"needs", "when", "rules"} & set(jobs["build"])


def test_a_choice_of_ci_changes_nothing_but_ci(bake: Bake, variants: Variants) -> None:
    of_ci = {*GITHUB, GITLAB, "renovate.json", "README.md", ".cruft.json"}
    of_ci |= {".managed.sha256", "pyproject.toml"}  # they list paths, those of CI as well
    without = bake(ci="none", **SERVERS[0]).files()
    for ci in WITH_CI:
        files = variants[ci][0].files()
        assert set(without) <= set(files)
        assert {name for name in files if files[name] != without.get(name)} <= of_ci


def test_the_readme_tells_of_ci_and_without_one_what_to_run_instead(bake: Bake) -> None:
    for ci, words in {
        "github": ["ci.yml", "nightly.yml", "newer", "the image", "make schema", "Renovate"],
        "gitlab": [".gitlab-ci.yml", "newer", "schedule", "the image", "make schema", "Renovate"],
        "none": ["make check", "make schema", "make audit"],
    }.items():
        readme = bake(ci=ci, **SERVERS[0]).read("README.md")
        for word in words:
            assert word in readme


@pytest.fixture
def own(made: Service, tmp_path: Path) -> Service:
    """A service in a folder of this test's own, with the environment that others share."""
    return made.copy_to(tmp_path)


@pytest.mark.parametrize("answers", PROVEN, ids=" ".join)
def test_each_command_of_ci_works(own: Service, bake: Bake, answers: Choices) -> None:
    jobs = [job for ci in WITH_CI for job in jobs_of(bake(**named(answers), ci=ci), ci)]
    commands = {command for job in jobs for command in job.commands}
    assert {"make lint", "make coverage", "make schema", *TRIED_ALONE} - {INITIATE} <= commands

    for command in sorted(commands - set(TRIED_ALONE)):
        made = run_by_make(own, command) if command.startswith("make ") else [command]
        if not set(made) <= GATED:
            result = own.tool("python", "-c", IN_CI, command, TEMPLATE=str(TEMPLATE))
            assert result.returncode == 0, f"{command}: {result.stdout}{result.stderr}"


IN_CI = """
import os, subprocess, sys
sys.path.insert(0, os.getcwd())
from tests.database import temporary_database
from tests.environment import environment_of

with temporary_database() as settings:
    environment = {**os.environ, **environment_of(settings), "CI": "true"}
    sys.exit(subprocess.run(["sh", "-ec", sys.argv[1]], env=environment).returncode)
"""


@pytest.mark.parametrize("answers", PROVEN[-1:], ids=" ".join)
def test_ci_makes_a_replica_set_of_a_server_that_is_none(own: Service, answers: Choices) -> None:
    result = own.tool("python", "-c", ON_A_SERVER_THAT_IS_NONE, INITIATE)
    assert answers[0] == "mongodb"
    assert result.returncode == 0, result.stdout + result.stderr
    assert last_line(result.stdout) == "True"


ON_A_SERVER_THAT_IS_NONE = """
import os, subprocess, sys, time
sys.path.insert(0, os.getcwd())
from pymongo import MongoClient
from tests import mongod

port = mongod._free_port()
url = f"mongodb://127.0.0.1:{port}/service?directConnection=true"
with mongod._started(mongod._command(next(mongod._programs()), port)) as keeper:
    mongod._wait_for(port, keeper, "mongod")
    environment = {**os.environ, "DATABASE__URL": url}
    subprocess.run(["sh", "-ec", sys.argv[1]], env=environment, check=True)
    subprocess.run(["make", "schema"], env=environment, check=True)
    deadline = time.monotonic() + 10
    is_primary = False
    while not is_primary and time.monotonic() < deadline:
        is_primary = MongoClient(url).admin.command("hello")["isWritablePrimary"]
    print(is_primary)
    keeper.communicate()
"""


@pytest.mark.parametrize("answers", PROVEN[:1], ids=" ".join)
def test_audit_fails_if_a_vulnerability_is_known(own: Service) -> None:
    """With a stand-in for osv.dev, as it speaks (https://google.github.io/osv.dev/api/)."""
    [command] = run_by_make(own, "make audit")
    with osv(vulnerable=None) as address:
        assert own.run(*shlex.split(command), "--service-url", address).returncode == 0
    with osv(vulnerable="fastapi") as address:
        result = own.run(*shlex.split(command), "--service-url", address)
    assert result.returncode == 1
    assert "TEST-2026-1" in result.stdout + result.stderr


@contextmanager
def osv(vulnerable: str | None) -> Iterator[str]:
    """Serve what osv.dev would, if it knew of one package with a vulnerability, or of none."""
    known = {"id": "TEST-2026-1", "modified": "2026-01-01T00:00:00Z"}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            names = [query["package"]["name"] for query in asked["queries"]]
            results = [{"vulns": [known]} if name == vulnerable else {} for name in names]
            self._answer({"results": results})

        def do_GET(self) -> None:
            self._answer({**known, "summary": "A test.", "affected": []})

        def _answer(self, content: object) -> None:
            body = json.dumps(content).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.mark.parametrize("answers", PROVEN[:1], ids=" ".join)
def test_the_bill_of_materials_names_what_the_service_is_made_of(
    own: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Addresses come from uv as they are; the parser of what an address may be takes minutes.
    monkeypatch.delitem(Draft7Validator.FORMAT_CHECKER.checkers, "iri-reference")
    result = own.run("make", "sbom")

    assert result.returncode == 0, result.stderr
    text = own.read("sbom.cdx.json")
    assert JsonStrictValidator(SchemaVersion.V1_5).validate_str(text) is None
    names = {component["name"] for component in json.loads(text)["components"]}
    assert {"fastapi", "starlette", "sqlalchemy"} <= names
    assert not names & {"pytest", "ruff", "mypy"}
