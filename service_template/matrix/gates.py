"""What every service has to pass. A gate returns what is wrong with a service, or nothing.

The gates are those that a service keeps itself (`make check`), and those that only somebody who
knows the other choices can keep: that nothing of them is left.
"""

import ast
import json
import re
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import yaml

from service_template.matrix import combinations
from service_template.matrix.combinations import Choices, has_one_of
from service_template.matrix.service import Finished, Service
from service_template.matrix.serving import answers_of_running
from service_template.ownership import laid_files
from service_template.record import DIGESTS, NAME
from service_template.standards.findings import findings

WRITTEN_BY_HOOKS = {NAME, DIGESTS}

WITHOUT_DATABASE = (
    "tests/api/test_refusals.py",
    "tests/core/http/test_connections.py",
    "tests/core/http/test_memory.py",
)
"""Slow tests of connections and of requests that are refused."""

# What each choice would leave if a part of it were left behind: in code, in text, in lock files.
TRACES = {
    "database=sqlite": r"sqlite|service\.db\b",
    "database=postgresql": r"postgres|asyncpg|psycopg",
    "database=mysql": r"mysql|mariadb|asyncmy",
    "database=mongodb": r"mongo",
    "database=sqlite+database=postgresql+database=mysql": r"sqlalchemy|alembic|greenlet",
    "cache=redis+jobs=taskiq": r"redis(?!tribut)|valkey",
    "jobs=taskiq": r"taskiq",
    "deployment=docker": r"docker[ -]?compose|compose\.yaml",
    "deployment=kubernetes": r"kubernetes(?!\.io/docs)|kustomize|kubectl",
    "auth=jwt": r"argon|pwdlib",
    "auth=oidc": r"oidc|openid(?! connect core)",
    "ci=github": r"\.github/|github actions|nightly\.yml",
    "ci=gitlab": r"gitlab",
    "auth=jwt+auth=oidc": r"\bjwt|pyjwt|oauth|administrator",
}

# Expressions of GitHub, and labels of Prometheus and Grafana, are in braces of their own.
WITH_BRACES = {
    ".github/workflows/ci.yml",
    ".github/workflows/nightly.yml",
    "deploy/grafana/dashboard.json",
    "deploy/kubernetes/monitoring/prometheus-rule.yaml",
    "deploy/prometheus/alerts.yaml",
}

KNOW_COOKIECUTTER = {".cruft.json"}
"""The record has the shape that cookiecutter and cruft gave it."""

LEADING = {
    "docs/scaling.md": ("database=sqlite", "database=postgresql"),
    "migrations/to_postgresql.py": ("database=sqlite", "database=postgresql"),
}
"""Files of services with one choice that lead to another, which they have to name."""

TEXTS = ("README.md", "AGENTS.md")

COVERAGE_FLOOR = 95

Check = Callable[[Service, Choices], str]


@dataclass(frozen=True)
class Gate:
    """One check of a service, by a name to ask for it by; some are a command of the service."""

    name: str
    check: Check
    command: tuple[str, ...] = ()


def by_tool(name: str, *command: str) -> Gate:
    """Return a gate that a tool of the service's environment keeps."""

    def check(service: Service, _choices: Choices) -> str:
        return complaint(service.tool(*command))

    return Gate(name, check, command)


def complaint(result: Finished) -> str:
    """Return what a command said when it failed; nothing if it did not."""
    if result.returncode == 0:
        return ""
    said = (result.stdout + result.stderr).strip()
    return said[-8000:] or f"exit status {result.returncode}, without a word"


def check_files(service: Service, _choices: Choices) -> str:
    """Its files are those of the skeleton that its answers choose, and those that hooks write."""
    expected = laid_files(service.answers()) | WRITTEN_BY_HOOKS
    found = set(service.files())
    lines = [f"too much: {name}" for name in sorted(found - expected)]
    lines += [f"missing: {name}" for name in sorted(expected - found)]
    return "\n".join(lines)


def check_jinja(service: Service, _choices: Choices) -> str:
    """Nothing of the template's own language is left."""
    marks = re.compile(r"\{\{|\{%|^\s*#%|_options/|_parts/", re.MULTILINE)
    lines = []
    for name, content in service.files().items():
        text = content.decode()
        if name not in WITH_BRACES:
            lines += [f"{name}: {found[0]}" for found in marks.finditer(text)]
        if name not in KNOW_COOKIECUTTER and "cookiecutter" in text.lower():
            lines.append(f"{name}: cookiecutter")
    return "\n".join(lines)


