"""Where a service has to know of a new resource."""

from scaffold.columns import bson_type, column, json_schema
from scaffold.edits import Appended, Beside, Edit, Edits, Imports
from scaffold.fields import Field
from scaffold.names import Names
from scaffold.template import Resource

DATABASE = "app/repositories/database"
INTERFACES = "app/repositories/interfaces"
MEMORY = "app/repositories/memory"
CACHED = "app/repositories/cached"


def edits_for(resource: Resource) -> Edits:
    """Return what has to be added to files of the service."""
    found: Edits = {}
    parts = [_interfaces, _memory, _cached, _database, _api]
    if resource.has_owner:
        parts.append(_access)
    for part in parts:
        found.update(part(resource))
    return found


def _interfaces(r: Resource) -> Edits:
    n = r.names
    repository = f"from app.repositories.interfaces.{n.plural} import"
    return {
        f"{INTERFACES}/storage.py": [
            Imports((f"{repository} {n.cls}Repository",)),
            Beside(r"^    users: UserRepository\n", f"    {n.plural}: {n.cls}Repository\n"),
        ],
        f"{INTERFACES}/unit_of_work.py": [
            Imports((f"{repository} Writable{n.cls}Repository",)),
            Beside(
                r"^    users: WritableUserRepository\n",
                f"    {n.plural}: Writable{n.cls}Repository\n",
            ),
        ],
        f"{INTERFACES}/errors.py": [Appended(_repository_errors(r))],
    }


def _repository_errors(r: Resource) -> str:
    n = r.names
    errors = {f"Duplicate{n.cls}": f"Another {n.words} has this id already."}
    errors |= {field.duplicate: f"Another {n.words} has this {field.words}." for field in r.unique}
    errors[f"Stale{n.cls}"] = (
        f"The {n.words} was changed by somebody else since it was read, or is gone."
    )
    return "\n".join(
        f'\nclass {name}(RepositoryError):\n    """{text}"""\n\n    is_refusal = True\n'
        for name, text in errors.items()
    )


def _memory(r: Resource) -> Edits:
    n = r.names
    module = f"from app.repositories.memory.{n.plural} import"
    return {
        f"{MEMORY}/rows.py": [
            Imports((f"from app.models.{n.singular} import {n.cls}",)),
            Beside(
                r"^    users: dict\[UUID, User\] = .*\n",
                f"    {n.plural}: dict[UUID, {n.cls}] = field(default_factory=dict)\n",
            ),
        ],
        f"{MEMORY}/storage.py": [
            Imports((f"{module} Memory{n.cls}Repository",)),
            Beside(
                r"^        self\.users = .*\n",
                f"        self.{n.plural} = Memory{n.cls}Repository(self.rows.{n.plural})\n",
            ),
        ],
        f"{MEMORY}/unit_of_work.py": [
            Imports((f"{module} WritableMemory{n.cls}Repository",)),
            Beside(
                r"^        self\.users = .*\n",
                f"        self.{n.plural} = "
                f"WritableMemory{n.cls}Repository(self._working.{n.plural})\n",
            ),
        ],
    }


def _cached(r: Resource) -> Edits:
    n = r.names
    module = f"from app.repositories.cached.{n.plural} import"
    return {
        f"{CACHED}/kept.py": [
            Imports((f"from app.models.{n.singular} import {n.cls}",)),
            Beside(
                r"^class Kept:\n",
                f"Kept{n.classes} = Region[{n.cls} | None]\n"
                f'"""{n.plural_title} by id, and for a short while also that there is none."""\n\n\n',
                before=True,
            ),
            Beside(
                r"^        self\.users: .*\n",
                f"        self.{n.plural}: Kept{n.classes} = "
                f'cache.region("{n.plural}", {n.cls} | None, lifetimes)\n',
            ),
        ],
        f"{CACHED}/storage.py": [
            Imports((f"{module} Cached{n.cls}Repository",)),
            Beside(
                r"^        self\.users = .*\n",
                f"        self.{n.plural} = Cached{n.cls}Repository("
                f"storage.{n.plural}, self._kept.{n.plural})\n",
            ),
        ],
        f"{CACHED}/unit_of_work.py": [
            Imports((f"{module} Tracked{n.cls}Repository",)),
            Beside(
                r"^        self\.users = .*\n",
                f"        self.{n.plural} = Tracked{n.cls}Repository("
                f"work.{n.plural}, kept.{n.plural}, self._written)\n",
            ),
        ],
    }


