"""What the template of resources adds to Jinja: `resource`, and checks of the answers."""

import atexit
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment
from jinja2.ext import Extension

from extensions.answers import check_given
from extensions.caller import context_of_environment, hide_hook_traceback
from extensions.injection import Sources, refuse_injection
from extensions.refusal import RefusedAnswer
from scaffold import columns, examples
from scaffold.fields import Field, parse
from scaffold.names import Names, names_of
from scaffold.service import Service

TEMPLATE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Resource:
    """All that there is to say of a resource, to the files that are made of it."""

    names: Names
    fields: tuple[Field, ...]
    service: Service

    @property
    def has_owner(self) -> bool:
        """Whether each one belongs to the caller who created it."""
        return self.service.auth != "none"

    @property
    def unique(self) -> list[Field]:
        return [field for field in self.fields if field.unique]

    @property
    def filters(self) -> list[Field]:
        return [field for field in self.fields if field.filters]

    @property
    def references(self) -> list[Field]:
        return [field for field in self.fields if field.kind == "ref"]

    @property
    def needed(self) -> list[Field]:
        """References that nothing can be created without."""
        return [field for field in self.references if not field.optional]

    @property
    def guarded(self) -> list[Field]:
        """Those of them that refer to what belongs to somebody."""
        return [field for field in self.needed if self.owner_of(field)]

    @property
    def changing(self) -> Field:
        """The field that tests of changes change."""
        candidates = [field for field in self.fields if field.kind != "ref"]
        return next((field for field in candidates if not field.unique), candidates[0])

    @property
    def converted(self) -> list[Field]:
        """Fields whose values MongoDB keeps as another type."""
        return [field for field in self.fields if field.kind in ("decimal", "date", "enum")]

    def owner_of(self, field: Field) -> str | None:
        """Return the attribute that says whose it is what a field refers to, if any does."""
        assert field.target is not None
        if field.target.singular == "user":
            return "id"
        if field.target == self.names or "    owner_id: " in self.service.read(
            f"app/models/{field.target.singular}.py"
        ):
            return "owner_id"
        return None

    def of_kind(self, *kinds: str) -> list[Field]:
        return [field for field in self.fields if field.kind in kinds]


class ResourceTemplate(Extension):
    """Registers what `cookiecutter.json`, the hook and the files of a resource use."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        hide_hook_traceback()
        # Set here, where no config file can change them.
        environment.trim_blocks = environment.lstrip_blocks = True
        self.sources = Sources(TEMPLATE) if context_of_environment() else None
        refuse_injection(environment, TEMPLATE)
        environment.filters.update(
            check_service=check_service,
            check_names=check_names,
            check_fields=check_fields,
            resource=resource,
            placed=placed,
            literal=examples.literal,
            example=lambda field, number=0: examples.python(examples.value(field, number)),
            refused=examples.refused,
            numbered=examples.numbered,
            column=columns.column,
            json_schema=columns.json_schema,
            bson_type=columns.bson_type,
        )
        environment.globals.update(
            check_given=check_given,
            step_type=columns.step_type,
            template_folder=lambda: str(TEMPLATE),
        )

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        if self.sources and name is None:
            return self.sources.literal_unless_shipped(source, self.environment)
        return source


def check_service(given: str) -> str:
    Service.at(given)
    return ""


def check_names(answers: Mapping[str, Any]) -> str:
    names = names_of(str(answers["name"]), str(answers["plural"]))
    service = Service.at(str(answers["service"]))
    service.refuse_clash(names)
    _ = service.last_revision  # refused before anything is rendered
    return ""


def check_fields(answers: Mapping[str, Any]) -> str:
    made = resource(answers)
    for field in made.references + made.unique:
        longest = f"ix_{made.names.plural}_{field.name}_created_at_id"
        if field.target:
            longest = max(
                longest, f"fk_{made.names.plural}_{field.name}_{field.target.plural}", key=len
            )
        if len(longest) > 60:
            raise RefusedAnswer(
                f"field {field.name} is refused: {longest} is too long for databases; "
                "give a shorter name."
            )
    remove_when_over(made)
    return ""


def placed(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return answers that mean the same wherever they are read."""
    return {**answers, "service": str(resource(answers).service.folder)}


def resource(answers: Mapping[str, Any]) -> Resource:
    """Return the resource that some answers describe.

    Raises:
        RefusedAnswer: they describe none.
    """
    given = (str(answers[question]) for question in ("service", "name", "plural", "fields"))
    return _resource(*given)


@lru_cache(8)
def _resource(service: str, name: str, plural: str, fields: str) -> Resource:
    found = Service.at(service)
    names = names_of(name, plural)
    return Resource(names, parse(fields, names, found.resource), found)


def remove_when_over(made: Resource) -> None:
    """See to it that what is rendered beside the service does not outlive this process."""
    folder = Path.cwd() / f".resource-{made.names.singular}"
    if not folder.exists():
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
