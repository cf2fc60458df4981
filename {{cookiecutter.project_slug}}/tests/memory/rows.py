"""What is kept in memory."""

from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.core.events.outbox_message import OutboxEntry
from app.core.idempotency.models import IdempotencyRecord
#% if cookiecutter.auth == "jwt"
from app.models.account import Account, TokenFamily
#% endif
from app.models.user import User
from app.repositories.database.storage import RESOURCES


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """An entry of the outbox, and when it is due; None for dead letters."""

    entry: OutboxEntry
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Rows:
    """A dictionary for each kind of thing that is stored."""

    entities: dict[str, dict[UUID, Any]] = field(
        default_factory=lambda: {resource.name: {} for resource in RESOURCES},
    )
    idempotency_keys: dict[str, IdempotencyRecord] = field(default_factory=dict)
    outbox: dict[UUID, OutboxRow] = field(default_factory=dict)
    inbox: dict[tuple[str, UUID], datetime] = field(default_factory=dict)
    registrations: dict[date, int] = field(default_factory=dict)
#% if cookiecutter.auth == "jwt"
    accounts: dict[UUID, Account] = field(default_factory=dict)
    token_families: dict[UUID, TokenFamily] = field(default_factory=dict)
    known_networks: dict[bytes, datetime] = field(default_factory=dict)
#% endif

    @property
    def users(self) -> dict[UUID, User]:
        """The users by id."""
        return self.entities["users"]

    def copy(self) -> "Rows":
        """Return the same rows in new dictionaries."""
        rows = Rows()
        rows.become(self)
        return rows

    def become(self, other: "Rows") -> None:
        """Hold what other rows hold, in the dictionaries that these had."""
        for table in fields(self):
            if table.name == "entities":
                for name, entities in self.entities.items():
                    _replace(entities, other.entities[name])
            else:
                _replace(getattr(self, table.name), getattr(other, table.name))


def _replace(mine: dict[Any, Any], theirs: dict[Any, Any]) -> None:
    mine.clear()
    mine.update(theirs)