def _database(r: Resource) -> Edits:
    n = r.names
    kind = "Mongo" if r.service.database == "mongodb" else "Sql"
    module = f"from app.repositories.database.{n.plural} import"
    found: Edits = {
        f"{DATABASE}/storage.py": [
            Imports((f"{module} {kind}{n.cls}Repository",)),
            Beside(
                r"^        self\.users = .*\n",
                f"        self.{n.plural} = {kind}{n.cls}Repository(self.reads)\n",
            ),
        ],
        f"{DATABASE}/unit_of_work.py": [
            Imports((f"{module} Writable{kind}{n.cls}Repository",)),
            Beside(
                r"^        self\.users = .*\n",
                f"        self.{n.plural} = Writable{kind}{n.cls}Repository(session)\n",
            ),
        ],
    }
    return found | (_collection(r) if kind == "Mongo" else _table(r))


def _duplicates(r: Resource, primary: str, unique: str) -> str:
    n = r.names
    rows = [f'    "{primary}": Duplicate{n.cls},\n']
    rows += [f'    "{unique}_{field.name}": {field.duplicate},\n' for field in r.unique]
    return "".join(rows)


def _constraints(r: Resource, pattern: str, primary: str, unique: str) -> Edits:
    names = [f"Duplicate{r.names.cls}", *(field.duplicate for field in r.unique)]
    return {
        f"{DATABASE}/constraints.py": [
            Imports((f"from app.repositories.interfaces.errors import {', '.join(names)}",)),
            Beside(pattern, _duplicates(r, primary, unique)),
        ]
    }


def _table(r: Resource) -> Edits:
    n, database = r.names, r.service.database
    owner = '    Column("owner_id", Identifier, nullable=False),\n' if r.has_owner else ""
    columns = "".join(_column(field, database) for field in r.fields)
    indexes = ['    Index(None, "created_at", "id"),\n']
    indexes += ['    Index(None, "owner_id", "created_at", "id"),\n'] if r.has_owner else []
    indexes += [
        f'    Index(None, "{field.name}", "created_at", "id"),\n'
        for field in r.references
        if not field.unique
    ]
    table = (
        f'{n.plural} = Table(\n    "{n.plural}",\n    metadata,\n'
        f'    Column("id", Identifier, primary_key=True),\n{owner}{columns}'
        '    Column("created_at", Moment, nullable=False),\n'
        '    Column("updated_at", Moment, nullable=False),\n'
        '    Column("deactivated_at", Moment),\n'
        '    Column("version", Integer, nullable=False),\n'
        f"{''.join(indexes)})\n"
    )
    imports = [
        "from sqlalchemy import BigInteger, Boolean, Date, ForeignKey, Numeric, String",
        "from app.core.database.types import Identifier, Moment",
    ]
    types: list[Edit] = []
    if database == "mysql" and r.of_kind("str", "enum"):
        imports.append("from sqlalchemy.dialects.mysql import VARCHAR")
        types.append(Appended(LINE))
    if database == "sqlite" and r.of_kind("decimal"):
        imports += ["from decimal import Decimal", "from sqlalchemy import Dialect, TypeDecorator"]
        types.append(Appended(SCALED_DECIMAL))
    edits: Edits = {
        f"{DATABASE}/tables.py": [
            Imports(tuple(imports)),
            *types,
            Appended(table),
        ]
    }
    return edits | _constraints(
        r, r'^    "pk_users": DuplicateUser,\n', f"pk_{n.plural}", f"uq_{n.plural}"
    )


def _column(field: Field, database: str) -> str:
    parts = [f'"{field.name}"', column(field, database)]
    if field.target:
        parts.append(f'ForeignKey("{field.target.plural}.id")')
    if not field.optional:
        parts.append("nullable=False")
    if field.unique:
        parts.append("unique=True")
    return f"    Column({', '.join(parts)}),\n"


