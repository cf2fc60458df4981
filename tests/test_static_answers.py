"""Answers that change no code, only files that are read as they are: licences, texts and such.

Each pair of such an answer with any other one is in a service of `SERVICES`, whose files are
read by what reads their kind.
"""

import ast
import hashlib
import itertools
import json
import re
import shutil
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path, PurePath

import covertable
import pytest
import yaml
from editorconfig import get_properties
from markdown_it import MarkdownIt

from service_template.matrix.combinations import OPTIONS, QUESTIONS, STATIC, Choices
from service_template.matrix.deployment import check_dockerfile
from service_template.matrix.gates import GATES
from service_template.matrix.service import Service
from tests.conftest import SKELETON, Bake, git

TEXTS = {
    "project_name": ("Orders", 'O\'Neil & "Sons" <b>*Orders*</b> $HOME', "注文 🚀 خدمة", "N" * 80),
    "project_slug": ("orders", "a", "o-" + "2" * 58),
    "description": ("It's \"quoted\" # 'twice' \\", "a | b & ~c~ `d` [e](f) _g_", "é" * 300),
    "author": ('José O\'Neil "Ünï" \\', "A & B | C, Inc. <ab@example.com>", "著者" * 60),
    "email": ("team@example.com", "o'neil+a&b|{c}`$d=%@sub.example.co", f"{'e' * 64}@example.com"),
}
"""Texts that are allowed and awkward: quotes, markup, any script, and as long as they may be."""

LOOK_AT_FILES = [
    gate for gate in GATES if gate.name in ("files", "jinja", "readable", "traces", "named")
]

Answers = dict[str, str]

FACTORS = {**{question: QUESTIONS[question] for question in (*OPTIONS, *STATIC)}, **TEXTS}

SERVICES: list[Answers] = covertable.make(FACTORS)

each_service = pytest.mark.parametrize("answers", SERVICES, ids=range(len(SERVICES)))


def choices_of(answers: Answers) -> Choices:
    return tuple(answers[question] for question in (*OPTIONS, *STATIC))


def test_every_question_is_about_code_or_static_or_a_text() -> None:
    asked = {name for name in QUESTIONS if not name.startswith("_")}

    assert {*OPTIONS, *STATIC, *TEXTS, "prove"} == asked


def test_what_static_questions_bring_is_no_code() -> None:
    """But for tests of what they bring, which are run for each choice of deployment."""
    for path in (SKELETON / "_options").rglob("*.py"):
        is_static = set(path.relative_to(SKELETON).parts) & set(STATIC)
        assert not is_static or path.parts[-3:-1] == ("tests", "deploy"), path
    mentioned = re.compile(rf"\bcookiecutter\.({'|'.join(STATIC)})\b")
    for path in SKELETON.rglob("*.py"):
        assert not mentioned.search(path.read_text(encoding="utf-8")), path


def test_every_pair_of_answers_is_in_one_of_the_services() -> None:
    for first, second in itertools.combinations(FACTORS, 2):
        pairs = {(answers[first], answers[second]) for answers in SERVICES}
        assert pairs == set(itertools.product(FACTORS[first], FACTORS[second]))


@each_service
def test_gates_that_look_at_files_are_green(bake: Bake, answers: Answers) -> None:
    service = bake(**answers)

    for gate in LOOK_AT_FILES:
        assert gate.check(service, choices_of(answers)) == ""


def read_about(service: Service, name: str, answers: Answers) -> None:
    tree = ast.parse(service.read(name))
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert texts >= {answers[part] for part in ("project_slug", "project_name", "description")}


def read_toml(service: Service, name: str, answers: Answers) -> None:
    project = tomllib.loads(service.read(name))["project"]
    assert project["name"] == answers["project_slug"]
    assert project["description"] == answers["description"]
    assert project["authors"] == [{"name": answers["author"], "email": answers["email"]}]


def read_json(service: Service, name: str, answers: Answers) -> None:
    content = json.loads(service.read(name))
    if name == ".cruft.json":
        assert answers.items() <= content["context"]["cookiecutter"].items()


def read_yaml(service: Service, name: str, _answers: Answers) -> None:
    assert all(yaml.safe_load_all(service.read(name)))


