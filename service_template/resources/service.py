"""The service that a resource is added to: what it was made with, and what it has already."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from service_template.answers.refusal import RefusedAnswer, shown
from service_template.record import NAME
from service_template.resources.names import Names, camel

VERSIONS = "migrations/versions"
STORAGE = "app/repositories/interfaces/storage.py"
STARTED_IN = Path.cwd()  # Cookiecutter works in other folders while it renders


@dataclass(frozen=True)
class Service:
    """A service that this template made."""

    folder: Path
    database: str
    auth: str

    @classmethod
    def at(cls, given: str) -> "Service":
        """Return the service in a folder.

        Raises:
            RefusedAnswer: there is none, or it lacks what resources are made like.
        """
        folder = (STARTED_IN / given).resolve()
        try:
            record = json.loads((folder / NAME).read_text(encoding="utf-8"))
            answers = record["context"]["cookiecutter"]
            service = cls(folder, str(answers["database"]), str(answers["auth"]))
        except (OSError, ValueError, LookupError, TypeError):
            raise RefusedAnswer(
                f"service {shown(given)} is refused: it has no {NAME} of this template; "
                "run this in the folder of a service."
            ) from None
        if not service.has("app/services/users.py"):
            raise RefusedAnswer(
                f"service {shown(given)} is refused: it has no app/services/users.py any more, "
                "which resources are made like."
            )
        return service

    def has(self, path: str) -> bool:
        return (self.folder / path).is_file()

    def read(self, path: str) -> str:
        return (self.folder / path).read_text(encoding="utf-8")

    @property
    def migrations(self) -> list[str]:
        """The numbers of the migrations, the first one first."""
        files = (self.folder / VERSIONS).glob("*.py")
        return sorted(found[1] for file in files if (found := re.match(r"(\w+?)_", file.name)))

    @property
    def next_migration(self) -> str:
        numbers = [int(number) for number in self.migrations if number.isdecimal()]
        return f"{max(numbers, default=0) + 1:04}"

    @property
    def last_revision(self) -> str:
        """The one step that no other one follows, as Alembic sees it; MongoDB's have numbers only.

        Raises:
            RefusedAnswer: there are several, as happens when branches are merged.
        """
        if self.database == "mongodb":
            return ""
        found: set[str] = set()
        followed: set[str] = set()
        for file in sorted((self.folder / VERSIONS).glob("*.py")):
            text = file.read_text(encoding="utf-8")
            found.update(re.findall(r"^revision(?:: str)? = \"(\w+)\"", text, re.MULTILINE))
            before = re.search(r"^down_revision\b[^=]*= (\([^)]*\)|.*)", text, re.MULTILINE)
            followed.update(re.findall(r"\"(\w+)\"", before[1]) if before else ())
        heads = sorted(found - followed)
        if len(heads) != 1:
            raise RefusedAnswer(
                f"The migrations have {len(heads)} last steps ({', '.join(heads)}): "
                "join them with `make merge-migrations`."
            )
        return heads[0]

    def resource(self, name: str) -> Names | None:
        """Return the names of a resource that the service has, by its singular."""
        if not self.has(f"app/models/{name}.py"):
            return None
        kinds = rf"Reader\[{camel(name)}\]|{camel(name)}Repository"
        found = re.search(rf"^    (\w+): (?:{kinds})$", self.read(STORAGE), re.MULTILINE)
        return Names(name, found[1]) if found else None

    def has_private(self, names: Names) -> bool:
        """Whether others than the owner see nothing of a resource."""
        routes = f"app/api/routes/{names.plural}.py"
        is_public = self.has(routes) and "[rules.public]" in self.read(routes)
        return not is_public and "    owner_id: " in self.read(f"app/models/{names.singular}.py")

    def refuse_clash(self, names: Names) -> None:
        """Refuse a name that something in the service has already.

        Raises:
            RefusedAnswer: saying what has it.
        """
        if why := self._clash(names):
            raise RefusedAnswer(
                f"name {shown(names.singular)} is refused: {why}; give another one."
            )

    def _clash(self, names: Names) -> str | None:
        for folder in ("interfaces", "database"):
            path = f"app/repositories/{folder}/{names.plural}.py"
            if self.has(path):
                return f"{path} is there already"
        for model in sorted((self.folder / "app" / "models").glob("*.py")):
            text = model.read_text(encoding="utf-8")
            if model.stem in (names.singular, names.plural):
                return f"app/models/{model.name} is there already"
            if re.search(rf"^class (New)?{names.cls}(Changes|Sort|Query)?\b", text, re.MULTILINE):
                return f"app/models/{model.name} has something of that name"
        for path in (
            STORAGE,
            "app/services/errors.py",
            "app/core/errors.py",
            "app/core/database/errors.py",
        ):
            taken = rf"^    {names.plural}: |^class {names.cls}[A-Z]\w*\(|import .*\b{names.cls}\b"
            if re.search(taken, self.read(path), re.MULTILINE):
                return f"{path} has something of that name"
        for file in sorted((self.folder / "app/repositories/database").glob("*.py")):
            if f'"{names.plural}"' in file.read_text(encoding="utf-8"):
                return f"the database has {names.plural} already"
        return None