LINE = '''
def line(length: int) -> VARCHAR:
    """Text of so many characters, ordered and compared by code point."""
    return VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin")
'''

SCALED_DECIMAL = '''
class ScaledDecimal(TypeDecorator[Decimal]):
    """A decimal number with so many places. SQLite has none: it keeps units of the last place."""

    impl = BigInteger
    cache_ok = True

    def __init__(self, places: int) -> None:
        super().__init__()
        self.places = places

    def process_bind_param(
        self,
        value: Decimal | None,
        dialect: Dialect,
    ) -> int | None:
        return None if value is None else int(value.scaleb(self.places))

    def process_result_value(
        self,
        value: int | None,
        dialect: Dialect,
    ) -> Decimal | None:
        return None if value is None else Decimal(value).scaleb(-self.places)
'''


def _collection(r: Resource) -> Edits:
    n = r.names
    names = ["_id", *(["owner_id"] if r.has_owner else []), *(field.name for field in r.fields)]
    names += ["created_at", "updated_at", "deactivated_at", "version"]
    properties = ['"_id": {"bsonType": "binData"}']
    properties += ['"owner_id": {"bsonType": "binData"}'] if r.has_owner else []
    properties += [f'"{field.name}": {json_schema(field)}' for field in r.fields]
    properties += [f'"{name}": {{"bsonType": "date"}}' for name in ("created_at", "updated_at")]
    properties += [
        '"deactivated_at": {"bsonType": ["date", "null"]}',
        '"version": {"bsonType": ["int", "long"], "minimum": 1}',
    ]
    indexes = [_unique_index(r, field) for field in r.unique]
    indexes.append(f'IndexModel(["created_at", "_id"], name="ix_{n.plural}_created_at_id")')
    led = ["owner_id"] if r.has_owner else []
    led += [field.name for field in r.references if not field.unique]
    indexes += [
        f'IndexModel(["{name}", "created_at", "_id"], name="ix_{n.plural}_{name}_created_at_id")'
        for name in led
    ]
    collection = (
        f'{n.constants} = Collection(\n    name="{n.plural}",\n    json_schema={{\n'
        '        "bsonType": "object",\n        "additionalProperties": False,\n'
        f'        "required": [{", ".join(chr(34) + name + chr(34) for name in names)},],\n'
        f'        "properties": {{{", ".join(properties)},}},\n    }},\n'
        f"    indexes=({', '.join(indexes)},),\n)\n\n"
    )
    edits: Edits = {
        f"{DATABASE}/schema.py": [
            Beside(r"^COLLECTIONS = \[", collection, before=True),
            Beside(r"^COLLECTIONS = \[\s*USERS,", f" {n.constants},"),
        ]
    }
    return edits | _constraints(
        r, r'^    "users\._id_": DuplicateUser,\n', f"{n.plural}._id_", f"{n.plural}.uq_{n.plural}"
    )


def _unique_index(r: Resource, field: Field) -> str:
    partial = ""
    if field.optional:
        present = f'{{"{field.name}": {{"$type": "{bson_type(field)}"}}}}'
        partial = f", partialFilterExpression={present}"
    name = f"uq_{r.names.plural}_{field.name}"
    return f'IndexModel("{field.name}", name="{name}", unique=True{partial})'


def _api(r: Resource) -> Edits:
    n = r.names
    return {
        "app/api/routes/v1.py": [
            Imports((f"from app.api.routes import {n.plural}",)),
            Beside(
                r"^    for resource in [(\[]\s*users\b[^)\]]*?(?=,?\s*[)\]]:$)", f", {n.plural}"
            ),
        ],
        "app/api/dependencies/services.py": [
            Imports(_imports_of_provider(r)),
            Appended(_provider(r)),
        ],
    }


def _imports_of_provider(r: Resource) -> tuple[str, ...]:
    n = r.names
    imports = [
        f"from app.api.dependencies.{n.plural} import {n.cls}RepositoryDep",
        f"from app.services.{n.plural} import {n.cls}Service",
    ]
    if r.has_owner:
        imports.append(f"from app.models.caller import READ_{n.constants}, WRITE_{n.constants}")
    return tuple(imports)


