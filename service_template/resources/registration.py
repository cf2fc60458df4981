"""Where a service has to know of a new resource."""

from service_template.resources.edits import Beside, Edits, Imports
from service_template.resources.template import Resource

DATABASE = "app/repositories/database/storage.py"
INTERFACES = "app/repositories/interfaces/storage.py"


def edits_for(resource: Resource) -> Edits:
    """Return what has to be added to files of the service."""
    edits = _storage(resource) | _api(resource)
    return edits | _access(resource) if resource.has_login else edits


def _storage(r: Resource) -> Edits:
    n = r.names
    kind = "Mongo" if r.service.database == "mongodb" else "Sql"
    return {
        INTERFACES: [
            Imports(
                (
                    "from app.core.database.repository import Reader, Repository",
                    f"from app.models.{n.singular} import {n.cls}",
                )
            ),
            Beside(r"^    users: UserRepository\n", f"    {n.plural}: Reader[{n.cls}]\n"),
            Beside(
                r"^    users: WritableUserRepository\n", f"    {n.plural}: Repository[{n.cls}]\n"
            ),
        ],
        DATABASE: [
            Imports(
                (
                    f"from app.core.database.{kind.lower()}_repository import "
                    f"{kind}Reader, {kind}Repository",
                    f"from app.repositories.database.{n.plural} import {n.constants}",
                )
            ),
            Beside(r"^RESOURCES: .* = \(\s*USERS,", f" {n.constants},"),
            Beside(
                rf"^        self\.users = {kind}UserRepository\(.*\n",
                f"        self.{n.plural} = {kind}Reader({n.constants}, self.reads, self.entities)\n",
            ),
            Beside(
                rf"^        self\.users = Writable{kind}UserRepository\(.*\n",
                f"        self.{n.plural} = {kind}Repository({n.constants}, session, pending)\n",
            ),
        ],
    }


def _api(r: Resource) -> Edits:
    n = r.names
    return {
        "app/api/routes/v1.py": [
            Imports((f"from app.api.routes import {n.plural}",)),
            Beside(
                r"^    for resource in [(\[]\s*users\b[^)\]]*?(?=,?\s*[)\]]:$)", f", {n.plural}"
            ),
        ],
    }


def _access(r: Resource) -> Edits:
    """Return the scopes of the resource, which tokens of callers have."""
    n = r.names
    scopes = {f"WRITE_{n.constants}": f"{n.path}:write"}
    if not r.is_public:
        scopes = {f"READ_{n.constants}": f"{n.path}:read"} | scopes
    return {
        "app/models/caller.py": [
            Beside(
                r'^WRITE_USERS = "users:write"\n',
                "".join(f'{name} = "{scope}"\n' for name, scope in scopes.items()),
            ),
            Beside(
                r"^SCOPES = frozenset\(\s*\{\s*READ_USERS,\s*WRITE_USERS",
                "".join(f", {name}" for name in scopes),
            ),
        ]
    }
