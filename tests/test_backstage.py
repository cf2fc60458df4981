"""Backstage: it asks the template's questions, and a runner that executes hooks makes the service.

Only packages of npm have Backstage's schemas, so `tests/schemas` holds, by hand, those parts that
are used here, with where each is documented.
"""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from service_template.backstage.__main__ import with_form
from service_template.backstage.config import NOT_ASKED
from service_template.matrix.combinations import QUESTIONS
from service_template.matrix.service import Finished, Service, run
from service_template.paths import TEMPLATE
from tests.conftest import Bake, git, replace

SCHEMAS = Path(__file__).parent / "schemas"
TEXT = (TEMPLATE / "backstage" / "template.yaml").read_text(encoding="utf-8")
ENTITY = yaml.safe_load(TEXT)
WORKFLOW = yaml.safe_load((TEMPLATE / ".github/workflows/service.yml").read_text(encoding="utf-8"))
FIELDS: dict[str, Any] = {
    name: field
    for page in ENTITY["spec"]["parameters"]
    for name, field in page["properties"].items()
}
STEPS = {step["id"]: step for step in ENTITY["spec"]["steps"]}


def wrong_with(name: str, content: Any) -> list[str]:
    """Return where an entity is not what is documented."""
    schema = json.loads((SCHEMAS / f"backstage-{name}.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return [error.json_path for error in Draft202012Validator(schema).iter_errors(content)]


# The form


def test_the_form_is_what_make_backstage_writes() -> None:
    assert with_form(TEXT, QUESTIONS) == TEXT


def test_make_backstage_writes_the_form(ready: Path) -> None:
    questions = ready / "cookiecutter.json"
    choices = json.dumps(QUESTIONS["database"])
    replace(questions, f'"database": {choices}', '"database": ["mongodb"]')

    result = run("make", "backstage", cwd=ready)

    assert result.returncode == 0, result.stderr
    written = (ready / "backstage" / "template.yaml").read_text(encoding="utf-8")
    [_, choices_page, _] = yaml.safe_load(written)["spec"]["parameters"]
    assert choices_page["properties"]["database"]["enum"] == ["mongodb"]


def test_it_asks_every_question_with_the_templates_words_defaults_and_choices() -> None:
    prompts = QUESTIONS["__prompts__"]
    asked = {name for name in QUESTIONS if not name.startswith("_")} - set(NOT_ASKED)

    assert set(FIELDS) == asked | {"repoUrl"}
    for name in asked - {"project_slug"}:
        given, field = QUESTIONS[name], FIELDS[name]
        if isinstance(given, list):
            sentences = [prompts[name][choice] for choice in given]
            assert (field["enum"], field["enumNames"]) == (given, sentences)
            assert (field["title"], field["default"]) == (prompts[name]["__prompt__"], given[0])
        else:
            assert (field["title"], field["default"]) == (prompts[name], given)
    assert "default" not in FIELDS["project_slug"]


def test_a_new_choice_gets_into_the_form_and_nothing_else_changes() -> None:
    database = [*QUESTIONS["database"], "oracle"]
    prompts = QUESTIONS["__prompts__"]
    sentences = {**prompts["database"], "oracle": "Oracle"}
    changed = {"database": database, "__prompts__": {**prompts, "database": sentences}}

    text = with_form(TEXT, QUESTIONS | changed)

    assert "- oracle\n" in text
    assert text.partition("  parameters:\n")[0] == TEXT.partition("  parameters:\n")[0]
    assert text.partition("  steps:\n")[2] == TEXT.partition("  steps:\n")[2]


def test_backstage_understands_the_template() -> None:
    assert wrong_with("template", ENTITY) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("scaffolder.backstage.io/v1beta3", "backstage.io/v1alpha1"),
        ("github:actions:dispatch", "github:actions:run"),
        ("workflowId", "workflow"),
        ("enumNames", "enumName"),
        ("optional: true", "optional: often"),
        ("RepoUrlPicker", "RepoPicker"),
        ("  owner: platform", "  owner: the platform"),
    ],
)
def test_a_mistake_in_the_template_is_noticed(right: str, wrong: str) -> None:
    assert right in TEXT
    assert wrong_with("template", yaml.safe_load(TEXT.replace(right, wrong)))


# The entry in the catalog


