"""A house changes its standards in one place."""

import json
import os
import re
import sys
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from service_template.matrix.combinations import QUESTIONS
from service_template.matrix.gates import check_files
from service_template.matrix.service import Finished, Service, last_line, run
from tests.conftest import DATABASES, Cookiecutter, git, skip_what_is_not_offered
from tests.pipelines import GITHUB, GITLAB, jobs_of
from tests.test_ci import check_jsonschema, check_workflows

InHouse = Callable[..., Finished]


@pytest.fixture
def in_house(cookiecutter: Cookiecutter, tmp_path: Path) -> InHouse:
    """Generates with a config file that holds some house standards."""

    def generate(*answers: str, **standards: object) -> Finished:
        config = tmp_path / "house.yaml"
        config.write_text(yaml.safe_dump({"default_context": {"_house": standards}}))
        return cookiecutter("--config-file", config, *answers)

    return generate


def ruff(service: Service, *arguments: str) -> Finished:
    return service.run(sys.executable, "-m", "ruff", *arguments, "--no-cache")


@pytest.mark.parametrize(
    "answer", [*(f"database={database}" for database in DATABASES), "auth=jwt", "auth=oidc"]
)
@pytest.mark.parametrize("line_length", [88, 100, 120])
def test_the_code_is_formatted_for_every_line_length_a_house_may_choose(
    in_house: InHouse, cookiecutter: Cookiecutter, answer: str, line_length: int
) -> None:
    assert in_house(answer, line_length=line_length).returncode == 0
    service = Service(cookiecutter.service)

    assert f"\nline-length = {line_length}\n" in service.read("pyproject.toml")
    assert f"\nmax_line_length = {line_length}\n" in service.read(".editorconfig")
    formatted = ruff(service, "format", "--check")
    assert formatted.returncode == 0, formatted.stdout
    linted = ruff(service, "check")
    assert linted.returncode == 0, linted.stdout


def test_one_edit_of_the_block_changes_every_service(tmp_path: Path, tiny_template: Path) -> None:
    """The same by editing `cookiecutter.json`, as a fork of the template does."""
    questions = tiny_template / "cookiecutter.json"
    text = questions.read_text(encoding="utf-8")
    floor = f'"coverage_floor": {QUESTIONS["_house"]["coverage_floor"]},'
    assert text.count(floor) == 1
    questions.write_text(text.replace(floor, '"coverage_floor": 77,'))
    project = tiny_template / "{{cookiecutter.project_slug}}" / "pyproject.toml"
    project.write_text("fail_under = {{ cookiecutter._house.coverage_floor }}\n")
    home, output = tmp_path / "a", tmp_path / "b"
    home.mkdir()
    output.mkdir()

    result = Cookiecutter(home, output, tiny_template)()

    assert result.returncode == 0, result.stderr
    assert (output / "my-service" / "pyproject.toml").read_text() == "fail_under = 77\n"


def test_each_standard_stands_in_one_place_of_the_template() -> None:
    """No file of the skeleton repeats a value that the block decides."""
    skeleton = Path("{{cookiecutter.project_slug}}")
    described = [path for path in skeleton.rglob("*") if path.suffix in {".toml", ".yaml", ".ini"}]

    for path in described:
        for line in path.read_text(encoding="utf-8").splitlines():
            setting = line.partition("=")[0].strip()
            if setting in {"line-length", "fail_under", "requires-python", "python_version"}:
                assert "cookiecutter._house." in line, f"{path}: {line}"


def test_a_coverage_floor_reaches_the_gate_that_keeps_it(
    in_house: InHouse, cookiecutter: Cookiecutter
) -> None:
    assert in_house(coverage_floor=42).returncode == 0

    assert "\nfail_under = 42\n" in Service(cookiecutter.service).read("pyproject.toml")


