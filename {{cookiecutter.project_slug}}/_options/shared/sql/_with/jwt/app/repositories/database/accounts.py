"""Accounts, refresh tokens and known networks in tables."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Integer,
    Select,
    Table,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from app.core.database.sessions import Session, WriteSession
from app.core.database.upserts import upsert
from app.core.observability.instrumentation import measured
from app.models.account import Account, TokenFamily
from app.repositories.database.account_tables import (
    accounts,
    known_networks,
    token_families,
)
from app.repositories.database.users import users
from app.repositories.interfaces.accounts import (
    AccountRepository,
    StaleAccount,
    StaleFamily,
    WritableAccountRepository,
)

_ACTIVE = select(accounts).join(users).where(users.c.deactivated_at.is_(None))
"""Accounts of active users."""

_BY_USER = _ACTIVE.where(accounts.c.user_id == bindparam("wanted"))
_BY_EMAIL = _ACTIVE.where(users.c.email == bindparam("address"))
_ADD = insert(accounts)
_CHANGE = update(accounts).where(
    accounts.c.user_id == bindparam("changed"),
    accounts.c.version == bindparam("version_before"),
)

_IS_FAMILY = token_families.c.id == bindparam("wanted")
_FAMILY = select(token_families).where(_IS_FAMILY)
_FAMILY_BY_DIGEST = select(token_families).where(
    token_families.c.family_digest == bindparam("digest"),
)
_ADD_FAMILY = insert(token_families)
_GOES_ON = update(token_families).where(
    _IS_FAMILY,
    token_families.c.ended_at.is_(None),
)
_ROTATE = _GOES_ON.where(token_families.c.token_digest == bindparam("used")).values(
    token_digest=bindparam("new_digest"),
    expires_at=bindparam("new_expiry"),
)
_END = _GOES_ON.values(ended_at=bindparam("at"))
_REMOVE_EXPIRED = delete(token_families).where(
    token_families.c.user_id == bindparam("of_user"),
    token_families.c.expires_at <= bindparam("expired_by"),
)

_NETWORK = select(known_networks).where(
    known_networks.c.digest == bindparam("wanted"),
)
_REMEMBER_NETWORK = upsert(
    known_networks,
    {"digest": bindparam("digest"), "known_until": bindparam("known_until")},
    changes={"known_until": bindparam("known_until")},
)
_EXPIRED_NETWORKS = (
    select(known_networks.c.digest)
    .where(known_networks.c.known_until <= bindparam("expired_by"))
    .order_by(known_networks.c.known_until)
    .limit(bindparam("size", type_=Integer))
)


@measured("repository")
class SqlAccountRepository(AccountRepository):
    """Reads accounts and families of tokens through a session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get_account(self, user_id: UUID) -> Account | None:
        return await self._account(_BY_USER, {"wanted": user_id})

    async def find_account(self, email: str) -> Account | None:
        return await self._account(_BY_EMAIL, {"address": email})

    async def get_family(self, family_id: UUID) -> TokenFamily | None:
        return await self._family(_FAMILY, {"wanted": family_id})

    async def find_family(self, family_digest: bytes) -> TokenFamily | None:
        return await self._family(_FAMILY_BY_DIGEST, {"digest": family_digest})

    async def network_known_until(self, digest: bytes) -> datetime | None:
        rows = await self._session.rows(_NETWORK, {"wanted": digest})
        return rows[0]["known_until"] if rows else None

    async def _account(
        self,
        query: Select[Any],
        values: Mapping[str, object],
    ) -> Account | None:
        rows = await self._session.rows(query, values)
        return Account(**rows[0]) if rows else None

    async def _family(
        self,
        query: Select[Any],
        values: Mapping[str, object],
    ) -> TokenFamily | None:
        rows = await self._session.rows(query, values)
        return TokenFamily(**rows[0]) if rows else None


@measured("repository")
class WritableSqlAccountRepository(SqlAccountRepository, WritableAccountRepository):
    """Reads and writes accounts and families of tokens within a transaction."""

    def __init__(self, session: WriteSession) -> None:
        super().__init__(session)
        self._writes = session

    async def add(self, account: Account) -> None:
        await self._writes.write(_ADD, _values(account, accounts))

    async def update(self, account: Account) -> None:
        before = {"changed": account.user_id, "version_before": account.version - 1}
        values = before | _values(account, accounts)
        if not await self._writes.write(_CHANGE, values):
            raise StaleAccount

    async def add_family(self, family: TokenFamily) -> None:
        await self._writes.write(_ADD_FAMILY, _values(family, token_families))

    async def rotate(self, family: TokenFamily, *, used: bytes) -> None:
        values = {
            "wanted": family.id,
            "used": used,
            "new_digest": family.token_digest,
            "new_expiry": family.expires_at,
        }
        if not await self._writes.write(_ROTATE, values):
            raise StaleFamily

    async def end_family(self, family_id: UUID, *, at: datetime) -> None:
        await self._writes.write(_END, {"wanted": family_id, "at": at})

    async def remove_families(self, user_id: UUID, *, expired_by: datetime) -> None:
        expired = {"of_user": user_id, "expired_by": expired_by}
        await self._writes.write(_REMOVE_EXPIRED, expired)

    async def remember_network(self, digest: bytes, *, until: datetime) -> None:
        known = {"digest": digest, "known_until": until}
        await self._writes.write(_REMEMBER_NETWORK, known)

    async def purge_networks(self, expired_by: datetime, limit: int) -> int:
        """Find them first: not every database can limit what it deletes."""
        wanted = {"expired_by": expired_by, "size": limit}
        expired = await self._session.rows(_EXPIRED_NETWORKS, wanted)
        if not expired:
            return 0
        digests = [row["digest"] for row in expired]
        return await self._writes.write(
            delete(known_networks).where(known_networks.c.digest.in_(digests)),
        )


def _values(row: Account | TokenFamily, table: Table) -> dict[str, Any]:
    return {column.name: getattr(row, column.name) for column in table.columns}
