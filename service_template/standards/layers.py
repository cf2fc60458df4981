"""LAYER: the layers hold, and nobody has weakened what watches them."""

import ast
import re
from collections.abc import Iterator

from service_template.standards.service import Look, Service, first_of, named, texts_in, unless

ORDER = (
    "app.main",
    "app.api",
    "app.container",
    "app.services",
    "app.repositories.database",
    "app.repositories.interfaces",
    "app.models",
    "app.core",
)
"""From above to below; a team's own packages may stand anywhere in between."""

IMPLEMENTATIONS = ("app.repositories.database",)
FORBIDDEN = {
    "app.api": IMPLEMENTATIONS,
    "app.services": (*IMPLEMENTATIONS, "fastapi", "starlette"),
    "app.repositories.interfaces": ("fastapi", "starlette"),
    "app.models": ("fastapi", "starlette"),
}
"""What a package may not import, besides drivers."""

DRIVERS = (
    "aiosqlite",
    "asyncmy",
    "asyncpg",
    "bson",
    "pymongo",
    "redis",
    "sqlalchemy",
)
"""What speaks to databases; contracts forbid those that the service uses."""

IMPORTED = re.compile(r"^\s*(?:from|import) (\w+)", re.MULTILINE)


def contracts_are_whole(service: Service) -> str:
    """The contracts of import-linter have all layers, and exempt nothing

    An import that a contract exempts, or a layer that none names, is a hole that `make layers`
    can't see: it goes on saying that all is kept.
    """
    contracts = service.tables("tool", "importlinter", "contracts")
    exempt = [
        line
        for contract in contracts
        for line in texts_in(contract.get("ignore_imports"))
        if line.startswith(tuple(FORBIDDEN))
    ]
    forbidden = {
        (source, target)
        for contract in contracts
        if contract.get("type") == "forbidden"
        for source in texts_in(contract.get("source_modules"))
        for target in texts_in(contract.get("forbidden_modules"))
    }
    drivers = _drivers_of(service)
    missing = [
        f"{package} -> {target}"
        for package, targets in FORBIDDEN.items()
        for target in (*targets, *drivers)
        if (package, target) not in forbidden
    ]
    ordered = any(_keeps_order(texts_in(one.get("layers"))) for one in contracts)
    return first_of(
        unless(ordered, f"no contract has these layers in order: {', '.join(ORDER)}"),
        named("no contract forbids", missing),
        named("exempt from a contract", exempt),
    )


def _keeps_order(layers: list[str]) -> bool:
    """Whether a contract's layers, of which some share a line, have those of the house in order."""
    lines = [set(re.findall(r"[\w.]+", layer)) for layer in layers]
    places = [n for one in ORDER for n, line in enumerate(lines) if one in line]
    return len(places) == len(ORDER) and places == sorted(set(places))


def imports_keep_to_layers(service: Service) -> str:
    """Code imports no implementation of storage, no driver and no framework where it may not

    It is read from the code itself, so it holds whatever import-linter was told.
    """
    found = [
        f"{path}: {name}"
        for package, forbidden in FORBIDDEN.items()
        for path in service.paths(f"{package.replace('.', '/')}/**/*.py")
        for name in _imported_of(service.text(path), (*forbidden, *DRIVERS))
    ]
    return named("imported across the layers", found)


def _drivers_of(service: Service) -> list[str]:
    """Return the drivers that the database's code imports."""
    folders = ("app/core/database", "app/repositories/database")
    files = [path for of in folders for path in service.paths(f"{of}/**/*.py")]
    imported = {name for path in files for name in IMPORTED.findall(service.text(path))}
    return [driver for driver in DRIVERS if driver in imported]


def _imported_of(code: str, modules: tuple[str, ...]) -> Iterator[str]:
    """Yield those modules that code imports, or of which it imports something."""
    last_names = {module.rpartition(".")[2] for module in modules}
    if not re.search(rf"\b({'|'.join(last_names)})\b", code):
        return  # reading imports takes a hundred times as long
    imported = set(_imports(code))
    for module in modules:
        if any(name == module or name.startswith(f"{module}.") for name in imported):
            yield module


def _imports(code: str) -> Iterator[str]:
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return  # that is for ruff to say
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


STANDARDS: dict[str, Look] = {
    "LAYER001": contracts_are_whole,
    "LAYER002": imports_keep_to_layers,
}