def test_python_versions_reach_everything_that_names_them(
    in_house: InHouse, cookiecutter: Cookiecutter
) -> None:
    assert in_house(python_min="3.12", python_versions=["3.12", "3.13"]).returncode == 0

    project = Service(cookiecutter.service).read("pyproject.toml")
    assert '\nrequires-python = ">=3.12"\n' in project
    assert '\ntarget-version = "py312"\n' in project
    assert '\npython_version = "3.12"\n' in project
    assert "3.11" not in project
    assert project.count('"Programming Language :: Python :: ') == 2


def test_a_house_has_a_base_image_of_its_own(in_house: InHouse, cookiecutter: Cookiecutter) -> None:
    image = f"registry.example.com:5000/python@sha256:{'0' * 64}"
    assert in_house(base_image=image).returncode == 0

    dockerfile = Service(cookiecutter.service).read("Dockerfile")
    assert f"\nARG BASE={image}\n" in dockerfile
    assert dockerfile.count("FROM ${BASE}") == dockerfile.count("FROM") == 2


REGISTRY = "registry.example.com:5000/team"


@pytest.mark.parametrize("registry", ["docker.io/team", "localhost:5000", "ghcr.io/a-team/b_c"])
def test_a_registry_may_have_a_port_and_a_path(in_house: InHouse, registry: str) -> None:
    assert in_house(registry=registry).returncode == 0


def test_images_are_named_for_the_registry_of_the_house(
    in_house: InHouse, cookiecutter: Cookiecutter
) -> None:
    image = f"{REGISTRY}/my-service"
    assert in_house(registry=REGISTRY).returncode == 0
    compose = yaml.safe_load(Service(cookiecutter.service).read("compose.yaml"))
    assert compose["services"]["api"]["image"] == image

    assert in_house("deployment=kubernetes", "-f", registry=REGISTRY).returncode == 0
    service = Service(cookiecutter.service)
    for overlay in ("production", "staging"):
        file = service.read(f"deploy/kubernetes/overlays/{overlay}/kustomization.yaml")
        assert yaml.safe_load(file)["images"][0]["newName"] == image
    runbook = service.read("docs/runbook.md")
    assert f"\n$ docker build --tag {image}:0.1.0 " in runbook
    assert f"\n$ docker push {image}:0.1.0\n" in runbook


def test_github_pushes_the_image_of_what_was_merged(
    in_house: InHouse, cookiecutter: Cookiecutter, tmp_path: Path
) -> None:
    assert in_house("ci=github", registry=REGISTRY).returncode == 0
    service = Service(cookiecutter.service)

    assert check_workflows(service.path / ".github").returncode == 0
    files = [service.path / name for name in GITHUB]
    assert check_jsonschema("vendor.github-workflows", *files).returncode == 0
    [_, build, push] = yaml.safe_load(service.read(GITHUB[0]))["jobs"]["build"]["steps"]
    assert "if" not in build
    assert push["if"] == "github.ref == 'refs/heads/main'"
    commands = [build["run"], push["run"]]
    assert docker_calls(service, commands, tmp_path, GITHUB_SHA="c0ffee") == BUILT + PUSHED


def test_gitlab_pushes_the_image_of_what_was_merged(
    in_house: InHouse, cookiecutter: Cookiecutter, tmp_path: Path
) -> None:
    assert in_house("ci=gitlab", registry=REGISTRY).returncode == 0
    service = Service(cookiecutter.service)

    assert check_jsonschema("vendor.gitlab-ci", service.path / GITLAB).returncode == 0
    [build] = [job for job in jobs_of(service, "gitlab") if job.name == "build"]
    merged = {"CI_COMMIT_SHA": "c0ffee", "CI_DEFAULT_BRANCH": "main", "CI_COMMIT_BRANCH": "main"}
    proposed = merged | {"CI_COMMIT_BRANCH": ""}
    assert docker_calls(service, build.commands, tmp_path, **merged) == BUILT + PUSHED
    assert docker_calls(service, build.commands, tmp_path, **proposed) == BUILT