def check_traces(service: Service, _choices: Choices) -> str:
    """Nothing of another choice is left, in files or in the lock file, if there is an environment."""
    answers = service.answers()
    others = {names: trace for names, trace in TRACES.items() if not has_one_of(names, answers)}
    lines = []
    for name, content in service.files().items():
        if name not in {".cruft.json", ".managed.sha256"}:
            here, there = LEADING.get(name, ("", ""))
            leads = bool(there) and has_one_of(here, answers)
            given = [trace for names, trace in others.items() if not leads or names != there]
            suspects = filter(any_of(given).search, content.decode().splitlines())
            lines += [f"{name}: {line.strip()}" for line in suspects]
    traces = any_of(list(others.values()))
    if service.has_file("uv.lock"):
        packages = tomllib.loads(service.read("uv.lock"))["package"]
        names = [package["name"] for package in packages]
        lines += [f"uv.lock: {name}" for name in names if traces.search(name)]
    return "\n".join(lines)


def any_of(traces: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(traces), re.IGNORECASE)


SEAM = re.compile(r"\n\n\n+[^\n]*|(?<!\n)\n##+ [^\n]*")
"""An empty line too many, or none before a heading, where fragments were put together."""

CODE_BLOCK = re.compile(r"^```\w*\n.*?^```$", re.MULTILINE | re.DOTALL)
"""A block of code in a page, whose empty lines are those of its language."""


def check_readable(service: Service, _choices: Choices) -> str:
    """What reads each kind of file can read it; what was put together shows no seams."""
    readers: dict[str, Callable[[str], object]] = {
        ".toml": tomllib.loads,
        ".yaml": lambda text: list(yaml.safe_load_all(text)),
        ".yml": lambda text: list(yaml.safe_load_all(text)),
        ".json": json.loads,
        ".py": ast.parse,
    }
    lines = []
    for name, content in service.files().items():
        if b"\r" in content or (content and not content.endswith(b"\n")):
            lines.append(f"{name}: ends of lines")
        if Path(name).suffix in {".md", ".toml", ".yaml", ".yml"}:
            seams = SEAM.findall(CODE_BLOCK.sub("code", content.decode()))
            lines.extend(f"{name}: empty lines at {seam.strip()!r}" for seam in seams)
        try:
            readers.get(Path(name).suffix, str)(content.decode())
        except (ValueError, SyntaxError, yaml.YAMLError) as error:
            lines.append(f"{name}: {error}")
    return "\n".join(lines)


def check_used_files(service: Service, _choices: Choices) -> str:
    """Every module is imported by another one, or is run by its name."""
    modules = {module_of(name): name for name in service.files() if name.endswith(".py")}
    imported = {target for name in modules.values() for target in imports_of(service, name)}
    return "\n".join(
        f"{name} is used by nothing"
        for module, name in sorted(modules.items())
        if name.startswith("app/")
        and not name.endswith("__init__.py")
        and module not in imported
        and '__name__ == "__main__"' not in service.read(name)
    )


def check_named_things(service: Service, _choices: Choices) -> str:
    """What texts for people and editors name is there: files, and commands of make."""
    targets = set(re.findall(r"^([a-z-]+):", service.read("Makefile"), re.MULTILINE))
    folders = {name.partition("/")[0] for name in service.files() if "/" in name}
    named = re.compile(rf"`((?:{'|'.join(map(re.escape, sorted(folders)))})/[\w./-]+)`")
    lines = []
    for name in (*TEXTS, ".vscode/tasks.json", ".devcontainer/devcontainer.json"):
        text = service.read(name)
        paths = {*named.findall(text), *re.findall(r"(?<!\\)\]\(([^):#]+)(?:#[^)]*)?\)", text)}
        lines += [f"{name}: {path}" for path in paths if not (service.path / path).exists()]
        commands = re.findall(r"[`\"]make ([a-z-]+)", text)
        lines += [f"{name}: make {command}" for command in set(commands) - targets]
    return "\n".join(sorted(lines))


