"""PY and TEST: tools look as closely as the house wants them to."""

import re
from typing import Any

from service_template.standards.service import (
    Look,
    Service,
    file_beside,
    first_of,
    named,
    texts_in,
    unless,
)

RULES = """
    A ASYNC B C4 C90 D100 D101 D103 D104 DTZ E4 E7 E9 ERA F FURB G I ICN INP LOG N PERF PGH PIE PL
    PT PTH PYI RET RSE RUF S SIM SLOT T10 T20 TID UP W YTT
"""
IGNORED = {"N818", "RUF001", "RUF002"}
"""Rules of ruff that are looked at, and those of them that are not."""

MAY_BE_PATTERNS = ("migrations/versions/", "tests/")
"""Where rules may be ignored in many files at once; elsewhere each file is named."""

PACKAGES = {"app", "migrations", "tests"}
LOOSENING = {
    "ignore_errors": True,
    "disallow_untyped_defs": False,
    "disallow_any_generics": False,
    "check_untyped_defs": False,
    "strict": False,
}
"""Settings by which mypy looks away."""

INSTEAD_OF_PYTEST = ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini")
KINDS = ("api", "architecture", "contract", "deploy", "faults", "integration", "unit")


def python_is_of_the_house(service: Service) -> str | None:
    """It asks for no older Python than the house supports

    An older one is tested nowhere, and gets no fixes of security.
    """
    least = service.standard_of_house("python_min")
    if not isinstance(least, str):
        return None
    wanted = str(service.setting("project", "requires-python") or "")
    floors = re.findall(r"(?:>=|~=|==)\s*3\.(\d+)", wanted)
    is_kept = floors and int(floors[0]) >= int(least.partition(".")[2])
    return unless(is_kept, f"`requires-python` is `{wanted}`, older than {least}")


def types_are_strict(service: Service) -> str:
    """mypy is strict for all of the service

    What is not checked is found by whoever calls it, at night.
    """
    own = [
        table
        for table in service.tables("tool", "mypy", "overrides")
        if any(_is_own(module) for module in _modules(table))
    ]
    is_strict = service.setting("tool", "mypy", "strict") is True
    seen = set(service.strings("tool", "mypy", "packages"))
    settings = [service.setting("tool", "mypy") or {}, *own]
    loose = {name for table in settings for name in _loosening(table)}
    return first_of(
        unless(is_strict, "mypy is not strict"),
        named("mypy does not look at", PACKAGES - seen),
        named("mypy is told to look away", loose),
        file_beside(service, "mypy.ini", ".mypy.ini"),
    )


def _modules(override: dict[str, Any]) -> list[str]:
    module = override.get("module")
    return [module] if isinstance(module, str) else texts_in(module)


def _is_own(module: str) -> bool:
    return module == "*" or module.partition(".")[0] in PACKAGES


def _loosening(settings: dict[str, Any]) -> list[str]:
    return [name for name, value in LOOSENING.items() if settings.get(name) is value]


def linter_sees_all(service: Service) -> str:
    """ruff looks for all that the house looks for, everywhere

    A rule is ignored in the line that needs it, with `noqa` and its reason, not for all that will be
    written later.
    """
    lint = ("tool", "ruff", "lint")
    selected = service.strings(*lint, "select")
    unseen = [rule for rule in RULES.split() if not _is_covered(rule, selected)]
    names = ("ignore", "extend-ignore")
    ignored = {rule for name in names for rule in service.strings(*lint, name)}
    by_file = service.setting(*lint, "per-file-ignores")
    patterns = [name for name in by_file or {} if "*" in name]
    wide = [name for name in patterns if not name.startswith(MAY_BE_PATTERNS)]
    excluded = [
        path
        for table in (lint[:2], lint)
        for name in ("exclude", "extend-exclude")
        for path in service.strings(*table, name)
    ]
    return first_of(
        named("ruff does not select", unseen),
        named("ruff ignores", ignored - IGNORED),
        named("ruff ignores rules in all of", wide),
        named("ruff does not look at", excluded),
        file_beside(service, "ruff.toml", ".ruff.toml"),
    )


def _is_covered(rule: str, selected: list[str]) -> bool:
    return any(one == "ALL" or rule.startswith(one) for one in selected)


def coverage_is_kept(service: Service) -> str | None:
    """Tests have to cover as much as the house asks for, of all of the code

    A floor that is lowered when it is in the way is none.
    """
    floor = service.standard_of_house("coverage_floor")
    if not isinstance(floor, int):
        return None
    kept = service.setting("tool", "coverage", "report", "fail_under")
    is_kept = isinstance(kept, int | float) and kept >= floor
    tables = (("tool", "coverage", table) for table in ("run", "report"))
    omitted = [path for table in tables for path in service.strings(*table, "omit")]
    measured = set(service.strings("tool", "coverage", "run", "source"))
    return first_of(
        unless(is_kept, f"`fail_under` is {kept}, the house asks for {floor}"),
        named("coverage is not measured for", {"app"} - measured),
        named("coverage leaves out", omitted),
        file_beside(service, ".coveragerc"),
    )


def tests_are_strict(service: Service) -> str:
    """pytest takes warnings for errors, ends what hangs, and knows each of its marks

    A test that passes with a warning is the one that fails after the next update.
    """
    pytest = ("tool", "pytest")
    filters = service.strings(*pytest, "filterwarnings")
    are_errors = filters[:1] == ["error"] and "ignore" not in filters
    return first_of(
        unless(service.setting(*pytest, "strict") is True, "pytest is not strict"),
        unless(are_errors, "`filterwarnings` does not begin with `error`"),
        unless(service.setting(*pytest, "timeout"), "tests have no `timeout`"),
        file_beside(service, *INSTEAD_OF_PYTEST),
    )


def every_kind_is_tested(service: Service) -> str:
    """There are tests of each kind

    Each finds what the others can't; `docs/standards.md` says what.
    """
    missing = [f"tests/{kind}" for kind in KINDS if not _has_tests(service, kind)]
    return named("without a test", missing)


def _has_tests(service: Service, kind: str) -> bool:
    files = service.paths(f"tests/{kind}/**/test_*.py")
    return any(re.search(r"\bdef test_", service.text(path)) for path in files)


STANDARDS: dict[str, Look] = {
    "PY001": python_is_of_the_house,
    "PY002": types_are_strict,
    "PY003": linter_sees_all,
    "PY004": coverage_is_kept,
    "TEST001": tests_are_strict,
    "TEST002": every_kind_is_tested,
}
