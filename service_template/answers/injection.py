"""Answers are text: Jinja never runs anything in them, however they were given.

Cookiecutter renders the default of each question, and the defaults include the values from the
command line, a config file, `.cruft.json` or a form. Three barriers keep these values from running:

- `refuse_injection` looks at all values before an environment renders anything.
- `Sources` lets an environment compile the template's own texts only. All others become literals.
- `__check_given` in `cookiecutter.json` needs this package. A config file can neither replace
  it, since it is a list in a list, nor do without it by removing the extension.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment

from service_template.answers.caller import context_of_environment, is_asking
from service_template.answers.refusal import RefusedAnswer, shown

MOST_VALUES = 500  # in one answer; aliases of YAML make billions of a few lines
LONGEST_NUMBER = 64  # bits; Python does not print numbers of more than 4,300 digits

# These decide what an environment loads and how it reads a file.
OWN_SETTINGS = ("_extensions", "_jinja2_env_vars", "_copy_without_render", "_new_lines")
FORMERLY_SHIPPED = {"_jinja2_env_vars": {"line_statement_prefix": "#%"}}  # 0.1.0 and 0.2.0

OPEN = ("_house", "_git")  # not asked for, and checked like answers

# Cookiecutter and cruft add these after they have asked: paths and addresses, never rendered.
ADDED = ("_template", "_output_dir", "_repo_dir", "_checkout", "_commit")


def refuse_injection(environment: Environment, template: Path) -> None:
    """Refuse values that hold a mark of Jinja, and settings that belong to the template.

    Raises:
        RefusedAnswer: naming the value.
    """
    shipped = {**FORMERLY_SHIPPED, **questions_of(template)}
    asking = is_asking()
    for name, value in context_of_environment().items():
        if value == shipped.get(name) or name in ADDED:
            continue
        is_private = name.startswith("_") and name not in OPEN
        if name in OWN_SETTINGS or (asking and is_private):
            raise RefusedAnswer(f"{name} is refused: the template sets it; leave it out.")
        if not name.startswith("__"):  # by now rendered from the template's own text
            _refuse_size(name, value)
            refuse_mark(name, value, environment)


def refuse_mark(name: str, value: object, environment: Environment) -> None:
    """Refuse a value that an environment could take for a template.

    Raises:
        RefusedAnswer: naming the mark.
    """
    if mark := find_mark(value, environment):
        raise RefusedAnswer(
            f"{name} {shown(value)} is refused: it holds {mark}, which is a mark of Jinja; "
            "leave it out."
        )


def find_mark(value: object, environment: Environment) -> str | None:
    """Return a mark of the environment that some text in a value holds, keys included."""
    starts = (
        environment.variable_start_string,
        environment.block_start_string,
        environment.comment_start_string,
        environment.line_statement_prefix,
        environment.line_comment_prefix,
    )
    marks = [mark for mark in starts if mark]
    texts = (part for part in _parts_of(value) if isinstance(part, str))
    return next((mark for text in texts for mark in marks if mark in text), None)


class Sources:
    """The texts of a template that Jinja may compile.

    Cookiecutter compiles defaults, hooks and names of files from text. It also compiles the whole
    path of a folder, in which an answer stands by then.
    """

    def __init__(self, template: Path) -> None:
        self._template = template

    def literal_unless_shipped(self, source: str, environment: Environment) -> str:
        """Return a shipped text as it is, and any other one as a literal of Jinja."""
        if not find_mark(source, environment) or source in self._shipped:
            return source
        return _literal(source, environment)

    @cached_property
    def _shipped(self) -> frozenset[str]:
        parts = _parts_of(questions_of(self._template))
        texts = {part for part in parts if isinstance(part, str)}
        for hook in (self._template / "hooks").glob("*.py"):
            texts.add(hook.read_text(encoding="utf-8"))
        for skeleton in self._template.glob("{{cookiecutter.*}}"):
            texts.add(skeleton.name)
            texts.update(str(path.relative_to(skeleton)) for path in skeleton.rglob("*{{*"))
        return frozenset(texts)


def questions_of(template: Path) -> dict[str, Any]:
    """Return a template's `cookiecutter.json`."""
    return dict(json.loads((template / "cookiecutter.json").read_text(encoding="utf-8")))


def _refuse_size(name: str, value: object) -> None:
    for number, part in enumerate(_parts_of(value)):
        if number >= MOST_VALUES:
            raise RefusedAnswer(f"{name} is refused: it holds more than {MOST_VALUES} values.")
        if isinstance(part, int) and part.bit_length() > LONGEST_NUMBER:
            raise RefusedAnswer(f"{name} is refused: it holds a number that is too large.")


def _parts_of(value: object) -> Iterator[object]:
    """Yield a value and all that is in it."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        yield part
        if isinstance(part, Mapping):
            waiting += [*part.keys(), *part.values()]
        elif isinstance(part, (list, tuple, set, frozenset)):
            waiting += part


def _literal(text: str, environment: Environment) -> str:
    escaped = "".join(
        f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}" for char in text
    )
    return f'{environment.variable_start_string} "{escaped}" {environment.variable_end_string}'
