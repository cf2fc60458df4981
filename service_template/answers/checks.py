"""Which answers make a service, and what a person is told about the others.

`cookiecutter.json` calls these while it asks, one `__check_…` entry behind each question. A
check returns nothing to show, or raises `RefusedAnswer`, whose text is the one line to print.
"""

import re
import sys
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jinja2 import Environment, pass_environment

from service_template.answers.caller import raw_answers
from service_template.answers.house import check_house, package_names, same_package
from service_template.answers.injection import questions_of, refuse_mark
from service_template.answers.refusal import RefusedAnswer, named, shown
from service_template.answers.slug import check_slug
from service_template.paths import TEMPLATE

# Characters that make text look like something else in a reviewer's editor: bidirectional
# controls (CVE-2021-42574), zero-width space, and the byte order mark inside a text.
INVISIBLE = re.compile("[\u200b\u202a-\u202e\u2066-\u2069\ufeff]")

MAILBOX = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*", re.ASCII)
DOMAIN_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)


def check_given() -> str:
    """Refuse what cookiecutter would warn of, or fail on: asked before the first question.

    Values that hold marks of Jinja were refused earlier, by `refuse_injection`.
    """
    _refuse_ignored_defaults()
    for question, answer in raw_answers().items():
        _refuse_no_choices(question, answer)
        if isinstance(answer, dict) and not question.startswith("_"):
            raise RefusedAnswer(f"{question} {shown(answer)} is refused: it must be text.")
    return ""


@pass_environment
def check_asked(environment: Environment, answer: Any, question: str) -> str:
    """Check one answer as soon as it is there, also for marks of the environment."""
    refuse_mark(question, answer, environment)
    return check_answer(answer, question)


def check_answer(answer: Any, question: str) -> str:
    """Check one answer; returns an empty text, so that a `__check_…` entry shows nothing.

    Raises:
        RefusedAnswer: the answer is none that this question has.
    """
    default = _questions()[question]
    if question in CHECKS:
        CHECKS[question](answer)
    elif isinstance(default, list):
        _refuse_other(question, answer, default)
    else:
        _text(question, 300)(answer)
    return ""


def check_answers(answers: Mapping[str, Any]) -> str:
    """Check all answers once more, and together.

    Answers from a replay file were checked when they were given, but may have been edited.
    """
    for question in _questions():
        if question in CHECKS or not question.startswith("_"):
            check_answer(answers[question], question)
    for belong_together, line in PAIRS:
        if not belong_together(answers):
            raise RefusedAnswer(line.format(**answers))
    return ""


def _text(question: str, longest: int) -> Callable[[Any], None]:
    def check(answer: Any) -> None:
        wrong = _wrong_with_text(answer, longest)
        if wrong:
            raise RefusedAnswer(f"{question} {shown(answer)} is refused: {wrong}.")

    return check


def _wrong_with_text(answer: Any, longest: int) -> str | None:
    if not isinstance(answer, str):
        return "it must be text; put it in quotes"
    if not answer.strip():
        return "it is empty; give a few words"
    if len(answer) > longest:
        return f"it has {len(answer)} characters; shorten it to {longest}"
    bad = next((char for char in answer if _is_control(char)), None)
    if bad is not None:
        return f"it holds {named(bad)}; leave that character out"
    if answer != answer.strip():
        return "it starts or ends with white space; leave that out"
    return None


def _is_control(char: str) -> bool:
    category = unicodedata.category(char)
    return category in ("Cc", "Cs", "Zl", "Zp") or bool(INVISIBLE.match(char))


def _check_email(answer: Any) -> None:
    _text("email", 254)(answer)
    mailbox, _, domain = answer.rpartition("@")
    labels = domain.split(".")
    if not (
        len(mailbox) <= 64
        and MAILBOX.fullmatch(mailbox)
        and len(labels) >= 2
        and all(DOMAIN_LABEL.fullmatch(label) for label in labels)
    ):
        raise RefusedAnswer(
            f"email {shown(answer)} is refused: it must look like name@example.com, in ASCII."
        )


def _refuse_other(question: str, answer: Any, choices: Sequence[str]) -> None:
    if answer not in choices:
        raise RefusedAnswer(
            f"{question} {shown(answer)} is refused: choose one of {', '.join(choices)}."
        )


def _refuse_no_choices(question: str, answer: Any) -> None:
    """A house may offer fewer choices, by a list of those that are left; one has to be."""
    if answer == []:
        raise RefusedAnswer(f"{question} [] is refused: offer one choice or more.")


def _refuse_ignored_defaults() -> None:
    """Turn cookiecutter's warning about a config file's impossible choice into a refusal.

    Cookiecutter warns, drops that and all later defaults of the file, and goes on: the
    service would not be the one that the house asked for. The warning is on record in the
    module that gave it (https://docs.python.org/3/library/warnings.html#the-warnings-filter).
    """
    given = vars(sys.modules["cookiecutter.generate"]).get("__warningregistry__", {})
    for key in list(given):
        if isinstance(key, tuple) and str(key[0]).startswith("Invalid default received: "):
            del given[key]
            problem = str(key[0]).removeprefix("Invalid default received: ")
            raise RefusedAnswer(f"The config file's default_context is refused: {problem}")


def _questions() -> dict[str, Any]:
    return questions_of(TEMPLATE)


# Others have the choices of `cookiecutter.json`, or a text of one line.
CHECKS: dict[str, Callable[[Any], None]] = {
    "project_name": _text("project_name", 80),
    "project_slug": check_slug,
    "author": _text("author", 120),
    "email": _check_email,
    "_house": check_house,
    "_git": lambda answer: _refuse_other("_git", answer, ("commit", "none")),
}

# Answers that do not go together: whether they do, and the line that names both.
PAIRS: tuple[tuple[Callable[[Mapping[str, Any]], bool], str], ...] = (
    (
        lambda answers: answers["_house"]["python_min"] == answers["_house"]["python_versions"][0],
        "_house.python_min {_house[python_min]} and _house.python_versions "
        "{_house[python_versions]} do not go together: the list must start with the minimum.",
    ),
    (
        lambda answers: (
            not any(same_package(answers["project_slug"], name) for name in package_names(answers))
        ),
        "project_slug {project_slug} is one of _house.dependencies, {_house[dependencies]}: "
        "a service cannot depend on a package of its own name.",
    ),
)
