"""Accounts and refresh tokens in tables."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, and_, delete, insert, select, update

from app.core.measuring import measured
from app.models.account import Account, TokenFamily
from app.repositories.database.account_tables import accounts, token_families
from app.repositories.database.sessions import Session, WriteSession
from app.repositories.database.tables import users
from app.repositories.interfaces.accounts import (
    AccountRepository,
    StaleAccount,
    StaleFamily,
    WritableAccountRepository,
)

_ACTIVE = select(accounts).join(users).where(users.c.deactivated_at.is_(None))
"""Accounts of active users."""


@measured("repository")
class SqlAccountRepository(AccountRepository):
    """Reads accounts and families of tokens through a session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get_account(self, user_id: UUID) -> Account | None:
        return await self._account(_ACTIVE.where(accounts.c.user_id == user_id))

    async def find_account(self, email: str) -> Account | None:
        return await self._account(_ACTIVE.where(users.c.email == email))

    async def get_family(self, family_id: UUID) -> TokenFamily | None:
        query = select(token_families).where(token_families.c.id == family_id)
        return await self._family(query)

    async def find_family(self, family_digest: bytes) -> TokenFamily | None:
        is_it = token_families.c.family_digest == family_digest
        return await self._family(select(token_families).where(is_it))

    async def _account(self, query: Select[Any]) -> Account | None:
        rows = await self._session.rows(query)
        return Account(**rows[0]) if rows else None

    async def _family(self, query: Select[Any]) -> TokenFamily | None:
        rows = await self._session.rows(query)
        return TokenFamily(**rows[0]) if rows else None


@measured("repository")
class WritableSqlAccountRepository(SqlAccountRepository, WritableAccountRepository):
    """Reads and writes accounts and families of tokens within a transaction."""

    def __init__(self, session: WriteSession) -> None:
        super().__init__(session)
        self._writes = session

    async def add(self, account: Account) -> None:
        await self._writes.write(insert(accounts).values(_values(account, accounts)))

    async def update(self, account: Account) -> None:
        is_version_before = and_(
            accounts.c.user_id == account.user_id,
            accounts.c.version == account.version - 1,
        )
        values = _values(account, accounts)
        changed = await self._writes.write(
            update(accounts).where(is_version_before).values(values),
        )
        if not changed:
            raise StaleAccount

    async def add_family(self, family: TokenFamily) -> None:
        values = _values(family, token_families)
        await self._writes.write(insert(token_families).values(values))

    async def rotate(self, family: TokenFamily, *, used: bytes) -> None:
        can_be_used = and_(
            token_families.c.id == family.id,
            token_families.c.token_digest == used,
            token_families.c.ended_at.is_(None),
        )
        changed = await self._writes.write(
            update(token_families)
            .where(can_be_used)
            .values(token_digest=family.token_digest, expires_at=family.expires_at),
        )
        if not changed:
            raise StaleFamily

    async def end_family(self, family_id: UUID, *, at: datetime) -> None:
        goes_on = and_(
            token_families.c.id == family_id,
            token_families.c.ended_at.is_(None),
        )
        await self._writes.write(
            update(token_families).where(goes_on).values(ended_at=at),
        )

    async def remove_families(self, user_id: UUID, *, expired_by: datetime) -> None:
        is_expired = and_(
            token_families.c.user_id == user_id,
            token_families.c.expires_at <= expired_by,
        )
        await self._writes.write(delete(token_families).where(is_expired))


def _values(row: Account | TokenFamily, table: Table) -> dict[str, Any]:
    return {column.name: getattr(row, column.name) for column in table.columns}