@pytest.mark.parametrize(
    ("author", "owner"),
    [
        ("Your Team", "your-team"),
        ("Ünï & Co. (Orders)", "uni-co-orders"),
        ("3D", "3d"),
        ("Redis", "redis"),
        ("A " * 59 + "B", "a-" * 29 + "a"),
        ("著者", "unknown"),
    ],
)
def test_each_service_has_an_entry_for_the_catalog(bake: Bake, author: str, owner: str) -> None:
    entity = yaml.safe_load(bake(author=author, project_name='A "B": #c').read("catalog-info.yaml"))

    assert wrong_with("component", entity) == []
    assert (entity["metadata"]["name"], entity["metadata"]["title"]) == ("a-b-c", 'A "B": #c')
    assert entity["spec"]["owner"] == owner


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("Component", "Service"), ("owner:", "team:"), ("my-service", "my service"), ("[", "[A, ")],
)
def test_a_mistake_in_an_entry_is_noticed(bake: Bake, right: str, wrong: str) -> None:
    text = bake().read("catalog-info.yaml")
    assert right in text
    assert wrong_with("component", yaml.safe_load(text.replace(right, wrong)))


# The runner


def test_the_runner_is_given_what_it_asks_for() -> None:
    sent = STEPS["service"]["input"]
    assert (TEMPLATE / ".github" / "workflows" / sent["workflowId"]).is_file()
    assert set(sent["workflowInputs"]) == set(WORKFLOW[True]["workflow_dispatch"]["inputs"])


@pytest.fixture
def github(tmp_path: Path) -> Path:
    """A folder with the empty repository that was made for the service."""
    repository = tmp_path / "github" / "acme" / "orders.git"
    repository.mkdir(parents=True)
    git(repository, "init", "--quiet", "--bare", "--initial-branch=main")
    return tmp_path / "github"


def run_workflow(template: Path, github: Path, form: str) -> Finished:
    """Run what makes and pushes the service, with a folder in the place of GitHub."""
    steps = {step.get("name"): step["run"] for step in WORKFLOW["jobs"]["service"]["steps"][1:]}
    variables = {
        "RUNNER_TEMP": str(github.parent),
        "HOME": str(github.parent),
        "GITHUB_ACTOR": "ada",
        "FORM": form,
        "REPOSITORY": "acme/orders",
        "TOKEN": "s3cret",
        "SERVICE_PROVE": "none",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.file://{github}/.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://github.com/",
    }
    for name in ("Make and prove", "Push"):
        result = run("sh", "-ec", steps[name], cwd=template, **variables)
        if result.returncode != 0:
            break
    return result


def test_a_form_becomes_a_service_in_its_repository(
    ready: Path, github: Path, tmp_path: Path
) -> None:
    form = {"project_name": "Order 'Service' $HOME", "database": "postgresql"}
    form["repoUrl"] = "github.com?owner=acme&repo=orders"

    result = run_workflow(ready, github, json.dumps(form))

    assert result.returncode == 0, result.stderr
    git(tmp_path, "clone", "--quiet", str(github / "acme" / "orders.git"), "cloned")
    service = Service(tmp_path / "cloned")
    assert service.answers()["project_name"] == form["project_name"]
    assert service.answers()["database"] == "postgresql"
    entity = yaml.safe_load(service.read("catalog-info.yaml"))
    assert entity["metadata"]["title"] == form["project_name"]


@pytest.mark.parametrize(
    ("form", "line"),
    [
        ('{"database": "oracle"}', "database=oracle is no choice"),
        ('{"projekt": "x"}', "there is no question 'projekt'"),
        ('{"author": "{{ 7 * 7 }}"}', "it holds {{"),
        ('{"author": "#% set x = 7"}', "it holds #%"),
        ('{"_house": {"registry": "example.com"}}', "The form has no field '_house'"),
        ('{"_extensions": []}', "The form has no field '_extensions'"),
        ('{"prove": "none"}', "The form has no field 'prove'"),
        ("[" * 100_000, "The form cannot be read"),
        ("not JSON", "The form cannot be read"),
        ("[1]", "The form cannot be read"),
    ],
)
def test_what_makes_no_service_is_refused_and_nothing_is_pushed(
    ready: Path, github: Path, form: str, line: str
) -> None:
    result = run_workflow(ready, github, form)

    assert result.returncode != 0
    assert line in result.stderr
    assert "Traceback" not in result.stderr
    assert git(github / "acme" / "orders.git", "for-each-ref") == ""
