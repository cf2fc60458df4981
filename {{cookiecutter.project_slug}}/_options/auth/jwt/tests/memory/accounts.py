"""Accounts and refresh tokens in dictionaries."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from app.core.observability.instrumentation import measured
from app.models.account import Account, TokenFamily
from app.repositories.interfaces.accounts import (
    AccountRepository,
    StaleAccount,
    StaleFamily,
    WritableAccountRepository,
)
from tests.memory.rows import Rows


@measured("repository")
class MemoryAccountRepository(AccountRepository):
    """Reads accounts by their user's id, and families of tokens by their own."""

    def __init__(self, rows: Rows) -> None:
        self._users = rows.users
        self._accounts = rows.accounts
        self._families = rows.token_families
        self._networks = rows.known_networks

    async def get_account(self, user_id: UUID) -> Account | None:
        user = self._users.get(user_id)
        return self._accounts.get(user_id) if user and user.is_active else None

    async def find_account(self, email: str) -> Account | None:
        found = (user.id for user in self._users.values() if user.email == email)
        user_id = next(found, None)
        return await self.get_account(user_id) if user_id else None

    async def get_family(self, family_id: UUID) -> TokenFamily | None:
        return self._families.get(family_id)

    async def find_family(self, family_digest: bytes) -> TokenFamily | None:
        families = self._families.values()
        found = (of for of in families if of.family_digest == family_digest)
        return next(found, None)

    async def network_known_until(self, digest: bytes) -> datetime | None:
        return self._networks.get(digest)


@measured("repository")
class WritableMemoryAccountRepository(
    MemoryAccountRepository,
    WritableAccountRepository,
):
    """Reads and writes accounts and families of tokens."""

    async def add(self, account: Account) -> None:
        self._accounts[account.user_id] = account

    async def update(self, account: Account) -> None:
        stored = self._accounts.get(account.user_id)
        if stored is None or stored.version != account.version - 1:
            raise StaleAccount
        self._accounts[account.user_id] = account

    async def add_family(self, family: TokenFamily) -> None:
        self._families[family.id] = family

    async def rotate(self, family: TokenFamily, *, used: bytes) -> None:
        stored = self._families.get(family.id)
        if stored is None or stored.ended_at is not None or stored.token_digest != used:
            raise StaleFamily
        self._families[family.id] = family

    async def end_family(self, family_id: UUID, *, at: datetime) -> None:
        stored = self._families.get(family_id)
        if stored is not None and stored.ended_at is None:
            self._families[family_id] = replace(stored, ended_at=at)

    async def remove_families(self, user_id: UUID, *, expired_by: datetime) -> None:
        for family in list(self._families.values()):
            if family.user_id == user_id and family.expires_at <= expired_by:
                del self._families[family.id]

    async def remember_network(self, digest: bytes, *, until: datetime) -> None:
        self._networks[digest] = until

    async def purge_networks(self, expired_by: datetime, limit: int) -> int:
        expired = [of for of, until in self._networks.items() if until <= expired_by]
        for digest in expired[:limit]:
            del self._networks[digest]
        return len(expired[:limit])