def test_compose_runbook_runs_the_image_that_ci_pushed(
    in_house: InHouse, cookiecutter: Cookiecutter, tmp_path: Path
) -> None:
    assert in_house("deployment=docker", registry=REGISTRY).returncode == 0
    service = Service(cookiecutter.service)
    git(service.path, "init", "--quiet")
    git(service.path, "commit", "--quiet", "--allow-empty", "--message=One")
    commit = git(service.path, "rev-parse", "HEAD").strip()
    runbook = service.read("docs/runbook.md")
    commands = re.findall(r"(?m)^\$ (docker (?:pull|tag) .*)$", runbook)
    run_by_compose = yaml.safe_load(service.read("compose.yaml"))["services"]["api"]["image"]

    [pull, tag] = docker_calls(service, commands, tmp_path)

    pushed = PUSHED[-1].removeprefix("push ").replace("c0ffee", commit)
    assert pull == f"pull {pushed}"
    assert tag == f"tag {pushed} {run_by_compose}"


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_kubernetes_runbook_names_the_tag_that_ci_pushes(
    in_house: InHouse, cookiecutter: Cookiecutter, database: str
) -> None:
    answers = ("deployment=kubernetes", f"database={database}")
    assert in_house(*answers, registry=REGISTRY).returncode == 0
    runbook = Service(cookiecutter.service).read("docs/runbook.md")

    assert "\nSet `newTag` in the overlay to the commit whose image CI has pushed" in runbook
    assert "`git rev-parse HEAD`" in runbook
    assert "Set `newTag` to the last good commit" in runbook


@pytest.mark.parametrize("deployment", ["docker", "kubernetes"])
def test_runbook_without_a_registry_names_no_image_of_ci(
    in_house: InHouse, cookiecutter: Cookiecutter, deployment: str
) -> None:
    assert in_house(f"deployment={deployment}", registry="").returncode == 0

    assert "CI has pushed" not in Service(cookiecutter.service).read("docs/runbook.md")


BUILT = [f"build --build-arg REVISION=c0ffee --tag {REGISTRY}/my-service:c0ffee ."]
PUSHED = [
    "login --username robot --password-stdin registry.example.com:5000",
    "password: s3cret",
    f"push {REGISTRY}/my-service:c0ffee",
]


