"""The house block of `cookiecutter.json`: standards that all services of a house share.

A platform engineer edits the block, or gives some of its keys under `default_context` of a
`--config-file`. A mistake there would reach every service, so each value is checked.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from service_template.answers.refusal import RefusedAnswer, shown

LOG_LEVELS = ("debug", "info", "warning", "error", "critical")

# What PEP 508 allows in practice: no comparison in parentheses. Its markers are left to installers.
PACKAGE = r"[A-Z0-9](?:[A-Z0-9._-]*[A-Z0-9])?"
COMPARISON = r"(?:~=|===?|!=|<=?|>=?) *[A-Z0-9.*+!_-]+"
REQUIREMENT = re.compile(
    rf"(?P<name>{PACKAGE})(?: *\[ *{PACKAGE}(?: *, *{PACKAGE})* *\])?"
    rf"(?: *{COMPARISON}(?: *, *{COMPARISON})*| *@ *[a-z+]+://\S+(?= |$))?(?: *;.*\S)?",
    re.ASCII | re.IGNORECASE,
)


def check_house(house: object) -> None:
    """Refuse a house block with an unknown key, a wrong type or a value out of its range.

    Raises:
        RefusedAnswer: naming the key, what it may be, and what was given.
    """
    if not isinstance(house, dict):
        raise RefusedAnswer(f"_house {shown(house)} is refused: it must be a block of settings.")
    for key in house:
        if key not in STANDARDS:
            known = ", ".join(STANDARDS)
            raise RefusedAnswer(f"_house has no setting {shown(key)}; it has: {known}.")
    for key, (rule, is_met) in STANDARDS.items():
        if key not in house:
            raise RefusedAnswer(f"_house.{key} is missing: it must be {rule}.")
        if not is_met(house[key]):
            raise RefusedAnswer(f"_house.{key} {shown(house[key])} is refused: it must be {rule}.")


def image_name(answers: Mapping[str, Any]) -> str:
    """Return the name of a service's image, with the address of the house's registry, if it has one."""
    registry, slug = answers["_house"]["registry"], answers["project_slug"]
    return f"{registry}/{slug}" if registry else str(slug)


def package_names(answers: Mapping[str, Any]) -> list[str]:
    """Return the names of the packages that the house gives to each service, as they are written."""
    found = map(REQUIREMENT.match, answers["_house"]["dependencies"])
    return [requirement["name"] for requirement in found if requirement]


def same_package(first: str, second: str) -> bool:
    """Whether two names are the same to installers (PEP 503)."""
    first, second = (re.sub(r"[-_.]+", "-", name).lower() for name in (first, second))
    return first == second


def _whole_number(least: int, most: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and least <= value <= most


def _python_version(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"3\.(1[1-9]|[2-9]\d)", value))


def _python_versions(value: Any) -> bool:
    if not (isinstance(value, list) and value and all(map(_python_version, value))):
        return False
    minors = [int(version.partition(".")[2]) for version in value]
    return minors == sorted(set(minors))


def _log_levels(value: Any) -> bool:
    if not (isinstance(value, list) and all(isinstance(level, str) for level in value)):
        return False
    names = [level.lower() for level in value]
    return "info" in names and len(set(names)) == len(names) and set(names) <= set(LOG_LEVELS)


def _image(value: Any) -> bool:
    tagged = r"[a-z0-9][\w./:-]*(:[\w.-]+|@sha256:[0-9a-f]{64})"
    return isinstance(value, str) and bool(re.fullmatch(tagged, value, re.ASCII))


def _registry(value: Any) -> bool:
    """Docker takes a first part without a dot or a port for a name at Docker Hub, not for a host."""
    host = r"(localhost|(?=[^/]*[.:])[a-z0-9]([a-z0-9.-]*[a-z0-9])?)(:\d{1,5})?"
    path = r"(/[a-z0-9]+([._-]+[a-z0-9]+)*)*"
    return isinstance(value, str) and bool(re.fullmatch(f"({host}{path})?", value, re.ASCII))


def _codeowners(value: Any) -> bool:
    """Both GitHub and GitLab take people and groups with an `@` in front, and addresses."""
    owner = r"@[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)*|[\w.+-]+@[A-Za-z0-9][\w-]*(\.[\w-]+)+"
    return isinstance(value, list) and all(
        isinstance(name, str) and re.fullmatch(owner, name, re.ASCII) for name in value
    )


def _dependencies(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(requirement, str) and REQUIREMENT.fullmatch(requirement) for requirement in value
    )


# setting: what it must be, for the message; whether a value is that.
STANDARDS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "python_min": ('a quoted version from "3.11" on', _python_version),
    "python_versions": ('a rising list of quoted versions from "3.11" on', _python_versions),
    "line_length": ("a whole number from 88 to 120", _whole_number(88, 120)),
    "coverage_floor": ("a whole number from 0 to 100", _whole_number(0, 100)),
    "base_image": ("an image that has Python, with its tag or digest", _image),
    "registry": ('a registry such as "registry.example.com/team", or empty', _registry),
    "codeowners": (
        'a list of owners such as "@acme/platform" or "team@example.com"',
        _codeowners,
    ),
    "dependencies": (
        'a list of requirements such as "acme-logging[json]~=2.1"',
        _dependencies,
    ),
    "log_levels": (
        f'a list of names out of {", ".join(LOG_LEVELS)}, in any case, "info" among them',
        _log_levels,
    ),
}
