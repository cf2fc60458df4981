"""Making a service: ask, generate, verify. It is what `service-template new` and `make service` do.

With answers, or without a terminal, nothing is asked.
"""

import json
import logging
import os
import shlex
import shutil
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import yaml
from cookiecutter.config import get_user_config
from cookiecutter.exceptions import (
    CookiecutterException,
    FailedHookException,
    OutputDirExistsException,
)
from cookiecutter.generate import generate_context
from cookiecutter.main import cookiecutter
from jinja2 import TemplateError

from service_template.answers.caller import half_made, running_hook
from service_template.asking import ask, is_wanted
from service_template.errors import Refused
from service_template.paths import TEMPLATE
from service_template.signals import on_stop

LONGEST_CONFIG = 100_000  # characters
DEEPEST_CONFIG = 20  # collections within each other
Questions = dict[str, Any]
received: list[int] = []  # signals that asked to stop, oldest first


class Stopped(BaseException):
    """A signal asked to stop while no hook was at work."""


def make(answers: str, output: Path, config: Path | None, *, keep: bool, verify: bool) -> int:
    """Make a service; return the exit status.

    Args:
        answers: `database=mysql author='The Team'`, quoted as in a shell.
        output: the folder in which its folder will lie.
        config: a cookiecutter config file with a house's defaults.
        keep: keep a service that could not be verified.
        verify: whether its own tests are run, unless an answer says that they are not.
    """
    on_stop(stop)
    os.environ.setdefault("SERVICE_WAY_IN", "command")  # hooks give advice for this way in
    warnings.filterwarnings("error", message="Invalid default received")
    logging.getLogger("cookiecutter").addHandler(logging.NullHandler())
    output = output.expanduser()
    file = str(config.expanduser()) if config else None
    asked: dict[str, str] = {}
    try:
        given = read_answers(answers, read_questions(file))
        if not verify:
            given = {"prove": "none", **given}
        if not answers and sys.stdin.isatty() and sys.stdout.isatty():
            defaults = get_user_config(config_file=file)["default_context"]
            shown = generate_context(str(TEMPLATE / "cookiecutter.json"), defaults)
            given = asked = ask(shown["cookiecutter"], given, output)
            if not is_wanted(asked, output):
                raise Stopped
        generate(given, output, file, keep=keep)
    except BaseException as error:
        if folder := half_made(error):
            shutil.rmtree(folder, ignore_errors=True)
        say(one_line(error, output, keep=keep))
        if asked:
            words = shlex.quote(shlex.join(f"{name}={answer}" for name, answer in asked.items()))
            say(
                f"The same answers again: {AGAIN.get(os.environ['SERVICE_WAY_IN'], AGAIN['make'])}{words}"
            )
        return 128 + received[0] if received else 1
    return 0


AGAIN = {"command": "service-template new --answers ", "make": "make service ANSWERS="}


def say(line: str) -> None:
    shown = (char if char.isprintable() else ascii(char)[1:-1] for char in line)
    print("".join(shown), file=sys.stderr)


def read_questions(config: str | None) -> Questions:
    """Return what is asked; a config file may leave out choices, by a list of those it offers.

    Raises:
        Refused: cookiecutter would fail on the config file, or ignore it in part.
    """
    questions: Questions = json.loads((TEMPLATE / "cookiecutter.json").read_text(encoding="utf-8"))
    if not config:
        return questions
    try:
        with Path(config).open(encoding="utf-8") as file:
            text = file.read(LONGEST_CONFIG + 1)
        refuse_bomb(text)
        content = yaml.safe_load(text) or {}
        defaults = dict(content.get("default_context") or {})
        json.dumps(defaults, default=str, skipkeys=True)  # a number may be too long to be shown
    except (OSError, UnicodeDecodeError, yaml.YAMLError, AttributeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise Refused(
            f"CONFIG={config} cannot be read as a cookiecutter config: {reason}"
        ) from None
    for question, default in defaults.items():
        offered = default if isinstance(default, list) else [default]
        for choice in offered:
            check_known(f"default_context of {config}", question, choice, questions)
    return questions | {name: offer for name, offer in defaults.items() if isinstance(offer, list)}


def refuse_bomb(text: str) -> None:
    """Refuse YAML that takes far more time or memory than its length suggests.

    Raises:
        ValueError: it is too long or too deep, or it has aliases, which repeat what they name.
    """
    if len(text) > LONGEST_CONFIG:
        raise ValueError(f"it is longer than {LONGEST_CONFIG} characters")
    depth = 0
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        if isinstance(token, yaml.AliasToken):
            raise ValueError(f"the alias *{token.value} is not allowed: write its value out")
        depth += isinstance(token, STARTS) - isinstance(token, ENDS)
        if depth > DEEPEST_CONFIG:
            raise ValueError(f"it is nested deeper than {DEEPEST_CONFIG} levels")


STARTS = (
    yaml.BlockMappingStartToken,
    yaml.BlockSequenceStartToken,
    yaml.FlowMappingStartToken,
    yaml.FlowSequenceStartToken,
)
ENDS = (yaml.BlockEndToken, yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)


def read_answers(text: str, questions: Questions) -> dict[str, str]:
    """Read `key=value` words, quoted as in a shell.

    Raises:
        Refused: for a question or a choice that does not exist, listing those that do.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise Refused(f"ANSWERS cannot be read ({error}): quote each value once.") from None
    answers = {}
    for word in words:
        question, is_answer, answer = word.partition("=")
        if not is_answer:
            raise Refused(f"ANSWERS holds {word!r}, which is not of the form question=answer.")
        check_known("ANSWERS", question, answer, questions)
        answers[question] = answer
    return answers


def check_known(where: str, question: str, answer: Any, questions: Questions) -> None:
    known = [name for name in questions if not name.startswith("_")]
    if question not in known and question not in ("_house", "_git"):
        raise Refused(f"{where}: there is no question {question!r}; there are {listed(known)}.")
    choices = questions[question]
    if isinstance(choices, list) and answer not in choices:
        raise Refused(f"{where}: {question}={answer} is no choice; choose {listed(choices)}.")


def listed(names: Sequence[str]) -> str:
    return ", ".join(names)


def generate(answers: dict[str, str], output: Path, config: str | None, *, keep: bool) -> None:
    cookiecutter(
        str(TEMPLATE),
        no_input=True,
        extra_context=answers,
        output_dir=str(output),
        config_file=config,
        keep_project_on_failure=keep,
    )


def one_line(error: BaseException, output: Path, *, keep: bool) -> str:
    """Say what went wrong, unless a hook has said it already, and more exactly."""
    if received or isinstance(error, (Stopped, EOFError)):
        left = "what was made is kept" if keep else "no service was made"
        return f"Stopped: {left}."
    if type(error) is FailedHookException:
        return "The service was kept as it is." if keep else "No service was made."
    if isinstance(error, OutputDirExistsException):
        return f"{error}: choose another project_slug or OUTPUT, or delete it."
    if isinstance(error, (CookiecutterException, Refused, UserWarning, TemplateError)):
        return f"No service was made: {error}"
    if isinstance(error, OSError):
        return f"No service was made in {output}: {error}"
    raise error


def stop(number: int, _frame: FrameType | None) -> None:
    """Hand a signal to the hook, if one is at work: it tidies up and ends; else stop here."""
    received.append(number)
    if hook := running_hook():
        hook.send_signal(number)
    else:
        raise Stopped
