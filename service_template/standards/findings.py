"""What is found of a service: every standard, and whether it is kept."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from service_template.standards import layers, operations, security, tooling, upkeep
from service_template.standards.service import Look, Service
from service_template.standards.waivers import Waiver, waivers_of, wrong_with_waivers

PAGE = "docs/standards.md"

STANDARDS: dict[str, Look] = {
    **layers.STANDARDS,
    **tooling.STANDARDS,
    **operations.STANDARDS,
    **security.STANDARDS,
    **upkeep.STANDARDS,
}
"""Those that can be waived, by their codes."""

WAIVERS = "STD001"


class State(StrEnum):
    """How a service stands to a standard."""

    PASSED = "passed"
    FAILED = "failed"
    WAIVED = "waived"
    EXPIRED = "expired"
    """Failed, and waived until a day that is over."""
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True)
class Finding:
    """What is found about one standard."""

    code: str
    title: str
    state: State
    message: str = ""
    """What is wrong, in one line; or that a waiver is needed no longer."""
    waiver: Waiver | None = None

    @property
    def link(self) -> str:
        """Where the standard is explained, from the service's folder."""
        return f"{PAGE}#{self.code.lower()}"

    @property
    def is_failure(self) -> bool:
        return self.state in {State.FAILED, State.EXPIRED}

    @property
    def is_spared_in_vain(self) -> bool:
        """Whether the waiver can go, as there is nothing to waive."""
        is_kept = self.state in {State.PASSED, State.NOT_APPLICABLE}
        return is_kept and self.waiver is not None


def findings(root: Path, today: date) -> list[Finding]:
    """Return what is found of the service in a folder about each standard.

    Raises:
        ValueError: its `pyproject.toml` is no TOML, or a file is not in UTF-8.
        service_template.errors.Refused: one of the template's own files in it can't be read.
    """
    service = Service(root, today)
    waivers = waivers_of(service)
    found = [_finding(code, service, waivers.get(code)) for code in STANDARDS]
    wrong = waivers_hold(service)
    state = State.FAILED if wrong else State.PASSED
    return [*found, Finding(WAIVERS, _title(waivers_hold), state, wrong)]


def unlooked() -> list[Finding]:
    """Return every standard, without looking at a service."""
    every = {**STANDARDS, WAIVERS: waivers_hold}
    state = State.NOT_APPLICABLE
    return [Finding(code, _title(look), state) for code, look in every.items()]


def waivers_hold(service: Service) -> str:
    """Every waiver names a standard, its last day, which is to come, and a reason

    One without an end is a decision that nobody took.
    """
    return "; ".join(wrong_with_waivers(service, set(STANDARDS)))


def _finding(code: str, service: Service, waiver: Waiver | None) -> Finding:
    look = STANDARDS[code]
    wrong = look(service)
    if wrong is None:
        state = State.NOT_APPLICABLE
    elif not wrong:
        state = State.PASSED
    elif waiver is None:
        state = State.FAILED
    else:
        state = State.WAIVED if waiver.holds(service.today) else State.EXPIRED
    if waiver and not wrong:
        wrong = "kept: the waiver can go"
    return Finding(code, _title(look), state, wrong or "", waiver)


def _title(look: Look) -> str:
    return (look.__doc__ or "").partition("\n")[0]
