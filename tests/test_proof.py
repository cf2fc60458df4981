"""The proof itself: nothing is left out, what was green stays known, failures can be repeated."""

import json
import re
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.console import Console

from service_template.matrix.combinations import (
    COVERING,
    EVERY,
    OPTIONS,
    QUESTIONS,
    Choices,
    chosen_from,
    sharded,
)
from service_template.matrix.gates import GATES, WITHOUT_DATABASE, Gate, complaint_of_tests
from service_template.matrix.proving import chosen_gates, main, number_at_once, prove, prove_all
from service_template.matrix.report import Result, Verdict, print_table, write_json, write_page
from service_template.matrix.service import Service, run
from service_template.matrix.workshop import NotMade, Workshop
from service_template.paths import TEMPLATE
from tests.conftest import SKELETON

FIRST = EVERY[0]
COUNT = len(EVERY)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, COUNT])
def test_shards_have_each_combination_once(count: int) -> None:
    shards = [sharded(EVERY, f"{number}/{count}") for number in range(1, count + 1)]

    assert sorted(row for shard in shards for row in shard) == sorted(EVERY)
    assert {len(shard) for shard in shards} <= {COUNT // count, COUNT // count + 1}


def test_without_a_shard_everything_is_done() -> None:
    assert sharded(EVERY, "") == EVERY


def test_choices_pick_the_combinations_that_have_all_of_them() -> None:
    assert chosen_from("") == EVERY
    assert chosen_from("jwt postgresql") == tuple(
        row for row in EVERY if row[0] == "postgresql" and row[2] == "jwt"
    )
    assert chosen_from(" ".join(FIRST)) == (FIRST,)


def test_the_combinations_of_each_test_run_begin_with_the_smallest_and_the_fullest() -> None:
    assert COVERING[0] == tuple(QUESTIONS[option][0] for option in OPTIONS)
    assert COVERING[1] == ("postgresql", "redis", "jwt", "taskiq")
    assert len(set(COVERING)) == len(COVERING)


REFUSED = [
    ({"only": "oracle"}, "There is no choice 'oracle'; there are embedded, "),
    ({"only": "jwt oidc"}, "No combination has all of jwt, oidc."),
    ({"gate": "files beauty"}, "There is no gate beauty; there are files, "),
    ({"at_once": "0"}, "JOBS_AT_ONCE=0 is none: give a whole number from 1 on."),
    ({"at_once": "all"}, "JOBS_AT_ONCE=all is none: give a whole number from 1 on."),
    ({"shard": f"{COUNT + 1}/{COUNT + 1}"}, f"SHARD={COUNT + 1}/{COUNT + 1} has nothing to do: "),
    *(
        ({"shard": shard}, f"SHARD={shard} is none: give its number and their count, as in 2/8.")
        for shard in ("2", "0/8", "9/8", "1/0", "-1/8", "a/b", "1/2/3", "2/", "/8", "1.5/2")
    ),
]


@pytest.mark.parametrize(("asked", "line"), REFUSED, ids=str)
def test_what_is_not_understood_is_refused_in_one_line(
    asked: dict[str, str],
    line: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = {"only": "", "shard": "", "gate": "", "at_once": "", **asked}

    assert main(**given, slow=False) == 1

    said = capsys.readouterr()
    assert said.err.startswith(line)
    assert said.err.count("\n") == 1
    assert said.out == ""


def test_services_are_proven_side_by_side() -> None:
    assert number_at_once("3") == 3
    assert number_at_once("") >= 1


def test_gates_are_run_in_their_order_the_slow_one_only_if_asked_for() -> None:
    assert chosen_gates("", slow=False) == GATES
    assert [gate.name for gate in chosen_gates("", slow=True)][-1] == "slow"
    assert [gate.name for gate in chosen_gates("types files", slow=False)] == ["files", "types"]


@pytest.mark.parametrize("file", WITHOUT_DATABASE)
def test_slow_tests_that_most_services_leave_out_are_there(file: str) -> None:
    assert "pytest.mark.slow" in (SKELETON / file).read_text(encoding="utf-8")


class Stopped(BaseException):
    """Somebody stops the proof."""


class MadeUp(Workshop):
    """Makes services of nothing."""

    def make(self, choices: Choices, *_more: Path | None) -> Service:
        return Service(self.folder / "-".join(choices))


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return MadeUp(tmp_path)


def gate(name: str, *found: str | BaseException) -> tuple[Gate, Callable[[], int]]:
    """Return a gate that finds one thing after another, and how often it has looked."""
    left = list(found)

    def check(_service: Service, _choices: Choices) -> str:
        now = left.pop(0)
        if isinstance(now, BaseException):
            raise now
        return now

    return Gate(name, check), lambda: len(found) - len(left)


def test_a_run_that_was_stopped_goes_on_where_it_was(workshop: Workshop) -> None:
    first, looks_of_first = gate("first", "")
    second, looks_of_second = gate("second", Stopped(), "")

    with pytest.raises(Stopped):
        prove(FIRST, [first, second], workshop)
    verdict = prove(FIRST, [first, second], workshop)

    assert [result.gate for result in verdict.results] == ["first", "second"]
    assert verdict.failures == []
    assert (looks_of_first(), looks_of_second()) == (1, 2)


def test_only_what_was_green_stays_known(workshop: Workshop) -> None:
    good, looks_of_good = gate("good", "")
    bad, looks_of_bad = gate("bad", "broken", "")

    assert [found.complaint for found in prove(FIRST, [good, bad], workshop).failures] == ["broken"]
    assert prove(FIRST, [good, bad], workshop).failures == []
    assert (looks_of_good(), looks_of_bad()) == (1, 2)


def test_a_gate_that_is_asked_for_looks_again(workshop: Workshop) -> None:
    good, looks = gate("good", "", "")

    prove(FIRST, [good], workshop)
    prove(FIRST, [good], workshop, again=True)

    assert looks() == 2


def test_a_service_that_cannot_be_made_fails(tmp_path: Path) -> None:
    class Refusing(Workshop):
        def make(self, choices: Choices, *_more: Path | None) -> Service:
            raise NotMade("no way")

    verdict = prove(FIRST, GATES, Refusing(tmp_path))

    assert [failure.complaint for failure in verdict.failures] == ["no way"]


GREEN = Verdict(EVERY[1], (Result("files", 0.1), Result("types", 9.5)))
RED = Verdict(FIRST, (Result("files", 0.1), Result("types", 2.0, "x < 1 & [red]y[/red]")))
NOT_MADE = Verdict(EVERY[2], (Result("made", 1.0, "no uv"),))
VERDICTS = (GREEN, RED, NOT_MADE)
AGAIN = (
    f'make prove ONLY="{" ".join(FIRST)}" GATE=types',
    f'make prove ONLY="{" ".join(EVERY[2])}"',
)


def test_the_table_shows_seconds_and_failures_with_the_command_that_repeats_each(
    tmp_path: Path,
) -> None:
    with (tmp_path / "shown").open("w+", encoding="utf-8") as file:
        print_table(VERDICTS, Console(file=file, width=200))
        file.seek(0)
        lines = [line.rstrip() for line in file]

    assert "x < 1 & [red]y[/red]" in lines
    assert [line for line in lines if line.startswith("again: ")] == [
        f"again: {command}" for command in AGAIN
    ]
    [green] = [line for line in lines if line.split()[:4] == list(GREEN.choices)]
    assert green.split()[4:] == ["0.1", "9.5", "10"]


def test_a_proof_that_is_stopped_has_said_what_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("service_template.matrix.proving.prove", lambda *_, **_more: RED)
    monkeypatch.setattr("service_template.matrix.proving.Progress.advance", stop)
    shown = tmp_path / "shown"
    with shown.open("w", encoding="utf-8") as file, pytest.raises(KeyboardInterrupt):
        prove_all([RED.choices], GATES, 1, Console(file=file, width=200))

    lines = [line.rstrip() for line in shown.read_text(encoding="utf-8").splitlines()]
    assert "x < 1 & [red]y[/red]" in lines
    assert f"again: {AGAIN[0]}" in lines


def test_programs_read_the_same_as_json(tmp_path: Path) -> None:
    write_json(VERDICTS, tmp_path / "proof.json")

    green, red, not_made = json.loads((tmp_path / "proof.json").read_text(encoding="utf-8"))

    assert green == {
        **dict(zip(OPTIONS, GREEN.choices, strict=True)),
        "green": True,
        "gates": [
            {"gate": "files", "seconds": 0.1, "complaint": ""},
            {"gate": "types", "seconds": 9.5, "complaint": ""},
        ],
        "again": [],
    }
    assert (red["green"], red["again"]) == (False, [AGAIN[0]])
    assert (not_made["green"], not_made["again"]) == (False, [AGAIN[1]])


class Page(HTMLParser):
    """What a browser shows: the text of each kind of element."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.shown: dict[str, list[str]] = {}
        self.inside = ""
        self.feed(text)
        self.shown = {kind: [part.strip() for part in parts] for kind, parts in self.shown.items()}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = " ".join([tag, dict(attrs).get("class") or ""]).strip()
        self.shown.setdefault(self.inside, []).append("")

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.shown[self.inside][-1] += data


def test_the_page_shows_the_same(tmp_path: Path) -> None:
    write_page(VERDICTS, tmp_path / "proof.html")

    shown = Page((tmp_path / "proof.html").read_text(encoding="utf-8")).shown

    assert shown["h1"] == ["1 of 3 combinations are green"]
    assert shown["th"] == [*OPTIONS, "files", "types", "made"]
    assert shown["td red"] == ["2.0", "1.0"]
    assert shown["td green"] == ["0.1", "9.5", "0.1"]
    assert shown["pre"] == [
        f"x < 1 & [red]y[/red]\n\n{AGAIN[0]}",
        f"no uv\n\n{AGAIN[1]}",
    ]


HANGING = """
import asyncio

import pytest

@pytest.mark.timeout(1)
async def test_that_hangs() -> None:
    await asyncio.sleep(100)
"""


@pytest.mark.parametrize("answers", [FIRST], ids=" ".join)
def test_a_test_that_hangs_is_named(made: Service, tmp_path: Path) -> None:
    """The stacks are of the event loop: no line of them is of the test."""
    service = made.copy_to(tmp_path)
    name = "tests/unit/test_hanging.py"
    (service.path / name).write_text(HANGING, encoding="utf-8")

    assert complaint_of_tests(service, name).startswith(f"hangs: {name}::test_that_hangs\n")


FAILING = """
def test_that_fails() -> None:
    print(*range(10_000), sep="\\n")
    assert False, "on purpose"
"""


@pytest.mark.parametrize("answers", [FIRST], ids=" ".join)
def test_complaint_of_tests_that_fail_names_them_first(made: Service, tmp_path: Path) -> None:
    service = made.copy_to(tmp_path)
    name = "tests/unit/test_failing.py"
    (service.path / name).write_text(FAILING, encoding="utf-8")

    first = complaint_of_tests(service, name).splitlines()[0]

    assert first == f"FAILED {name}::test_that_fails - AssertionError: on purpose"


LONG = """
def test_that_compares() -> None:
    assert "FAILED tests/inner.py::test_of_a_service\\n" + "word\\n" * 1000 + "last" == ""
"""


def test_a_long_complaint_is_shown_from_its_first_line_to_its_last(tmp_path: Path) -> None:
    (tmp_path / "test_long.py").write_text(LONG, encoding="utf-8")
    config = ("-c", str(TEMPLATE / "pyproject.toml"), "--rootdir", str(tmp_path))
    anywhere = {"CI": "", "BUILD_NUMBER": ""}  # pytest itself cuts nothing off in CI

    result = run(
        sys.executable, "-m", "pytest", *config, "-n0", "test_long.py", cwd=tmp_path, **anywhere
    )

    shown = re.findall(r"^E +\+ (.+)", result.stdout, re.MULTILINE)
    assert shown[0] == "FAILED tests/inner.py::test_of_a_service"
    assert shown[-1] == "last"
