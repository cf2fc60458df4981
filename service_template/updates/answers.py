"""Which answers render the old version of a service, and which the new one."""

import shlex
from collections.abc import Mapping
from typing import Any

from service_template.errors import Refused

Answers = dict[str, Any]


def answers_of_old(questions: Mapping[str, Any], recorded: Mapping[str, Any]) -> Answers:
    """Return the recorded answers to the questions that the old version asks."""
    known = questions.get("_house", {})
    house = {key: value for key, value in recorded.get("_house", {}).items() if key in known}
    return {**_recorded(questions, recorded), "_house": house}


def answers_of_new(
    questions: Mapping[str, Any],
    old_questions: Mapping[str, Any],
    recorded: Mapping[str, Any],
    given: Mapping[str, str],
) -> Answers:
    """Return the answers for the new version: recorded ones, and those that are given now.

    New questions have their defaults. A standard of the house is the template's, unless this
    service was made with one of its own.

    Raises:
        Refused: a question or a choice is not there, or not any more.
    """
    for question in given:
        if question.startswith("_") or question not in questions:
            known = ", ".join(name for name in questions if not name.startswith("_"))
            raise Refused(f"ANSWERS: there is no question {question!r}; there are {known}.")
    answers = {**_recorded(questions, recorded), **given}
    for question, answer in answers.items():
        choices = questions[question]
        if isinstance(choices, list) and answer not in choices:
            raise Refused(
                f"{question}={answer} is no choice of this template (CHANGELOG.md says of those "
                f'that went what to do); choose with ANSWERS="{question}=…": {", ".join(choices)}.'
            )
    shipped, known = old_questions.get("_house", {}), questions.get("_house", {})
    house = {
        key: value
        for key, value in recorded.get("_house", {}).items()
        if key in known and value != shipped.get(key)
    }
    return {**answers, "_house": house}


def read_given(text: str) -> dict[str, str]:
    """Read `question=answer` words, quoted as in a shell.

    Raises:
        Refused: there is something else.
    """
    try:
        words = [word.partition("=") for word in shlex.split(text)]
    except ValueError as error:
        raise Refused(f"ANSWERS can't be read ({error}): quote each value once.") from None
    for question, is_answer, _ in words:
        if not is_answer:
            raise Refused(f"ANSWERS holds {question!r}, which is no question=answer.")
    return {question: answer for question, _, answer in words}


def _recorded(questions: Mapping[str, Any], recorded: Mapping[str, Any]) -> Answers:
    asked = [name for name in questions if not name.startswith("_")]
    return {question: recorded[question] for question in asked if question in recorded}