def module_of(name: str) -> str:
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imports_of(service: Service, name: str) -> Iterator[str]:
    """Yield every name that a file imports, and the modules it names in texts (`app.main:…`)."""
    for node in ast.walk(ast.parse(service.read(name))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value.partition(":")[0]


def check_dead_code(service: Service, _choices: Choices) -> str:
    """No function, class or name of the service is there for nothing; tests may use it."""
    config = str(Path(__file__).with_name("vulture.toml"))
    result = service.run(sys.executable, "-m", "vulture", "--config", config)
    lines = (result.stdout + result.stderr).splitlines()
    return "\n".join(line for line in lines if not line.startswith("tests/"))


def check_types(service: Service, _choices: Choices) -> str:
    with service.type_cache() as variables:
        return complaint(service.tool("mypy", **variables))


def check_standards(service: Service, _choices: Choices) -> str:
    """It keeps every standard of the house, and needs no waiver for that."""
    found = findings(service.path, datetime.now(tz=UTC).date())
    lines = [f"{one.code} {one.message}" for one in found if one.is_failure or one.waiver]
    return "\n".join(lines)


def check_tests(service: Service, _choices: Choices) -> str:
    """Its own tests pass on real servers, and cover its code."""
    return complaint_of_tests(service, "--cov")


def complaint_of_tests(service: Service, *arguments: str) -> str:
    """Return what its tests say that fail, are skipped, or are none; pytest has the arguments.

    The names of those that fail come first: what is said of them may be long, and be cut off.
    """
    result = service.tool("python", "-m", "pytest", "-v", *arguments)
    found = complaint(result)
    # The stacks of a test that hangs are those of threads, and long; its name is before them.
    if hung := re.search(r"^(\S+::.+?)\s+\++ Timeout \++$", result.stdout, re.MULTILINE):
        return f"hangs: {hung[1]}\n{found}"
    if failed := re.findall(r"^(?:FAILED|ERROR) .+", result.stdout, re.MULTILINE):
        return "\n".join([*failed, found])
    if not found and not re.search(r"[1-9]\d* passed", result.stdout):
        return "no test ran"
    if not found and " skipped" in result.stdout.splitlines()[-1]:
        return f"a test was skipped: {result.stdout.splitlines()[-1]}"
    return found


def check_coverage(service: Service, choices: Choices) -> str:
    """Enough of its code is covered by its tests, which have usually just been run."""
    if not (service.path / ".coverage").is_file() and (found := check_tests(service, choices)):
        return found
    result = service.tool("coverage", "report", "--include=app/*", "--format=total")
    if result.returncode != 0 or int(result.stdout) < COVERAGE_FLOOR:
        return f"covered: {result.stdout.strip()} %"
    return ""


def check_slow_tests(service: Service, choices: Choices) -> str:
    """The tests that take minutes pass: kills, outages, fuzzing.

    Those that end before any database is asked are run in the first of the services.
    """
    files = WITHOUT_DATABASE if choices in combinations.SLOW[1:] else ()
    return complaint_of_tests(service, "-m", "slow", *(f"--deselect={file}" for file in files))


def check_answers(service: Service, _choices: Choices) -> str:
    """It boots on a real database, answers, and the OpenAPI document that it serves is valid."""
    expected = {"/readyz": 200, "/docs": 200, "/openapi.json": 200}
    found = answers_of_running(service, list(expected))
    return "" if found == expected else f"{found} instead of {expected}"


GATES = (
    Gate("files", check_files),
    Gate("jinja", check_jinja),
    Gate("readable", check_readable),
    Gate("traces", check_traces),
    Gate("used", check_used_files),
    Gate("named", check_named_things),
    Gate("dead", check_dead_code),
    by_tool("lint", "ruff", "check"),
    by_tool("format", "ruff", "format", "--check"),
    Gate("types", check_types, ("mypy",)),
    by_tool("layers", "lint-imports"),
    by_tool("dependencies", "deptry", "."),
    Gate("standards", check_standards),
    Gate("tests", check_tests),
    Gate("coverage", check_coverage),
    Gate("serves", check_answers),
)
"""In the order in which they are run; each says more about a service that passed those before."""

OF_CODE = ("lint", "format", "types", "layers")
"""Gates of a service that somebody works on: they ask for no list of its files."""


def first_complaint(service: Service, *names: str) -> str:
    """Return the complaint of the first of these gates that has one; they need no choices."""
    found = (gate.check(service, ()) for gate in GATES if gate.name in names)
    return next(filter(None, found), "")


SLOW = Gate("slow", check_slow_tests)
"""Run where it is asked for, as it takes minutes."""
