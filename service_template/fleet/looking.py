"""What is to be known of a service: its template, what was changed, standards, how tests ended."""

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

from service_template.changelog import number, released
from service_template.fleet.sources import folder_of
from service_template.git import commit_of, copy_of, try_git, without_secrets
from service_template.managed import changed_since, made_files
from service_template.matrix.combinations import OPTIONS
from service_template.ownership import Ownership, owner_of
from service_template.paths import TEMPLATE
from service_template.record import Record, state_of
from service_template.standards.findings import findings
from service_template.template import SOURCES
from service_template.updates import answers
from service_template.updates.rendering import questions_of, render
from service_template.updates.service import origin_of

AT_ONCE = 8
LAST_RUN = Path(".pytest_cache", "v", "cache")


@dataclass(frozen=True)
class Row:
    """What was found out about one service; `problem` says why there is nothing, if so."""

    service: str
    problem: str = ""
    version: str = ""
    commit: str = ""
    choices: str = ""
    is_current: bool | None = None
    """Whether the template would make the same today; None if the commit is not known here."""
    releases_behind: int = 0
    changed: tuple[str, ...] = ()
    """Managed files that are not as the template made them."""
    failed_standards: Mapping[str, str] = field(default_factory=dict)
    """What is wrong, by the code of the standard that says so."""
    waivers: Mapping[str, str] = field(default_factory=dict)
    """Until when the team does without a standard, and why, by its code."""
    last_tests: str = ""
    """When tests were last run in this folder (ISO 8601, UTC); nothing if that is not known."""
    failed_tests: int = 0

    @property
    def is_fine(self) -> bool:
        """Whether there is nothing to do."""
        is_up_to_date = self.is_current is True and not self.releases_behind
        due = self.problem or self.changed or self.failed_standards or self.failed_tests
        return is_up_to_date and not due


class Once:
    """What is found out once for each key, however many ask at the same time."""

    def __init__(self) -> None:
        self._found: dict[str, Any] = {}
        self._locks: dict[str, Lock] = {}
        self._lock = Lock()

    def get(self, key: str, find_out: Callable[[], Any]) -> Any:
        with self._lock:
            lock = self._locks.setdefault(key, Lock())
        with lock:
            if key not in self._found:
                self._found[key] = find_out()
            return self._found[key]


@dataclass(frozen=True)
class Comparison:
    """The template that services are compared with, and a folder for what is rendered."""

    template: Path
    workplace: Path
    changelog: str
    same: Once = field(default_factory=Once)
    made: Once = field(default_factory=Once)

    @classmethod
    def with_template(cls, template: Path, workplace: Path) -> "Comparison":
        changelog = (template / "CHANGELOG.md").read_text(encoding="utf-8")
        return cls(template, workplace, changelog)

    def is_current(self, record: Record) -> bool | None:
        """Return whether services are made from the same files now; None if that is not known."""
        commit = record.commit
        if not commit:
            return None
        found: bool | None = self.same.get(commit, partial(self._makes_the_same_as, commit))
        return found

    def releases_since(self, version: str) -> int:
        known = number(version)
        return sum(number(one) > known for one in released(self.changelog))

    def changed_files(self, service: Path, record: Record) -> list[str]:
        """Return the managed files that are not as they were made.

        Older services have digests of files that are seeded now: those are left out.

        Raises:
            service_template.errors.Refused: the service has no digests of them, and can't be rendered.
        """
        made = made_files(service)
        if made is None:
            key = json.dumps([record.commit, record.answers], sort_keys=True)
            made = self.made.get(key, partial(self._rendered, record))
        changed = changed_since(service, made)
        return [path for path in changed if owner_of(path) is Ownership.MANAGED]

    def _makes_the_same_as(self, commit: str) -> bool | None:
        if not commit_of(commit, at=self.template):
            return None
        compare = ["diff", "--quiet", commit, "HEAD", "--", *SOURCES]
        return try_git(*compare, at=self.template).returncode == 0

    def _rendered(self, record: Record) -> Mapping[str, Any]:
        """Render a service again, and return the state of its files when it was made."""
        place = Path(tempfile.mkdtemp(dir=self.workplace))
        origin = origin_of(record, self.changelog, self.template)
        old = copy_of(self.template, origin, place / "template")
        given = answers.answers_of_old(questions_of(old), record.answers)
        service = render(old, given, place / "rendering")
        files = (path for path in service.rglob("*") if path.is_file())
        paths = (path.relative_to(service).as_posix() for path in files)
        return {path: state_of(service / path) for path in paths}


def look_at_all(addresses: Sequence[str], template: Path = TEMPLATE) -> list[Row]:
    """Return a row for each service, in the order in which they are given."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(AT_ONCE) as pool:
        comparison = Comparison.with_template(template, Path(folder))
        return list(pool.map(partial(look_at, comparison), addresses))


def look_at(comparison: Comparison, address: str) -> Row:
    """Return what is found of a service; whatever goes wrong is the problem of its row alone."""
    name = without_secrets(address)
    try:
        service = folder_of(address)
        record = Record.read(service)
        last_tests, failed_tests = _last_run(service)
        found = findings(service, datetime.now(tz=UTC).date())
        return Row(
            service=name,
            version=record.version,
            commit=record.commit or "",
            choices=" ".join(str(record.answers.get(option, "")) for option in OPTIONS).strip(),
            is_current=comparison.is_current(record),
            releases_behind=comparison.releases_since(record.version),
            changed=tuple(comparison.changed_files(service, record)),
            failed_standards={one.code: one.message for one in found if one.is_failure},
            waivers={one.code: str(one.waiver) for one in found if one.waiver},
            last_tests=last_tests,
            failed_tests=failed_tests,
        )
    except Exception as error:
        problem = " ".join(str(error).split()) or type(error).__name__
        return Row(name, problem=without_secrets(problem))


def _last_run(service: Path) -> tuple[str, int]:
    """Return when pytest last ran here, and how many tests failed, as it keeps them."""
    ran = service / LAST_RUN / "nodeids"
    if not ran.is_file():
        return "", 0
    moment = datetime.fromtimestamp(ran.stat().st_mtime, tz=UTC)
    failed = service / LAST_RUN / "lastfailed"
    count = len(json.loads(failed.read_text(encoding="utf-8"))) if failed.is_file() else 0
    return moment.isoformat(timespec="seconds"), count