def read_markdown(service: Service, name: str, answers: Answers) -> None:
    """The heading and the facts are shown as they were given, and links lead somewhere."""
    tokens = MarkdownIt("commonmark").enable("table").parse(service.read(name))
    parts = [part for token in tokens for part in token.children or ()]
    blocks = ["".join(part.content for part in token.children or ()) for token in tokens]
    if name == "README.md":
        assert blocks[1] == answers["project_name"]
        assert answers["description"] in blocks
        assert f"{answers['author']}, {answers['email']}" in blocks
    links = [str(part.attrs["href"]) for part in parts if part.type == "link_open"]
    files = [link.partition("#")[0] for link in links if "://" not in link]
    folder = (service.path / name).parent
    assert [file for file in files if file and not (folder / file).is_file()] == []


def read_licence(service: Service, name: str, answers: Answers) -> None:
    assert answers["author"] in service.read(name)


def read_make(service: Service, _name: str, _answers: Answers) -> None:
    result = service.run("make", "help")
    assert result.returncode == 0, result.stderr


def read_dockerfile(service: Service, _name: str, _answers: Answers) -> None:
    assert check_dockerfile(service) == ""


def read_lines(service: Service, name: str, _answers: Answers) -> None:
    assert service.read(name).splitlines()


def read_editorconfig(service: Service, name: str, _answers: Answers) -> None:
    """Every file is as editors are told to leave it."""
    assert get_properties(str(service.path / "app/main.py"))["max_line_length"] == "88"
    for path, content in service.files().items():
        told = get_properties(str(service.path / path))
        text = content.decode(told["charset"])
        assert (told["end_of_line"], told["insert_final_newline"]) == ("lf", "true")
        assert not text or (text.endswith("\n") and "\r" not in text), path
        if told.get("trim_trailing_whitespace") == "true":
            assert not re.search(r"[ \t]$", text, re.MULTILINE), path
        indents = {"space": " ", "tab": "\t"}
        other = indents["tab" if told["indent_style"] == "space" else "space"]
        assert not re.search(rf"^{other}", text, re.MULTILINE), path


def read_gitattributes(service: Service, name: str, _answers: Answers) -> None:
    with tempfile.TemporaryDirectory() as folder:
        git(Path(folder), "init", "--quiet")
        shutil.copy(service.path / name, folder)
        said = git(Path(folder), "check-attr", "--all", "app/main.py", "uv.lock")
    assert said.splitlines() == [
        "app/main.py: text: auto",
        "app/main.py: eol: lf",
        "uv.lock: text: auto",
        "uv.lock: eol: lf",
        "uv.lock: linguist-generated: set",
    ]


def read_digests(service: Service, name: str, _answers: Answers) -> None:
    """What was made is as it was made."""
    for line in service.read(name).splitlines():
        _mode, digest, path = line.split(" ", 2)
        assert hashlib.sha256((service.path / path).read_bytes()).hexdigest() == digest, path


# What reads a file, by its name or its ending.
READERS: dict[str, Callable[[Service, str, Answers], None]] = {
    ".dockerignore": read_lines,
    ".editorconfig": read_editorconfig,
    ".env.example": read_lines,
    ".gitattributes": read_gitattributes,
    ".gitignore": read_lines,
    ".ini": read_lines,
    ".json": read_json,
    ".managed.sha256": read_digests,
    ".mako": read_lines,
    ".md": read_markdown,
    ".toml": read_toml,
    ".txt": read_lines,
    ".yaml": read_yaml,
    ".yml": read_yaml,
    "AGENTS.md": read_lines,
    "CODEOWNERS": read_lines,
    "Dockerfile": read_dockerfile,
    "LICENSE": read_licence,
    "METADATA": read_lines,
    "Makefile": read_make,
}


@each_service
def test_what_reads_each_kind_of_file_finds_the_answers(bake: Bake, answers: Answers) -> None:
    service = bake(**answers)
    # Code is the same in all services but for what `app/core/service_info.py` says.
    paths = [path for path in map(PurePath, service.files()) if path.suffix != ".py"]
    readers = {str(path): READERS.get(path.name) or READERS.get(path.suffix) for path in paths}

    assert [name for name, reader in readers.items() if reader is None] == []
    read_about(service, "app/core/service_info.py", answers)
    for name, reader in readers.items():
        if reader:
            reader(service, name, answers)


@each_service
def test_the_readme_names_the_licence(bake: Bake, answers: Answers) -> None:
    line = f"| Licence | {answers['license']}, see [LICENSE](LICENSE) |"
    assert line in bake(**answers).read("README.md")