def _provider(r: Resource) -> str:
    n = r.names
    if r.has_owner:
        return _guarded_provider(n)
    return (
        f"\nasync def get_{n.singular}_service(\n"
        f"    request: Request,\n    {n.plural}: {n.cls}RepositoryDep,\n) -> {n.cls}Service:\n"
        f'    """Return the service behind the endpoints of {n.plural_words}."""\n'
        "    container = container_of(request)\n"
        f"    return {n.cls}Service({n.plural}, container.storage.unit_of_work, container.clock)\n\n\n"
        f"{n.cls}ServiceDep = Annotated[{n.cls}Service, Depends(get_{n.singular}_service)]\n"
    )


def _guarded_provider(n: Names) -> str:
    return (
        f"\nasync def get_{n.singular}_service(\n    request: Request,\n"
        f"    {n.plural}: {n.cls}RepositoryDep,\n    caller: CallerDep,\n) -> {n.cls}Service:\n"
        f'    """Return the service behind the endpoints of {n.plural_words}, for what the caller may do.\n\n'
        "    Raises:\n        Forbidden: the caller's token is not for this.\n"
        '    """\n'
        f"    require_scope(request, caller, read=READ_{n.constants}, write=WRITE_{n.constants})\n"
        "    container = container_of(request)\n"
        f"    return {n.cls}Service(\n        {n.plural},\n        container.storage.unit_of_work,\n"
        "        container.clock,\n        caller,\n    )\n\n\n"
        f"{n.cls}ServiceDep = Annotated[{n.cls}Service, Depends(get_{n.singular}_service)]\n"
    )


def _access(r: Resource) -> Edits:
    """Return what says who may do what, to the service and to the tests that ask as everybody."""
    n = r.names
    scopes = f"READ_{n.constants}, WRITE_{n.constants}"
    edits: Edits = {
        "app/models/caller.py": [
            Beside(
                r'^WRITE_USERS = "users:write"\n',
                f'READ_{n.constants} = "{n.path}:read"\nWRITE_{n.constants} = "{n.path}:write"\n',
            )
        ],
        "tests/api/access_matrix.py": [
            Imports((f"from tests.{n.plural} import id_of_new_{n.singular}",)),
            Beside(r'^    "read_statistics": .*\n', _answers_to_everybody(r)),
            Beside(
                r'^    "user_id": _themselves,\n',
                f'    "{n.singular}_id": id_of_new_{n.singular},\n',
            ),
        ],
        "tests/api/test_access.py": [
            Imports((f"from app.services.{n.plural} import {n.cls}Service",)),
            Beside(
                r"^    \*\(\(GuardedUserService, method\) for method in GUARDED\),\n",
                f'    ({n.cls}Service, "_may_see"),\n',
            ),
        ],
    }
    if r.service.auth == "jwt":
        edits["app/services/verifier.py"] = [
            Imports((f"from app.models.caller import {scopes}",)),
            Beside(r"^SCOPES = frozenset\(\s*\{\s*READ_USERS,\s*WRITE_USERS", f", {scopes}"),
        ]
    if r.service.auth == "oidc":
        given = f" {n.path}:read {n.path}:write"
        edits["tests/issuer/__main__.py"] = [
            Beside(r'^            "scope": "users:read users:write', given)
        ]
        edits["tests/api/clients.py"] = [Beside(r'^ADMINISTRATOR = "users:read users:write', given)]
    return edits


def _answers_to_everybody(r: Resource) -> str:
    """Return what a stranger, the owner and an administrator are answered, one after the other.

    They all send the example: what it refers to is not there, and what is unique is so once.
    """
    n = r.names
    created = ("201", "201", "201")
    if r.needed:
        created = ("422", "422", "422")
    elif any(field.kind != "ref" for field in r.unique):
        created = ("201", "409", "409")
    answers = {f"create_{n.singular}": created, f"list_{n.plural}": ("200", "200", "200")}
    return "".join(
        f'    "{name}": {{"stranger": {stranger}, "owner": {owner}, "administrator": {most}}},\n'
        for name, (stranger, owner, most) in answers.items()
    )
