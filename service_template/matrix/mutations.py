"""Ways to break the template, each with the gate that has to see it: a proof of the proof.

A gate that never complains proves nothing. `tests/test_mutations.py` breaks a copy of the template
in each of these ways, generates a service from it, and looks at what the gates say.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from service_template.matrix.combinations import Choices
from service_template.matrix.workshop import PARTS_OF_TEMPLATE
from service_template.paths import TEMPLATE

OPEN: Choices = ("sqlite", "memory", "none", "embedded")
GUARDED: Choices = ("sqlite", "memory", "jwt", "embedded")

SKELETON = "{{cookiecutter.project_slug}}"


@dataclass(frozen=True)
class Change:
    """A file of the skeleton in which a text is replaced, once.

    Without an `old` text the `new` one comes behind what there is, or makes the file.
    """

    path: str
    old: str = ""
    new: str = ""


@dataclass(frozen=True)
class Removal:
    """A file of the skeleton that is not there any more."""

    path: str


@dataclass(frozen=True)
class Mutation:
    """One way to break the template.

    `gate` complains, and none of those before it but `also`. Of the service's tests, those of
    `tests` are enough.
    """

    name: str
    gate: str
    change: Change | Removal
    choices: Choices = OPEN
    tests: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    def apply_to(self, template: Path) -> None:
        """Break a copy of the template.

        Raises:
            ValueError: what was to be changed is no longer there, or more than once.
        """
        path = template / SKELETON / self.change.path
        if isinstance(self.change, Removal):
            path.unlink()
            return
        old, new = self.change.old, self.change.new
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        if old and text.count(old) != 1:
            raise ValueError(f"{self.change.path} has {old!r} not exactly once")
        path.write_text(text.replace(old, new) if old else text + new, encoding="utf-8")


def copy_template(folder: Path) -> Path:
    """Copy what services are made from."""
    copy = folder / "template"
    copy.mkdir(parents=True)
    for name in PARTS_OF_TEMPLATE:
        part = TEMPLATE / name
        if part.is_dir():
            shutil.copytree(part, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(part, copy)
    return copy


IDS = "app/core/ids.py"
PYPROJECT = "pyproject.toml"
USERS_TABLE = "_options/database/sqlite/migrations/versions/0001_users.py"
RULES = "_options/shared/authenticated/app/api/dependencies/rules.py"
ACCESS = "_options/shared/authenticated/app/services/access.py"
TESTS_OF_ACCESS = (
    "tests/unit/test_access.py",
    "tests/api/test_access.py",
    "tests/unit/test_rules.py",
)
INVALID_OPENAPI = Change(
    "app/core/http/response_headers.py",
    '"schema": {"type": "string"},\n        "example": \'"1"\'',
    '"shape": {"type": "string"},\n        "example": \'"1"\'',
)

MUTATIONS = (
    Mutation(
        "a file of another choice is left behind",
        "files",
        Change("app/core/redis_client.py", new='"""A connection."""\n'),
    ),
    Mutation("a file is forgotten", "files", Removal("app/core/backoff.py")),
    Mutation("a file of a choice is forgotten", "files", Removal(RULES), choices=GUARDED),
    Mutation(
        "a tag of Jinja is left",
        "jinja",
        Change("README.md", new="{{ '{{' }} project_name }}\n"),
    ),
    Mutation(
        "a line statement is left",
        "jinja",
        Change(IDS, "_RANDOM_BITS = 74\n", "{{ '#%' }} if uuid7\n_RANDOM_BITS = 74\n"),
    ),
    Mutation(
        "YAML is broken",
        "readable",
        Change("deploy/prometheus/alerts.yaml", "  - name: service\n", "  - name: service: all\n"),
    ),
    Mutation(
        "JSON is broken",
        "readable",
        Change("deploy/grafana/dashboard.json", '"schemaVersion": 41,', '"schemaVersion": 41'),
    ),
    Mutation(
        "a file ends in the middle of a line",
        "readable",
        Change(".editorconfig", new="# so"),
    ),
    Mutation(
        "a fragment ends with an empty line too many",
        "readable",
        Change("_options/jobs/embedded/_parts/readme-jobs.md", new="\n"),
    ),
    Mutation(
        "the text speaks of another choice",
        "traces",
        Change("README.md", new="Events are kept in Redis.\n"),
    ),
    Mutation(
        "the driver is another one's",
        "traces",
        Change("_options/database/sqlite/_parts/dependencies.toml", "aiosqlite~=0.22.1", "asyncpg"),
    ),
    Mutation(
        "the README names a command that there is not",
        "named",
        Change("README.md", "| `make dead-letters` |", "| `make dead-ends` |"),
    ),
    Mutation(
        "a module is used by nothing",
        "used",
        Change("app/core/clocks.py", new='"""Clocks."""\n'),
        also=("files",),
    ),
    Mutation(
        "a function is used by nothing",
        "dead",
        Change(IDS, new="\n\ndef old_id() -> UUID:\n    return UUID(int=0)\n"),
    ),
    Mutation(
        "an import is used by nothing",
        "lint",
        Change(IDS, "import secrets\n", "import math\nimport secrets\n"),
    ),
    Mutation(
        "the linter has something to say",
        "lint",
        Change(IDS, "    version = 0x7 << 76\n", "    assert at\n    version = 0x7 << 76\n"),
    ),
    Mutation(
        "a file is not formatted",
        "format",
        Change(IDS, "_RANDOM_BITS = 74", "_RANDOM_BITS  =  74"),
    ),
    Mutation(
        "a type is wrong",
        "types",
        Change(IDS, "int(at.timestamp() * 1000)", "str(at.timestamp() * 1000)"),
    ),
    Mutation(
        "a layer uses one above it",
        "layers",
        Change(
            IDS,
            "from uuid import UUID\n\n_RANDOM_BITS = 74",
            "from uuid import UUID\n\nfrom app.models.user import MAX_NAME_LENGTH\n\n"
            "_RANDOM_BITS = min(74, MAX_NAME_LENGTH)",
        ),
    ),
    Mutation(
        "a dependency is there only because another one needs it",
        "dependencies",
        Change(PYPROJECT, '    "starlette~=1.10",\n'),
    ),
    Mutation(
        "a dependency is used by nothing",
        "dependencies",
        Change(
            PYPROJECT, '    "starlette~=1.10",\n', '    "anyio~=4.0",\n    "starlette~=1.10",\n'
        ),
    ),
    Mutation(
        "the image runs as root",
        "standards",
        Change("Dockerfile", "USER 10001:10001", "USER root"),
    ),
    Mutation(
        "owners are not checked",
        "tests",
        Change(ACCESS, "may_see(user_id)", "may_see(self._caller.user_id)"),
        choices=GUARDED,
        tests=TESTS_OF_ACCESS,
    ),
    Mutation(
        "scopes are not checked",
        "tests",
        Change(RULES, "self.scope not in caller.scopes", "not self.scope"),
        choices=GUARDED,
        tests=TESTS_OF_ACCESS,
    ),
    Mutation(
        "services do not check administrators",
        "tests",
        Change(ACCESS, "if not self._caller.is_administrator:", "if self._caller is None:"),
        choices=GUARDED,
        tests=("tests/api/test_access.py",),
    ),
    Mutation(
        "rules of routes do not check administrators",
        "tests",
        Change(RULES, "not caller.is_administrator", "caller is None"),
        choices=GUARDED,
        tests=("tests/api/test_access.py",),
    ),
    Mutation(
        "a route without a rule starts",
        "tests",
        Change(RULES, "if stated != 1:", "if stated > 1:"),
        choices=GUARDED,
        tests=TESTS_OF_ACCESS,
    ),
    Mutation(
        "a user is committed before the event that announces it",
        "tests",
        Change(
            "app/services/users.py",
            "        trace = current_traceparent()\n",
            "        await work.commit()\n        trace = current_traceparent()\n",
        ),
        tests=("tests/unit/test_user_service.py",),
    ),
    Mutation(
        "what was changed stays in the cache",
        "tests",
        Change(
            "app/core/database/entity_cache.py",
            "for name, entity_id in written:",
            "for name, entity_id in list(written)[:0]:",
        ),
        tests=("tests/core/database/test_entity_cache.py",),
    ),
    Mutation(
        "a migration misses a column",
        "tests",
        Change(USERS_TABLE, '        sa.Column("deactivated_at", sa.DateTime()),\n'),
        tests=("tests/contract/test_users.py",),
    ),
    Mutation(
        "a migration misses a constraint",
        "tests",
        Change(USERS_TABLE, '        sa.UniqueConstraint("email", name="uq_users_email"),\n'),
        tests=("tests/contract/test_users.py",),
    ),
    Mutation(
        "the OpenAPI document is not valid",
        "tests",
        INVALID_OPENAPI,
        tests=("tests/api/test_openapi.py",),
    ),
    Mutation(
        "a test is skipped",
        "tests",
        Change(
            "tests/core/test_ids.py",
            "def test_ids_of_one_moment_differ() -> None:\n",
            'def test_ids_of_one_moment_differ() -> None:\n    __import__("pytest").skip("slow")\n',
        ),
        tests=("tests/core/test_ids.py",),
    ),
    Mutation("the OpenAPI document that is served is not valid", "serves", INVALID_OPENAPI),
    Mutation(
        "a default keeps it from booting",
        "serves",
        Change(
            "app/core/settings.py", 'str = Field(default="127.0.0.1"', 'str = Field(default="-"'
        ),
    ),
)
