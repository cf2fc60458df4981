"""Nothing in an answer runs as Jinja, however it is given: it is refused, or appears as typed."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from cookiecutter.generate import generate_context, generate_files
from cookiecutter.prompt import prompt_for_config
from cookiecutter.utils import create_env_with_context
from hypothesis import given, settings
from hypothesis import strategies as st

from service_template.answers.injection import find_mark
from service_template.answers.refusal import RefusedAnswer
from service_template.errors import Refused
from service_template.git import copy_of
from service_template.matrix.combinations import QUESTIONS
from service_template.matrix.service import Finished, last_line, run
from service_template.paths import TEMPLATE
from service_template.updates.rendering import render
from tests.conftest import Bake, Cookiecutter, git
from tests.test_answers import typed
from tests.test_old_services import RELEASED
from tests.test_ways_in import cruft

PROOF = "cycler.__init__.__globals__.os.environ.__setitem__('INJECTED', '1')"
"""Leaves a trace in this process, if it is run."""

TEXTS = ("project_name", "project_slug", "description", "author", "email")
HOUSE = QUESTIONS["_house"]


def attacks(marker: Path) -> list[str]:
    """Return texts that make a file when Jinja runs them, in each way in which it runs text."""
    code = f"cycler.__init__.__globals__.os.mkdir('{marker}')"
    return [f"#% set x = {code}", f"{{{{ {code} }}}}", f"{{% set x = {code} %}}"]


def assert_refused(result: Finished, marker: Path, reason: str = "") -> None:
    """Check that a run ended with one line, or lines that give a reason, and ran nothing."""
    said = (result.stdout + result.stderr).splitlines()
    assert result.returncode == 1, said
    assert not marker.exists(), said
    own = [line for line in said if "Invalid default received" not in line]  # cookiecutter warns
    assert own, result
    assert len(own) == 1 or (reason and all(reason in line for line in own)), said


@pytest.fixture
def attack(tmp_path: Path) -> str:
    """A line statement, which versions up to 0.2.0 ran; properties below try all the forms."""
    return attacks(tmp_path / "marker")[0]


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    """A folder that exists if an attack was run."""
    return tmp_path / "marker"


@pytest.fixture
def config(tmp_path: Path) -> Callable[..., Path]:
    """Writes a config file of cookiecutter."""

    def config(**default_context: Any) -> Path:
        file = tmp_path / "config.yaml"
        file.write_text(json.dumps({"default_context": default_context}), encoding="utf-8")
        return file

    return config


# Each way in


def test_make_service_answers_that_attack_are_refused(
    ready: Path, attack: str, marker: Path
) -> None:
    result = run("make", "-s", "service", cwd=ready, ANSWERS=f'prove=none description="{attack}"')

    assert "description " in result.stderr
    assert not marker.exists()
    assert result.returncode != 0


def test_cookiecutter_arguments_that_attack_are_refused(
    cookiecutter: Cookiecutter, attack: str, marker: Path
) -> None:
    assert_refused(cookiecutter(f"author={attack}"), marker)


@pytest.mark.parametrize("question", [*TEXTS, "database", "_house", "__check_email", "_new_lines"])
def test_config_file_values_that_attack_are_refused(
    cookiecutter: Cookiecutter, config: Callable[..., Path], question: str, marker: Path
) -> None:
    line_statement, expression, _ = attacks(marker)

    for attack in (line_statement, expression):
        result = cookiecutter("--config-file", config(**{question: attack}))

        assert_refused(result, marker)
        assert list(cookiecutter.output.iterdir()) == []


@pytest.mark.parametrize(
    "settings_of_environment",
    [
        {"_extensions": []},
        {"_extensions": ["jinja2.ext.do"]},
        {"_jinja2_env_vars": {"variable_start_string": "<<"}},
        {"__check_given": []},
        {"__check_given": ""},
        {"__check_given": [], "_extensions": []},
        {"__check_given": "", "_extensions": []},
        {"_extensions": [], "_jinja2_env_vars": {"variable_start_string": "<<"}},
    ],
    ids=str,
)
def test_config_file_without_the_checks_runs_nothing(
    cookiecutter: Cookiecutter,
    config: Callable[..., Path],
    settings_of_environment: dict[str, Any],
    marker: Path,
) -> None:
    [_, expression, _] = attacks(marker)
    other = expression.replace("{{", "<<")

    for attack in (expression, other):
        file = config(**settings_of_environment, project_name=attack, __check_email=attack)
        result = cookiecutter("--config-file", file)

        assert result.returncode == 1
        assert not marker.exists()
        assert list(cookiecutter.output.iterdir()) == []


@pytest.mark.parametrize("hooks", ["yes", "no"])
@pytest.mark.parametrize("question", ["project_slug", "description", "_jinja2_env_vars"])
def test_replay_file_values_that_attack_are_refused(
    tiny: Cookiecutter, tmp_path: Path, question: str, hooks: str, attack: str, marker: Path
) -> None:
    assert tiny().returncode == 0
    [file] = (tiny.home / ".cookiecutter_replay").glob("*.json")
    replay = json.loads(file.read_text(encoding="utf-8"))
    replay["cookiecutter"] |= {"project_slug": "other", question: attack}
    edited = tmp_path / "edited.json"
    edited.write_text(json.dumps(replay), encoding="utf-8")

    result = tiny.run(str(tiny.template), "--replay-file", edited, "--accept-hooks", hooks)

    assert result.returncode == 1
    assert not marker.exists()
    assert [path.name for path in tiny.output.iterdir()] == ["my-service"]


def test_replay_file_of_an_older_version_is_taken(tiny: Cookiecutter) -> None:
    assert tiny("project_slug=other").returncode == 0
    [file] = (tiny.home / ".cookiecutter_replay").glob("*.json")
    replay = json.loads(file.read_text(encoding="utf-8"))
    replay["cookiecutter"] |= {
        "project_slug": "again",
        "__check_given": "",
        "_jinja2_env_vars": {"line_statement_prefix": "#%"},
    }
    file.write_text(json.dumps(replay), encoding="utf-8")

    result = tiny.run(str(tiny.template), "--replay-file", file)

    assert result.returncode == 0, result.stdout + result.stderr
    assert (tiny.output / "again" / "app" / "main.py").is_file()


def test_answer_typed_at_a_terminal_that_attacks_is_refused(
    tiny: Cookiecutter, attack: str, marker: Path
) -> None:
    status, screen = typed(tiny, "Orders", "orders", attack)

    assert status == 1
    assert "description " in screen
    assert not marker.exists()


def test_cruft_values_that_attack_are_refused(
    repository: Path, tmp_path: Path, attack: str, marker: Path
) -> None:
    output = tmp_path / "crufted"
    output.mkdir()
    context = json.dumps({"description": attack})

    address = f"file://{repository}"
    result = cruft(output, "create", address, "--no-input", "--extra-context", context)

    assert_refused(result, marker)
    assert list(output.iterdir()) == []


@pytest.mark.parametrize("question", ["service", "name", "plural", "fields"])
def test_resource_answers_that_attack_are_refused(
    cookiecutter: Cookiecutter, bake: Bake, question: str, attack: str, marker: Path
) -> None:
    answers = {"service": str(bake().path), "name": "order", "fields": "note:str"}
    answers[question] = attack
    words = [f"{name}={answer}" for name, answer in answers.items()]

    result = cookiecutter.run(
        str(TEMPLATE), "--directory", "resource", "--no-input", *words, "dry_run=yes"
    )

    assert_refused(result, marker, "is refused: ")
    assert list(cookiecutter.output.iterdir()) == []


@pytest.mark.parametrize("version", RELEASED)
def test_recorded_answers_that_attack_an_old_version_are_refused(
    tmp_path: Path, version: str, attack: str, marker: Path
) -> None:
    old = copy_of(TEMPLATE, RELEASED[version] or "", tmp_path / "old")
    answers = {"project_name": "Orders", "_house": {"python_min": attack}}

    for recorded in (answers, {"project_name": "Orders", "description": attack}):
        with pytest.raises(Refused) as refused:
            render(old, recorded, tmp_path / "rendered")
        assert str(refused.value).isprintable()
        assert not marker.exists()


def test_update_answers_that_attack_are_refused(
    bake: Bake, tmp_path: Path, git_identity: None, attack: str, marker: Path
) -> None:
    service = bake().copy_to(tmp_path).path
    git(service, "init", "--quiet")
    git(service, "add", "--all")
    git(service, "commit", "--quiet", "--message=Made")
    answers = f'description="{attack}"'

    result = run(
        sys.executable, "-m", "updates", cwd=TEMPLATE, SERVICE=str(service), ANSWERS=answers
    )

    assert_refused(result, marker)
    assert "description is refused" in result.stderr


def test_answer_that_is_a_block_is_refused(
    cookiecutter: Cookiecutter, config: Callable[..., Path], marker: Path
) -> None:
    result = cookiecutter("--config-file", config(description={"key": "value"}))

    assert_refused(result, marker)
    assert 'description {"key": "value"} is refused: it must be text.' in result.stdout


# Whatever the text is


def text() -> st.SearchStrategy[str]:
    """Texts of all kinds, with many marks of Jinja and many that would leave a trace."""
    marks = ["{{", "}}", "{%", "%}", "{#", "#}", "#%", "##", "\n", "\r\n", '"', "'", "\\", "$"]
    runs = [f"{{{{ {PROOF} }}}}", f"{{% set x = {PROOF} %}}", f"#% set x = {PROOF}\n"]
    parts = st.one_of(st.sampled_from(marks + runs), st.text(max_size=8))
    return st.lists(parts, max_size=6).map("".join)


@pytest.fixture(autouse=True)
def no_trace() -> Iterator[None]:
    """Fail a test in whose course one of its texts was run."""
    yield
    assert os.environ.pop("INJECTED", None) is None


def answered(**answers: Any) -> dict[str, Any]:
    context = generate_context(str(TEMPLATE / "cookiecutter.json"), extra_context=answers)
    return dict(prompt_for_config(context, no_input=True))


def taken_literally(ask: Callable[[], object], expected: object) -> bool:
    """Check that answers are refused in one line, or are as they were given; tell which."""
    refusal, taken = "", None
    try:
        taken = ask()
    except RefusedAnswer as refused:
        refusal = str(refused)
    assert refusal.isprintable()
    assert refusal or taken == expected
    return not refusal


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(TEXTS), text())
def test_any_text_as_an_answer_is_literal_or_refused(question: str, given_text: str) -> None:
    answers = {"project_slug": "orders", question: given_text}

    taken_literally(lambda: answered(**answers)[question], given_text)

    assert "INJECTED" not in os.environ


@settings(deadline=None, max_examples=60)
@given(st.sampled_from([*HOUSE, "key"]), text(), st.booleans())
def test_any_text_in_a_house_setting_is_literal_or_refused(
    setting: str, given_text: str, in_list: bool
) -> None:
    name = given_text if setting == "key" else setting
    house = {name: [given_text] if in_list else given_text}

    taken_literally(lambda: answered(_house=house)["_house"], HOUSE | house)

    assert "INJECTED" not in os.environ


@settings(deadline=None, max_examples=60)
@given(text())
def test_any_text_that_an_environment_compiles_is_literal(source: str) -> None:
    environment = create_env_with_context(generate_context(str(TEMPLATE / "cookiecutter.json")))
    plain = source if find_mark(source, environment) else source.replace("\r\n", "\n")

    rendered = environment.from_string(source).render()

    assert rendered == plain or "\r" in source
    assert "INJECTED" not in os.environ


@settings(deadline=None, max_examples=25)
@given(st.sampled_from(["description", "author"]), text())
def test_any_text_in_a_file_is_literal_or_refused(question: str, given_text: str) -> None:
    """Rendering itself, without the questions, as a replay does."""
    folder = Path(os.environ["PYTEST_RENDERED"])
    name = f"s{time.monotonic_ns()}"
    answers = {**answered(project_slug=name), question: given_text, "_template": ""}

    def made() -> str:
        generate_files(
            folder / "template",
            {"cookiecutter": answers},
            output_dir=folder,
            accept_hooks=False,
        )
        return (folder / name / "ANSWER").read_bytes().decode("utf-8")

    expected = f"{answers['description']}|{answers['author']}"
    assert taken_literally(made, expected) == (folder / name).exists()
    assert "INJECTED" not in os.environ


@pytest.fixture(autouse=True, scope="module")
def rendered_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A template of one file, which shows answers as they are."""
    folder = tmp_path_factory.mktemp("rendered")
    skeleton = folder / "template" / "{{cookiecutter.project_slug}}"
    skeleton.mkdir(parents=True)
    shown = "{{ cookiecutter.description }}|{{ cookiecutter.author }}"
    (skeleton / "ANSWER").write_text(shown, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_RENDERED", str(folder))
        patch.syspath_prepend(str(TEMPLATE))
        yield


def test_path_with_marks_of_jinja_is_literal(tiny: Cookiecutter, attack: str) -> None:
    output = tiny.output / attack.replace("/", "-")

    result = tiny("--output-dir", output)

    assert result.returncode == 0, result.stdout + result.stderr
    assert (output / "my-service" / "app" / "main.py").is_file()


# Bombs


def test_config_file_with_aliases_of_aliases_is_refused_at_once(
    ready: Path, cookiecutter: Cookiecutter, tmp_path: Path
) -> None:
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    config = tmp_path / "bomb.yaml"
    config.write_text("\n".join([*lines, "default_context: {description: *a11}"]))

    made = run("make", "-s", "service", cwd=ready, CONFIG=str(config), ANSWERS="prove=none")
    cooked = cookiecutter("--config-file", config)

    assert "the alias *a0 is not allowed" in made.stderr
    assert made.returncode != 0
    assert last_line(cooked.stdout) == "description is refused: it holds more than 500 values."
    assert list(cookiecutter.output.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("[" * 50_000, "nested deeper than 20 levels"),
        ("a: " + "b" * 100_000, "longer than 100000 characters"),
        ("a: &a {x: 1}\ndefault_context: {<<: *a}", "the alias *a is not allowed"),
        (f"default_context: {{database: 0x{'f' * 20_000}}}", "limit"),
        ("default_context: [1", "cannot be read"),
    ],
    ids=["deep", "long", "merged", "number", "broken"],
)
def test_config_file_that_would_hang_make_service_is_refused(
    ready: Path, tmp_path: Path, content: str, line: str
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(content, encoding="utf-8")

    result = run("make", "-s", "service", cwd=ready, CONFIG=str(config), ANSWERS="prove=none")

    assert result.returncode != 0
    [said] = [one for one in result.stderr.splitlines() if not one.startswith("make: ")]
    assert said.startswith(f"No service was made: CONFIG={config} cannot be read")
    assert line in said


def test_config_file_with_a_house_block_is_taken(ready: Path, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    house = {"_house": {"codeowners": ["@acme/platform"]}, "author": "The House"}
    config.write_text(yaml.safe_dump({"default_context": house}), encoding="utf-8")
    variables = {"OUTPUT": str(tmp_path / "out"), "ANSWERS": "prove=none"}

    result = run("make", "-s", "service", cwd=ready, CONFIG=str(config), **variables)

    assert result.returncode == 0, result.stderr
