"""Answers: each refusal in one line, beside what it lets through."""

import keyword
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from cookiecutter.generate import generate_context
from cookiecutter.prompt import prompt_for_config
from hypothesis import given, settings
from hypothesis import strategies as st

from service_template.answers.refusal import RefusedAnswer
from service_template.answers.reserved import DEPENDENCIES, PYTHON_KEYWORDS, STANDARD_LIBRARY
from service_template.answers.slug import SHAPE, slug
from service_template.matrix.combinations import COVERING, QUESTIONS, Choices, named
from service_template.matrix.service import last_line
from service_template.paths import TEMPLATE
from tests import terminal
from tests.conftest import DATABASES, Bake, Cookiecutter
from tests.hooks import answers_of

CYRILLIC_A = "\u0430"


def answered(**answers: Any) -> dict[str, Any]:
    """Answer questions as the command line does, and return all answers after the checks."""
    context = generate_context(str(TEMPLATE / "cookiecutter.json"), extra_context=answers)
    return dict(prompt_for_config(context, no_input=True))


def refusal(**answers: Any) -> str:
    """Return the line with which the answers are refused."""
    with pytest.raises(RefusedAnswer) as refused:
        answered(**answers)
    return str(refused.value)


@pytest.mark.parametrize(
    "given_slug",
    ["a", "orders", "order-service", "service2", "s3-2-x", "cons", "testing", "x" * 60],
)
def test_a_slug_of_small_letters_digits_and_hyphens_is_taken(given_slug: str) -> None:
    assert answered(project_slug=given_slug)["project_slug"] == given_slug


@pytest.mark.parametrize(
    ("given_slug", "reason"),
    [
        ("", "empty"),
        (".", 'not "."'),
        ("..", 'not "."'),
        ("../orders", 'not "."'),
        ("/abs", 'not "/"'),
        ("a/b", 'not "/"'),
        ("a\\b", 'not "\\"'),
        ("order service", "not spaces"),
        ("Orders", "not capitals"),
        ("order_service", 'not "_"'),
        ("1st", "start with a letter"),
        ("-x", "start with a letter"),
        ("x-", "single hyphens"),
        ("a--b", "single hyphens"),
        ("größe", "U+00F6 LATIN SMALL LETTER O WITH DIAERESIS"),
        (f"p{CYRILLIC_A}yments", "U+0430 CYRILLIC SMALL LETTER A"),
        ("or\nders", "U+000A"),
        ("orders\n", "U+000A"),
        ("or\0ders", "U+0000"),
        ("x" * 61, "61 characters, and 60 are the most"),
        ("con", "a device on Windows"),
        ("nul", "a device on Windows"),
        ("lpt1", "a device on Windows"),
        ("CON", "not capitals"),
        ("class", "a Python keyword"),
        ("none", "a Python keyword"),
        ("match", "a Python keyword"),
        ("type", "a Python keyword"),
        ("json", "Python's standard library"),
        ("asyncio", "Python's standard library"),
        ("distutils", "Python's standard library"),
        ("fastapi", "a package that the service depends on"),
        ("prometheus-client", "a package that the service depends on"),
        ("app", "a folder of the service itself"),
        ("tests", "a folder of the service itself"),
    ],
)
def test_another_slug_is_refused(given_slug: str, reason: str) -> None:
    line = refusal(project_slug=given_slug)
    assert line.startswith("project_slug ")
    assert reason in line
    assert re.search("give another, such as project_slug=[a-z]", line)
    assert line.isprintable()


@pytest.mark.parametrize(
    ("project_name", "expected"),
    [
        ("My Service", "my-service"),
        ("O'Neil's Orders", "oneils-orders"),
        ("Żółte Größen æ", "zolte-grossen-ae"),
        ("order_service", "order-service"),
        ("3D Viewer", "service-3d-viewer"),
        ("Redis", "redis-service"),
        ("注文 Orders 🚀", "orders"),
        ("A" * 80, "a" * 60),
    ],
)
def test_the_slug_is_taken_from_the_name(project_name: str, expected: str) -> None:
    assert answered(project_name=project_name)["project_slug"] == expected