def docker_calls(
    service: Service, commands: Sequence[str], folder: Path, **variables: str
) -> list[str]:
    """Run commands of CI beside a stand-in for Docker; return what they asked of it."""
    calls, docker = folder / "calls", folder / "docker"
    calls.unlink(missing_ok=True)
    docker.write_text(
        "#!/bin/sh\n"
        'echo "$@" >> "$CALLS"\n'
        'if [ "$1" = login ]; then echo "password: $(cat)" >> "$CALLS"; fi\n',
        encoding="utf-8",
    )
    docker.chmod(0o755)
    variables |= {"REGISTRY_USERNAME": "robot", "REGISTRY_PASSWORD": "s3cret"}
    variables |= {"CALLS": str(calls), "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    for command in commands:
        result = service.run("sh", "-ec", command, **variables)
        assert result.returncode == 0, result.stderr
    return calls.read_text(encoding="utf-8").splitlines()


OWNERS = ["@acme/platform", "@acme/group/team", "@ada", "team@example.com"]


@pytest.mark.parametrize(
    ("ci", "file"), [("github", ".github/CODEOWNERS"), ("gitlab", "CODEOWNERS")]
)
def test_the_owners_of_a_house_own_everything_until_a_team_says_more(
    in_house: InHouse, cookiecutter: Cookiecutter, ci: str, file: str
) -> None:
    assert in_house(f"ci={ci}", codeowners=OWNERS).returncode == 0
    service = Service(cookiecutter.service)

    lines = service.read(file).splitlines()
    assert [line.split() for line in lines if not line.startswith("#")] == [["*", *OWNERS]]
    assert f" {file}\n" in service.read(".managed.sha256")
    assert check_files(service, ()) == ""


@pytest.mark.parametrize(("ci", "owners"), [("github", []), ("gitlab", []), ("none", OWNERS)])
def test_without_owners_or_a_platform_that_asks_them_there_is_no_such_file(
    in_house: InHouse, cookiecutter: Cookiecutter, ci: str, owners: list[str]
) -> None:
    assert in_house(f"ci={ci}", codeowners=owners).returncode == 0

    assert not [name for name in Service(cookiecutter.service).files() if "CODEOWNERS" in name]


REQUIREMENTS = [
    "acme-logging[json, otlp] ~= 2.1, != 2.1.3",
    "Acme.Metrics",
    'backports.zstd>=1; python_version < "3.14"',
    "acme_vault @ https://example.com/acme_vault-1.0-py3-none-any.whl",
    "structlog>=26.1.2",
]


def test_each_service_has_the_dependencies_of_its_house(
    in_house: InHouse, cookiecutter: Cookiecutter
) -> None:
    assert in_house(dependencies=REQUIREMENTS).returncode == 0

    project = tomllib.loads(Service(cookiecutter.service).read("pyproject.toml"))
    given = [Requirement(line) for line in project["project"]["dependencies"]]
    assert set(given) >= {Requirement(line) for line in REQUIREMENTS}
    assert [it.name for it in given] == sorted(it.name for it in given)
    unused = project["tool"]["deptry"]["per_rule_ignores"]["DEP002"]
    assert {Requirement(line).name for line in REQUIREMENTS} <= set(unused)


def test_a_service_is_not_called_like_a_dependency_of_its_house(
    in_house: InHouse, cookiecutter: Cookiecutter
) -> None:
    result = in_house("project_slug=acme-logging", dependencies=["Acme_Logging>=2"])

    line = last_line(result.stdout + result.stderr)
    assert result.returncode == 1
    assert "project_slug acme-logging" in line
    assert "_house.dependencies" in line
    assert in_house("project_slug=acme-orders", dependencies=["Acme_Logging>=2"]).returncode == 0


def test_a_house_names_its_log_levels(in_house: InHouse, cookiecutter: Cookiecutter) -> None:
    levels = ["INFO", "WARNING", "ERROR"]
    assert in_house(log_levels=levels).returncode == 0
    service = Service(cookiecutter.service)

    standards = service.read("app/core/log_levels.py")
    assert 'LogLevel = Literal["INFO", "WARNING", "ERROR"]' in standards
    assert 'DEFAULT_LOG_LEVEL: LogLevel = "INFO"' in standards
    assert "\n# LOG__LEVEL=INFO\n" in service.read(".env.example")
    assert ruff(service, "format", "--check").returncode == 0


@pytest.mark.parametrize(
    ("standards", "named"),
    [
        ({"line_length": 80}, "_house.line_length"),
        ({"line_length": 121}, "_house.line_length"),
        ({"line_length": "88"}, "_house.line_length"),
        ({"coverage_floor": 101}, "_house.coverage_floor"),
        ({"python_min": "3.10"}, "_house.python_min"),
        ({"base_image": "python"}, "_house.base_image"),
        ({"base_image": "python:3.13\nRUN true"}, "_house.base_image"),
        ({"registry": "team"}, "_house.registry"),
        ({"registry": "https://registry.example.com"}, "_house.registry"),
        ({"registry": "registry.example.com/"}, "_house.registry"),
        ({"registry": "registry.example.com/Team"}, "_house.registry"),
        ({"registry": None}, "_house.registry"),
        ({"codeowners": "@acme/platform"}, "_house.codeowners"),
        ({"codeowners": ["acme"]}, "_house.codeowners"),
        ({"codeowners": ["@acme/platform @ada"]}, "_house.codeowners"),
        ({"codeowners": ["@a\n* @b"]}, "_house.codeowners"),
        ({"dependencies": "acme-logging"}, "_house.dependencies"),
        ({"dependencies": ["acme-logging 2.1"]}, "_house.dependencies"),
        ({"dependencies": ["acme-logging>=2;"]}, "_house.dependencies"),
        ({"dependencies": ["acme-logging\n"]}, "_house.dependencies"),
        ({"dependencies": ["-r more.txt"]}, "_house.dependencies"),
        ({"dependencies": ["../acme-logging"]}, "_house.dependencies"),
        ({"log_levels": ["info", "loud"]}, "_house.log_levels"),
        ({"log_levels": ["debug"]}, "_house.log_levels"),
        ({"line_lenght": 88}, "line_lenght"),
    ],
)
def test_a_standard_that_cannot_be_kept_is_refused_by_name(
    in_house: InHouse, cookiecutter: Cookiecutter, standards: dict[str, object], named: str
) -> None:
    result = in_house(**standards)

    assert result.returncode == 1
    assert named in last_line(result.stdout + result.stderr)
    assert "Traceback" not in result.stdout + result.stderr
    assert not cookiecutter.service.exists()


def test_standards_that_do_not_go_together_are_both_named(
    in_house: InHouse, cookiecutter: Cookiecutter
) -> None:
    result = in_house(python_min="3.12")

    line = last_line(result.stdout + result.stderr)
    assert result.returncode == 1
    assert "_house.python_min" in line
    assert "_house.python_versions" in line
    assert not cookiecutter.service.exists()


def test_make_service_takes_a_house_config(tmp_path: Path) -> None:
    config = tmp_path / "house.yaml"
    config.write_text(json.dumps({"default_context": {"_house": {"line_length": 100}}}))
    environment = {"CONFIG": str(config), "OUTPUT": str(tmp_path / "out"), "SERVICE_PROVE": "none"}

    result = run(sys.executable, "-m", "service_template", "new", cwd=Path.cwd(), **environment)

    assert result.returncode == 0, result.stderr
    project = (tmp_path / "out" / "my-service" / "pyproject.toml").read_text(encoding="utf-8")
    assert "\nline-length = 100\n" in project


@pytest.fixture
def every_database() -> None:
    for database in set(QUESTIONS["__prompts__"]["database"]) - {"__prompt__"}:
        skip_what_is_not_offered({"database": database})


@pytest.mark.usefixtures("every_database")
def test_a_house_offers_fewer_choices(cookiecutter: Cookiecutter, tmp_path: Path) -> None:
    """By a list of those that are left, as in a fork; the first one is the default."""
    config = tmp_path / "house.yaml"
    config.write_text("default_context:\n  database: [mysql, postgresql]\n  ci: [gitlab]\n")

    assert cookiecutter("--config-file", config).returncode == 0
    answers = Service(cookiecutter.service).answers()
    assert (answers["database"], answers["ci"]) == ("mysql", "gitlab")
    assert cookiecutter("--config-file", config, "-f", "database=postgresql").returncode == 0
    refused = cookiecutter("--config-file", config, "-f", "database=sqlite")
    assert refused.returncode == 1
    assert "the choices are ['mysql', 'postgresql']" in last_line(refused.stderr)


@pytest.mark.usefixtures("every_database")
@pytest.mark.parametrize(
    ("choices", "answers", "line"),
    [
        ("[mysql]", "", ""),
        ("[mysql, sqlite]", "database=sqlite", ""),
        ("[mysql]", "database=sqlite", "ANSWERS: database=sqlite is no choice; choose mysql."),
        ("[mysql, oracle]", "", "database=oracle is no choice; choose sqlite, postgresql, mysql"),
        ("[]", "", "database [] is refused: offer one choice or more."),
    ],
)
def test_make_service_knows_which_choices_a_house_offers(
    tmp_path: Path, choices: str, answers: str, line: str
) -> None:
    config = tmp_path / "house.yaml"
    config.write_text(f"default_context:\n  database: {choices}\n")
    environment = {"CONFIG": str(config), "OUTPUT": str(tmp_path / "out"), "SERVICE_PROVE": "none"}

    result = run(
        sys.executable,
        "-m",
        "service_template",
        "new",
        cwd=Path.cwd(),
        **environment,
        ANSWERS=answers,
    )

    assert result.returncode == (1 if line else 0)
    assert "Traceback" not in result.stderr
    assert line in result.stderr
    assert (tmp_path / "out" / "my-service").exists() == (not line)
