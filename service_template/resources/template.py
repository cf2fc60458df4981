"""What the template of resources adds to Jinja: `resource`, and checks of the answers."""

import atexit
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment
from jinja2.ext import Extension

from service_template import paths
from service_template.answers.caller import context_of_environment, hide_hook_traceback
from service_template.answers.checks import check_given
from service_template.answers.injection import Sources, refuse_injection
from service_template.answers.refusal import Refusals
from service_template.resources import columns, examples
from service_template.resources.fields import Field, parse
from service_template.resources.names import Names, names_of, plural_of
from service_template.resources.options import Options, parse_options
from service_template.resources.service import Service

TEMPLATE = paths.TEMPLATE / "resource"


@dataclass(frozen=True)
class Resource:
    """All that there is to say of a resource, to the files that are made of it."""

    names: Names
    fields: tuple[Field, ...]
    service: Service
    options: Options

    @property
    def has_login(self) -> bool:
        """Whether requests have callers; without, every one may do everything."""
        return self.service.auth != "none"

    @property
    def has_owner(self) -> bool:
        """Whether each one belongs to the caller who created it."""
        return self.has_login and not self.options.no_owner

    @property
    def is_public(self) -> bool:
        """Whether reading needs no token, where other operations do."""
        return self.has_login and self.options.public_read

    @property
    def is_private(self) -> bool:
        """Whether others than the owner see nothing of it."""
        return self.has_owner and not self.is_public

    @property
    def deactivates(self) -> bool:
        """Whether nothing is deleted: what is deactivated stays readable."""
        return not self.options.delete

    @property
    def ending(self) -> Literal["deactivate", "delete"]:
        """The name of what `DELETE` does."""
        return "deactivate" if self.deactivates else "delete"

    @property
    def refuses_dangling(self) -> bool:
        """Whether the database refuses to delete what something refers to."""
        return self.options.delete and self.service.database != "mongodb"

    @property
    def caller(self) -> str:
        """Who makes a request that writes, as the service has it."""
        return "require_caller(self._caller)" if self.is_public else "self._caller"

    def rule(self, action: Literal["create", "list", "read", "write"]) -> str:
        """Return the rule that the route of an action states, as code."""
        reads = action in ("list", "read")
        scope = f"{'READ' if reads else 'WRITE'}_{self.names.constants}"
        if reads and self.is_public:
            return "rules.public"
        if not self.has_owner:
            return f"rules.{'signed_in' if reads else 'administrator'}({scope})"
        if action in ("create", "list"):
            return f"rules.signed_in({scope})"
        return f"rules.owner({scope}{', hidden=False' if self.is_public else ''})"

    @property
    def unique(self) -> list[Field]:
        return [field for field in self.fields if field.unique]

    @property
    def filters(self) -> list[Field]:
        return [field for field in self.fields if field.filters]

    @property
    def sure_filters(self) -> list[Field]:
        """Those that have a value in every test."""
        return [field for field in self.filters if not (field.kind == "ref" and field.optional)]

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
        if field.target == self.names:
            return "owner_id" if self.is_private else None
        return "owner_id" if self.service.has_private(field.target) else None

    def of_kind(self, *kinds: str) -> list[Field]:
        return [field for field in self.fields if field.kind in kinds]


class ResourceTemplate(Extension):
    """Registers what `cookiecutter.json`, the hook and the files of a resource use."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        hide_hook_traceback()
        # Set here, where no config file can change them.
        environment.trim_blocks = environment.lstrip_blocks = True
        self.answers = context_of_environment()
        self.sources = Sources(TEMPLATE) if self.answers else None
        refuse_injection(environment, TEMPLATE)
        environment.filters.update(
            check_answers=check_answers,
            resource=resource,
            placed=placed,
            literal=examples.literal,
            example=lambda field, number=0: examples.python(examples.value(field, number)),
            bound=examples.bound,
            full=examples.full,
            refused=examples.refused,
            numbered=examples.numbered,
            column=columns.column,
            json_schema=columns.json_schema,
            bson_type=columns.bson_type,
        )
        environment.globals.update(
            check_given=check_given,
            step_type=columns.step_type,
            package_folder=lambda: str(paths.PACKAGE.parent),
        )

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        if self.sources and name is None:
            return self.sources.literal_unless_shipped(source, self.environment)
        return source if name is None else self.names.put_into(source)

    @cached_property
    def names(self) -> Names:
        """The names of the resource that files are rendered for."""
        return resource(self.answers).names


def check_answers(answers: Mapping[str, Any]) -> str:
    """Check all answers; returns an empty text, so that the entry shows nothing.

    Raises:
        RefusedAnswer: a line for each thing that is wrong.
    """
    refusals = Refusals()
    service, names = None, None
    with refusals.gathered():
        service = Service.at(str(answers["service"]))
    with refusals.gathered():
        names = names_of(str(answers["name"]), str(answers["plural"]))
    if service:
        with refusals.gathered():
            _ = service.last_revision  # refused before anything is rendered
    if service and names:
        with refusals.gathered():
            service.refuse_clash(names)
    find = service.resource if service else unchecked
    with refusals.gathered():
        fields = parse(str(answers["fields"]), names or NAMELESS, find)
        refuse_long_names(names or NAMELESS, fields)
    with refusals.gathered():
        parse_options(str(answers["options"]))
    refusals.raise_any()
    remove_when_over(resource(answers))
    return ""


NAMELESS = Names("resource", "resources")
"""Stands for a name that is refused, so that fields are checked as well."""


def unchecked(name: str) -> Names:
    """Return the names of a resource of a service that is refused."""
    return Names(name, plural_of(name))


def refuse_long_names(names: Names, fields: tuple[Field, ...]) -> None:
    """Refuse fields whose indexes and foreign keys have longer names than databases take.

    Raises:
        RefusedAnswer: a line for each of them.
    """
    refusals = Refusals()
    for field in fields:
        longest = f"ix_{names.plural}_{field.name}_created_at_id"
        if field.target:
            longest = max(longest, f"fk_{names.plural}_{field.name}_{field.target.plural}", key=len)
        if field.filters and len(longest) > 60:
            refusals.append(
                f"field {field.name} is refused: {longest} is too long for databases; "
                "give a shorter name."
            )
    refusals.raise_any()


def placed(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return answers that mean the same wherever they are read."""
    return {**answers, "service": str(resource(answers).service.folder)}


def resource(answers: Mapping[str, Any]) -> Resource:
    """Return the resource that some answers describe.

    Raises:
        RefusedAnswer: they describe none.
    """
    questions = ("service", "name", "plural", "fields", "options")
    return _resource(*(str(answers[question]) for question in questions))


@lru_cache(8)
def _resource(service: str, name: str, plural: str, fields: str, options: str) -> Resource:
    found = Service.at(service)
    names = names_of(name, plural)
    return Resource(names, parse(fields, names, found.resource), found, parse_options(options))


def remove_when_over(made: Resource) -> None:
    """See to it that what is rendered beside the service does not outlive this process."""
    folder = Path.cwd() / f".resource-{made.names.singular}"
    if not folder.exists():
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
