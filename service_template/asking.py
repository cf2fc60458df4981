"""Asking for answers at a terminal: each question until its answer is fine."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cookiecutter.prompt import read_user_choice, read_user_variable
from jinja2 import Environment
from rich.prompt import Confirm

from service_template.answers.checks import check_asked
from service_template.answers.extension import ServiceTemplate
from service_template.answers.injection import questions_of
from service_template.answers.refusal import RefusedAnswer
from service_template.paths import TEMPLATE


def ask(questions: Mapping[str, Any], given: Mapping[str, str], output: Path) -> dict[str, str]:
    """Return an answer for each question, those given included.

    Args:
        questions: the default of each, or its choices, the default first; and `__prompts__`.
        given: answers that are not asked for.
        output: the folder in which the service's folder will lie.
    """
    environment = Environment(extensions=[ServiceTemplate], autoescape=False)
    shipped = questions_of(TEMPLATE)
    asked = [name for name in questions if not name.startswith("_") and name not in given]
    answers = dict(given)
    for number, question in enumerate(asked, 1):
        default = questions[question]
        if default == shipped[question] and isinstance(default, str):  # a text of the template's
            default = environment.from_string(default).render(cookiecutter=answers)
        read = read_user_choice if isinstance(default, list) else read_user_variable
        while question not in answers:
            place = f"  [dim][{number}/{len(asked)}][/] "
            answer = read(question, default, questions["__prompts__"], place)
            try:
                check_asked(environment, answer, question)
                refuse_existing(question, answer, output)
            except RefusedAnswer as refusal:
                print(f"    {refusal}")
            else:
                answers[question] = answer
    return answers


def refuse_existing(question: str, answer: str, output: Path) -> None:
    if question == "project_slug" and (output / answer).exists():
        raise RefusedAnswer(f"{output / answer} is there already: choose another slug.")


def is_wanted(answers: Mapping[str, str], output: Path) -> bool:
    """Show what will be made, and ask whether to go on."""
    print(f"\n  {output.absolute() / answers['project_slug']}")
    for question, answer in answers.items():
        print(f"    {question:14}{answer}")
    return Confirm.ask("Make it?", default=True)
