"""The template's own workflows: CI, the proof in shards, and releases.

Each of their shell commands is run here, but for those that `NOT_RUN` names.
"""

import itertools
import os
import re
import shutil
import sys
from pathlib import Path

import pytest
import yaml

from service_template.matrix.combinations import EVERY, QUESTIONS, sharded
from service_template.matrix.service import Finished, run
from service_template.paths import TEMPLATE
from tests.pipelines import Job, github_jobs

VERSION = QUESTIONS["_template_version"]
TAG = f"v{VERSION}"

WORKFLOWS = sorted((TEMPLATE / ".github" / "workflows").iterdir())

MAKE_A_SERVICE = [
    command
    for job in github_jobs(yaml.safe_load((WORKFLOWS[0].parent / "service.yml").read_text("utf-8")))
    for command in job.commands
    if "$RUNNER_TEMP" in command
]

NOT_RUN = {
    "bash .ci/run": "runs these tests",
    "bash .ci/install": "installs servers; what .ci/run starts with",
    **dict.fromkeys(MAKE_A_SERVICE, "tests/test_backstage.py runs it"),
    "make prove": "takes hours; these tests run its gates on chosen services",
    "make service-environment && .venv/bin/uv python install 3.12 3.13": "downloads Pythons",
}


def jobs() -> list[Job]:
    workflows = (yaml.safe_load(path.read_text(encoding="utf-8")) for path in WORKFLOWS)
    return [job for workflow in workflows for job in github_jobs(workflow)]


COMMANDS = sorted({command for job in jobs() for command in job.commands})


def test_workflows_are_what_github_expects_and_give_nobody_more_than_they_need() -> None:
    tools = Path(sys.executable).parent
    schema = ["--builtin-schema", "vendor.github-workflows"]
    valid = run(tools / "check-jsonschema", *schema, *WORKFLOWS, cwd=TEMPLATE)
    assert valid.returncode == 0, valid.stdout
    forms = sorted((TEMPLATE / ".github" / "ISSUE_TEMPLATE").iterdir())
    schema = ["--builtin-schema", "vendor.github-issue-forms"]
    valid = run(tools / "check-jsonschema", *schema, *forms, cwd=TEMPLATE)
    assert valid.returncode == 0, valid.stdout
    safe = run(tools / "zizmor", "--offline", "--no-progress", *WORKFLOWS, cwd=TEMPLATE)
    assert safe.returncode == 0, safe.stdout + safe.stderr


def test_actions_are_those_that_services_use_and_pinned_to_the_same_commits() -> None:
    skeleton = TEMPLATE / "{{cookiecutter.project_slug}}" / "_options" / "ci" / "github"
    in_services = {line for path in skeleton.rglob("*.yml") for line in used_by(path)}
    here = {line for path in WORKFLOWS for line in used_by(path)}
    assert {line for line in here if not line.startswith("$/")} <= in_services


def used_by(workflow: Path) -> list[str]:
    return re.findall(r"uses: (.+)", workflow.read_text(encoding="utf-8"))


def test_the_shards_of_the_proof_are_all_combinations() -> None:
    proof = yaml.safe_load((WORKFLOWS[0].parent / "proof.yml").read_text(encoding="utf-8"))
    shards = proof["jobs"]["proof"]["strategy"]["matrix"]["shard"]
    dealt = itertools.chain.from_iterable(sharded(EVERY, shard) for shard in shards)
    assert sorted(dealt) == sorted(EVERY)


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """The template as it would be at the release of its version."""
    for name in ("cookiecutter.json", "CHANGELOG.md"):
        shutil.copy(TEMPLATE / name, tmp_path)
    (tmp_path / "service_template").mkdir()
    for name in ("__init__.py", "errors.py", "paths.py", "release_notes.py"):
        shutil.copy(TEMPLATE / "service_template" / name, tmp_path / "service_template")
    return dated(tmp_path, "2026-12-01")


def dated(template: Path, date: str) -> Path:
    changes = (template / "CHANGELOG.md").read_text(encoding="utf-8")
    changes = re.sub(r"^(## \S+ – ).*", rf"\g<1>{date}", changes, count=1, flags=re.MULTILINE)
    (template / "CHANGELOG.md").write_text(changes, encoding="utf-8")
    return template


def run_step(template: Path, command: str, tag: str = TAG) -> Finished:
    """Run a step as GitHub does, in a home of its own, with a `gh` that says what it is asked."""
    tools = template / "tools"
    tools.mkdir(exist_ok=True)
    (tools / "gh").write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n', encoding="utf-8")
    (tools / "gh").chmod(0o755)
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    environment = {"HOME": str(tools), "PATH": path, "GITHUB_REF_NAME": tag, "CI": "true"}
    return run("bash", "-ec", command, cwd=template, **environment)


@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in NOT_RUN])
def test_each_command_works(released: Path, command: str) -> None:
    result = run_step(released, command)
    assert result.returncode == 0, result.stderr


def test_what_is_not_run_is_there() -> None:
    assert set(NOT_RUN) <= set(COMMANDS)


def test_a_release_says_what_the_changelog_says(released: Path) -> None:
    [write, make] = [step for job in jobs() if job.name == "release" for step in job.commands]
    assert run_step(released, write).returncode == 0
    notes = (released / "release-notes.md").read_text(encoding="utf-8")
    newest = re.search(r"^- .+", (released / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert newest is not None
    assert newest[0] in notes.splitlines()
    assert not re.search(r"^## ", notes, re.MULTILINE)

    asked = run_step(released, make).stdout.split("\n")

    assert asked[:4] == ["release", "create", TAG, "--verify-tag"]
    assert asked[asked.index("--notes-file") + 1] == "release-notes.md"


@pytest.mark.parametrize(
    ("tag", "date", "words"),
    [
        ("v9.9.9", "2026-12-01", ["v9.9.9", TAG]),
        (VERSION, "2026-12-01", [VERSION, TAG]),
        (TAG, "unreleased", [VERSION, "unreleased"]),
    ],
)
def test_what_is_not_to_be_released_is_refused_in_a_line(
    released: Path, tag: str, date: str, words: list[str]
) -> None:
    dated(released, date)

    result = run_step(released, 'python3 -m service_template.release_notes "$GITHUB_REF_NAME"', tag)

    assert result.returncode == 1
    [line] = result.stderr.splitlines()
    assert all(word in line for word in words)


def test_a_version_without_a_section_is_refused(released: Path) -> None:
    (released / "CHANGELOG.md").write_text("# Changelog\n\n## 0.0.9 – 2026-01-01\n", "utf-8")

    result = run_step(released, 'python3 -m service_template.release_notes "$GITHUB_REF_NAME"')

    assert result.returncode == 1
    assert f"no section of {VERSION}" in result.stderr