@pytest.mark.parametrize("project_name", ["注文サービス", "🚀", "خدمة", "!!!"])
def test_a_name_without_latin_letters_needs_a_slug_of_its_own(project_name: str) -> None:
    assert "no Latin letters" in refusal(project_name=project_name)
    assert answered(project_name=project_name, project_slug="orders")


@settings(deadline=None)  # cookiecutter reads its files anew each time
@given(st.text(max_size=80).filter(lambda name: re.search("[A-Za-z]", name)))
def test_any_name_with_a_latin_letter_gives_a_slug_that_is_taken(project_name: str) -> None:
    derived = slug(project_name)
    assert SHAPE.fullmatch(derived)
    assert answered(project_slug=derived)["project_slug"] == derived


def test_the_lists_of_reserved_names_know_this_python() -> None:
    public = {name for name in sys.stdlib_module_names if not name.startswith("_")}
    assert public <= STANDARD_LIBRARY
    words = {word.lower() for word in (*keyword.kwlist, *keyword.softkwlist)} - {"_"}
    assert words <= PYTHON_KEYWORDS


@pytest.mark.parametrize("answers", COVERING, ids=" ".join)
def test_the_list_of_dependencies_knows_what_services_need(bake: Bake, answers: Choices) -> None:
    project = tomllib.loads(bake(**named(answers)).read("pyproject.toml"))
    needed = {*project["project"]["dependencies"], *project["dependency-groups"]["dev"]}
    needed -= set(QUESTIONS["_house"]["dependencies"])
    names = {re.split(r"[^\w.-]", requirement)[0].lower() for requirement in needed}
    assert names <= DEPENDENCIES


TEXTS = ("project_name", "description", "author")
STRANGE = (
    'O\'Neil "x" \\ \'\'\' """ $HOME %s : # yes',
    "ends with a backslash \\",
    "注文サービス",
    "👩‍👩‍👧‍👦 🚀",
    "خدمة الطلبات",
    "- a list? # a heading? 1. | a table |",
    "{ single braces } %}",
)


@pytest.mark.parametrize("question", TEXTS)
@pytest.mark.parametrize("text", STRANGE)
def test_text_in_any_script_and_with_any_mark_is_taken(question: str, text: str) -> None:
    answers = answered(project_slug="orders", **{question: text})
    assert answers[question] == text


@pytest.mark.parametrize("question", [*TEXTS, "email"])
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is empty"),
        ("   ", "it is empty"),
        (" a", "white space"),
        ("a ", "white space"),
        ("a\u3000", "white space"),
        ("a\nb", "U+000A"),
        ("a\tb", "U+0009"),
        ("a\0b", "U+0000"),
        ("a\x1bb", "U+001B"),
        ("a\x7fb", "U+007F"),
        ("a\x85b", "U+0085"),
        ("a\u2028b", "U+2028 LINE SEPARATOR"),
        ("a\udc80b", "U+DC80"),
        ("a\u202eb", "U+202E RIGHT-TO-LEFT OVERRIDE"),
        ("a\u200bb", "U+200B ZERO WIDTH SPACE"),
        ("a {{ 7 * 7 }}", "it holds {{"),
        ("a {{ unclosed", "it holds {{"),
        ("a {{ cookiecutter.nothing }}", "it holds {{"),
        ("a {% raw %}", "it holds {%"),
        ("a {# b", "it holds {#"),
        ("a" * 301, "301 characters"),
    ],
)
def test_text_that_cannot_be_written_everywhere_is_refused(
    question: str, text: str, reason: str
) -> None:
    line = refusal(project_slug="orders", **{question: text})
    assert line.startswith(f"{question} ")
    assert reason in line
    assert line.isprintable()


@pytest.mark.parametrize(
    ("question", "longest"), [("project_name", 80), ("description", 300), ("author", 120)]
)
def test_text_may_be_as_long_as_its_limit(question: str, longest: int) -> None:
    assert answered(project_slug="orders", **{question: "ä" * longest})
    assert f"shorten it to {longest}" in refusal(**{question: "ä" * (longest + 1)})


@pytest.mark.parametrize(
    "email",
    [
        "team@example.com",
        "first.last+tag@sub.example.co.uk",
        "o'neil@example.com",
        "a@1.example",
        f"{'a' * 64}@example.com",
    ],
)
def test_an_email_address_is_taken(email: str) -> None:
    assert answered(email=email)["email"] == email


