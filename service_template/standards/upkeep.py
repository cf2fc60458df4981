"""CI, DOC and TPL: checks are run, texts are right, and the template can go on looking after it."""

import re
from pathlib import PurePosixPath

from service_template import record
from service_template.managed import made_files
from service_template.standards.service import (
    Look,
    Service,
    first_of,
    named,
    package_of,
    texts_in,
    unless,
)

CHECKS = {"coverage", "dependencies", "layers", "lint", "standards", "types"}
"""What `make check` runs."""

PIPELINES = (".github/workflows/*.yml", ".github/workflows/*.yaml", ".gitlab-ci.yml")
DECISIONS = "docs/decisions"


def everything_is_checked(service: Service) -> str:
    """`make check` runs every check

    It is what people and agents run before they say that something is done.
    """
    makefile = service.text("Makefile")
    [runs] = re.findall(r"^check:([^#\n]*)", makefile, re.MULTILINE) or [""]
    return named("not run by `make check`", CHECKS - set(runs.split()))


def pipelines_check_everything(service: Service) -> str | None:
    """CI runs every check, and looks at migrations and for known vulnerabilities

    What is checked on some laptops only is not checked.
    """
    pipelines = service.paths(*PIPELINES)
    lines = [line for path in pipelines for line in service.text(path).splitlines()]
    text = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    runs = set(re.findall(r"\bmake ([a-z-]+)", text))
    wanted = {"audit", "schema"} | (set() if "check" in runs else CHECKS)
    return named("not run by CI", wanted - runs) if pipelines else None


def texts_name_commands_that_are_there(service: Service) -> str:
    """README.md and AGENTS.md are there, and name no command of make that is not

    They are the first that a new colleague, or an agent, does as they say.
    """
    texts = {name: service.text(name) for name in ("README.md", "AGENTS.md")}
    targets = set(re.findall(r"^([a-z-]+):", service.text("Makefile"), re.MULTILINE))
    commands = set(re.findall(r"`make ([a-z-]+)", "".join(texts.values())))
    return first_of(
        named("not there", [name for name, text in texts.items() if not text.strip()]),
        named("no command of make", commands - targets),
    )


def decisions_are_listed(service: Service) -> str:
    """Decisions are written down, and listed where people look for them

    In a year somebody will ask why, and those who know will be elsewhere.
    """
    index = f"{DECISIONS}/README.md"
    listed = set(re.findall(r"\]\(([\w-]+\.md)\)", service.text(index)))
    paths = service.paths(f"{DECISIONS}/*.md")
    pages = {PurePosixPath(path).name for path in paths} - {"README.md"}
    return first_of(
        unless(pages, f"there is none in `{DECISIONS}`"),
        named(f"not listed in `{index}`", pages - listed),
        named(f"listed in `{index}`, but not there", listed - pages),
    )


def origin_is_known(service: Service) -> str:
    """The template that made the service is recorded, with its version and the answers

    Nobody can bring a service up to date of which that is not known.
    """
    names = {"_template_version", "_house"}
    return named(f"not in `{record.NAME}`", names - service.answers.keys())


def managed_files_are_there(service: Service) -> str:
    """No managed file is missing

    The template goes on changing it, and each update has to ask again what became of it. What the team
    does without is named in `skip` of `[tool.cruft]`.
    """
    made = made_files(service.root)
    if made is None:
        return f"there is no `{record.DIGESTS}`"
    missing = [path for path in made if not (service.root / path).is_file()]
    return named("missing", missing)


def dependencies_of_the_house_are_there(service: Service) -> str:
    """It depends on what the house gives every service

    What looks after all services, such as a library for their logs, can't where it is missing.
    """
    given = texts_in(service.standard_of_house("dependencies"))
    own = map(package_of, service.strings("project", "dependencies"))
    missing = {package_of(requirement) for requirement in given} - set(own)
    return named("not among the dependencies", missing)


STANDARDS: dict[str, Look] = {
    "CI001": everything_is_checked,
    "CI002": pipelines_check_everything,
    "DOC001": texts_name_commands_that_are_there,
    "DOC002": decisions_are_listed,
    "TPL001": origin_is_known,
    "TPL002": managed_files_are_there,
    "TPL003": dependencies_of_the_house_are_there,
}
