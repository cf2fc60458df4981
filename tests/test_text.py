"""A person's text, read back by the real reader of each language it is written into."""

import ast
import json
import subprocess
import sys
import tomllib
from collections.abc import Callable

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jinja2 import Environment
from markdown_it import MarkdownIt

from service_template.answers.checks import check_answer
from service_template.answers.refusal import RefusedAnswer
from service_template.answers.text import (
    markdown_text,
    python_string,
    shell_string,
    toml_string,
    yaml_string,
)
from service_template.matrix.service import Service
from tests.conftest import DATABASES, LICENSES, Bake, Cookiecutter

HOSTILE = 'O\'Neil "x" \\ \'\'\' """ $HOME %s : # yes'
STRANGE = (
    HOSTILE,
    "ends with a backslash \\",
    "# heading",
    "- item",
    "+ item",
    "1. item",
    "12) item",
    "===",
    "> quote | cell | <b>bold</b> &amp; ![image](x) [link](y) `code` *a* _b_ ~~c~~",
    "* item",
    "    code",
    "yes",
    "null",
    "@handle, 50 % & more!",
    "注文 🚀 👩‍👩‍👧‍👦 خدمة",
    "non\u00a0breaking and \ue000 private",
    "\uffff not a character \ufffe",
)
quoting = st.text(st.sampled_from("'\"\\ $#`-%{}\nab"), max_size=20)
anything = st.text(st.characters(exclude_categories=["Cs"])) | quoting | st.sampled_from(STRANGE)


def is_accepted(text: str) -> bool:
    try:
        check_answer(text, "description")
    except RefusedAnswer:
        return False
    return True


accepted = anything.map(str.strip).filter(is_accepted)


@given(anything)
def test_python_reads_the_text_back(text: str) -> None:
    assert ast.literal_eval(python_string(text)) == text


@given(anything)
def test_toml_reads_the_text_back(text: str) -> None:
    assert tomllib.loads(f"text = {toml_string(text)}\n") == {"text": text}


@given(anything)
def test_yaml_reads_the_text_back(text: str) -> None:
    assert yaml.safe_load(f"- {{text: {yaml_string(text)}}}") == [{"text": text}]


@given(accepted)
def test_markdown_shows_the_text_as_it_is(text: str) -> None:
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    escaped = markdown_text(text)
    assert shown(reader, escaped, "paragraph_open") == text
    assert shown(reader, f"# {escaped}", "heading_open") == text
    assert shown(reader, f"| a |\n|---|\n| {escaped} |", "td_open") == text


def shown(reader: MarkdownIt, source: str, block: str) -> str:
    """Return the text of the only block of that kind; fail if anything in it is marked up."""
    tokens = reader.parse(source)
    [at] = [index for index, token in enumerate(tokens) if token.type == block]
    parts = tokens[at + 1].children or []
    assert {part.type for part in parts} <= {"text", "text_special"}
    return "".join(part.content for part in parts)


@settings(max_examples=25, deadline=None)
@example([HOSTILE])
@given(st.lists(anything.filter(lambda text: "\0" not in text), min_size=1, max_size=40))
def test_a_shell_reads_the_text_back(texts: list[str]) -> None:
    script = "printf '%s\\0' " + " ".join(map(shell_string, texts))
    for shell in ("sh", "bash"):
        result = subprocess.run([shell], input=script.encode(), capture_output=True, check=True)
        assert result.stdout.decode().split("\0")[:-1] == texts


@settings(max_examples=10, deadline=None)
@example([HOSTILE])
@given(st.lists(anything, min_size=1, max_size=60))
def test_ruff_has_nothing_to_change_in_a_python_string(texts: list[str]) -> None:
    module = "".join(f"x = {python_string(text)}\n" for text in texts)
    result = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length=320", "-"],
        input=module.encode(),
        capture_output=True,
        check=True,
    )
    assert result.stdout.decode() == module


@pytest.mark.parametrize("text", STRANGE)
def test_strange_text_is_still_one_line(text: str) -> None:
    for write in (python_string, toml_string, yaml_string, markdown_text, shell_string):
        assert write(text).splitlines() == [write(text)]


ANSWERS = {
    "project_name": HOSTILE,
    "project_slug": "orders",
    "description": "注文 🚀 خدمة: " + HOSTILE + " \\",
    "author": 'José O\'Neil "Ünï" \\',
}


@pytest.mark.parametrize("chosen", LICENSES)
def test_the_licence_names_its_holder(bake: Bake, chosen: str) -> None:
    assert ANSWERS["author"] in bake(**ANSWERS, license=chosen).read("LICENSE")


@pytest.mark.parametrize("database", DATABASES)
def test_a_service_with_strange_text_is_valid_in_every_language(bake: Bake, database: str) -> None:
    service = bake(**ANSWERS, database=database)
    assert parse_all(service) >= {".py", ".toml", ".json"}
    project = tomllib.loads(service.read("pyproject.toml"))["project"]
    assert project["description"] == ANSWERS["description"]
    assert project["authors"][0]["name"] == ANSWERS["author"]


def parse_all(service: Service) -> set[str]:
    """Parse every file that has a parser; return the endings that were seen."""
    readers: dict[str, Callable[[str], object]] = {
        ".py": ast.parse,
        ".toml": tomllib.loads,
        ".json": json.loads,
        ".yml": lambda text: list(yaml.safe_load_all(text)),
        ".yaml": lambda text: list(yaml.safe_load_all(text)),
    }
    seen = set()
    for name in service.files():
        ending = "." + name.rpartition(".")[2]
        if ending in readers:
            readers[ending](service.read(name))
            seen.add(ending)
    return seen


def test_the_heading_shows_the_name(bake: Bake) -> None:
    service = bake(**ANSWERS)
    heading = service.read("README.md").splitlines()[0]
    assert shown(MarkdownIt("commonmark"), heading, "heading_open") == ANSWERS["project_name"]


def test_the_locale_changes_nothing(cookiecutter: Cookiecutter, bake: Bake) -> None:
    answers = [f"{question}={answer}" for question, answer in ANSWERS.items()]
    result = cookiecutter(*answers, "prove=none", LC_ALL="C", LANG="C", PYTHONIOENCODING="")
    assert result.returncode == 0, result.stderr
    plain, usual = Service(cookiecutter.output / "orders").files(), bake(**ANSWERS).files()
    assert plain == usual


def test_a_line_statement_takes_no_line_along_but_its_own() -> None:
    environment = Environment(
        extensions=["service_template.answers.extension.ServiceTemplate"],
        line_statement_prefix="#%",
        keep_trailing_newline=True,
    )
    source = "import a\n#% if chosen\nimport b\n#% endif\n\n\nclass C:\n    #% if chosen\n\n    d = 1\n    #% endif\n"

    assert environment.from_string(source).render(chosen=True) == (
        "import a\nimport b\n\n\nclass C:\n\n    d = 1\n"
    )
    assert environment.from_string(source).render() == "import a\n\n\nclass C:\n"