@pytest.mark.parametrize(
    "email",
    [
        "team",
        "team@example",
        "@example.com",
        "team@",
        "a@b@example.com",
        "a b@example.com",
        "a..b@example.com",
        ".a@example.com",
        "a@-b.example",
        "a@b..example",
        "a@example.com.",
        "tëam@example.com",
        "team@exämple.com",
        "Team <team@example.com>",
        f"{'a' * 65}@example.com",
        f"a@{'b' * 64}.example",
    ],
)
def test_another_email_address_is_refused(email: str) -> None:
    assert "must look like name@example.com" in refusal(email=email)


@pytest.mark.parametrize("question", ["database", "license", "prove"])
def test_a_choice_that_does_not_exist_is_refused(cookiecutter: Cookiecutter, question: str) -> None:
    result = cookiecutter(f"{question}=oracle")
    assert result.returncode == 1
    assert f"oracle provided for choice variable {question}, but the choices are" in last_line(
        result.stderr
    )
    assert list(cookiecutter.output.iterdir()) == []


@pytest.mark.parametrize(
    "answer", ["project_slug=../x", "description={{ x", "email=nobody", "author=a\nb"]
)
def test_a_refusal_is_one_line_and_leaves_nothing(cookiecutter: Cookiecutter, answer: str) -> None:
    result = cookiecutter(answer)
    assert result.returncode == 1
    assert len((result.stdout + result.stderr).splitlines()) == 1
    assert list(cookiecutter.output.iterdir()) == []


def test_an_answer_is_refused_before_the_next_question(cookiecutter: Cookiecutter) -> None:
    status, screen = typed(cookiecutter, "Orders", "Orders/2")
    assert status == 1
    assert 'project_slug "Orders/2" is refused' in screen
    assert "Description" not in screen


def test_questions_are_asked_in_order_with_a_sentence_for_each_choice(
    tiny: Cookiecutter,
) -> None:
    questions = [name for name in QUESTIONS if not name.startswith("_")]
    answers = {"project_name": "Orders", "database": str(len(DATABASES)), "prove": "2"}
    status, screen = typed(tiny, *(answers.get(name, "") for name in questions))
    assert status == 0
    asked = re.findall(rf"\[(\d+)/{len(questions)}\]", screen)
    assert asked == [str(number) for number in range(1, len(questions) + 1)]
    for question, sentences in QUESTIONS["__prompts__"].items():
        for choice in QUESTIONS[question] if isinstance(QUESTIONS[question], list) else ():
            assert sentences[choice] in screen
    assert answers_of(tiny.output / "orders")["database"] == DATABASES[-1]


def typed(cookiecutter: Cookiecutter, *lines: str) -> tuple[int, str]:
    """Answer the questions of cookiecutter; return the exit status and what the screen showed."""
    variables = {"HOME": str(cookiecutter.home), "SERVICE_PROVE": "none"}
    command = [sys.executable, "-m", "cookiecutter", str(cookiecutter.template)]
    return terminal.typed(command, *lines, cwd=cookiecutter.output, **variables)


def test_answers_of_a_replay_file_are_checked_again(
    cookiecutter: Cookiecutter, tmp_path: Path
) -> None:
    assert cookiecutter().returncode == 0
    [kept] = (cookiecutter.home / ".cookiecutter_replay").glob("*.json")
    edited = tmp_path / "edited.json"
    edited.write_text(kept.read_text().replace('"my-service"', '"My-Service"'))
    result = cookiecutter.run(str(TEMPLATE), "--replay-file", edited)
    assert result.returncode == 1
    assert "not capitals" in last_line(result.stdout)
    assert [path.name for path in cookiecutter.output.iterdir()] == ["my-service"]


def test_two_answers_that_do_not_go_together_are_both_named() -> None:
    house = {"python_min": "3.12", "python_versions": ["3.11", "3.12"]}
    line = refusal(_house=house)
    assert "_house.python_min 3.12 and _house.python_versions ['3.11', '3.12']" in line
    assert answered(_house={"python_min": "3.12", "python_versions": ["3.12", "3.13"]})
