"""Accounts, refresh tokens and known networks in collections."""

from contextlib import suppress
from dataclasses import asdict, replace
from datetime import datetime
from uuid import UUID

from pymongo import ASCENDING

from app.core.database.client import Document
from app.core.database.sessions import Session, WriteSession
from app.core.observability.instrumentation import measured
from app.models.account import Account, TokenFamily
from app.repositories.database.account_schema import (
    ACCOUNTS,
    KNOWN_NETWORKS,
    TOKEN_FAMILIES,
)
from app.repositories.database.users import USERS
from app.repositories.interfaces.accounts import (
    AccountRepository,
    StaleAccount,
    StaleFamily,
    WritableAccountRepository,
)

REMOVED_AT_ONCE = 100


@measured("repository")
class MongoAccountRepository(AccountRepository):
    """Reads accounts and families of tokens through a session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get_account(self, user_id: UUID) -> Account | None:
        return await self._account({"_id": user_id})

    async def find_account(self, email: str) -> Account | None:
        return await self._account({"email": email})

    async def get_family(self, family_id: UUID) -> TokenFamily | None:
        return await self._family({"_id": family_id})

    async def find_family(self, family_digest: bytes) -> TokenFamily | None:
        return await self._family({"family_digest": family_digest})

    async def network_known_until(self, digest: bytes) -> datetime | None:
        criteria = {"_id": digest}
        found = await self._session.find(KNOWN_NETWORKS, criteria, limit=1)
        return found[0]["known_until"] if found else None

    async def _account(self, is_it: Document) -> Account | None:
        """Look for an active user, and always for an account: both take their time."""
        criteria = {**is_it, "deactivated_at": None}
        users = await self._session.find(USERS.collection, criteria, limit=1)
        user_id = users[0]["_id"] if users else None
        found = await self._session.find(ACCOUNTS, {"_id": user_id}, limit=1)
        return _account(found[0]) if found else None

    async def _family(self, criteria: Document) -> TokenFamily | None:
        found = await self._session.find(TOKEN_FAMILIES, criteria, limit=1)
        return _family(found[0]) if found else None


@measured("repository")
class WritableMongoAccountRepository(MongoAccountRepository, WritableAccountRepository):
    """Reads and writes accounts and families of tokens within a transaction."""

    def __init__(self, session: WriteSession) -> None:
        super().__init__(session)
        self._writes = session

    async def add(self, account: Account) -> None:
        await self._writes.insert(ACCOUNTS, _account_document(account))

    async def update(self, account: Account) -> None:
        await self._writes.replace(
            ACCOUNTS,
            {"_id": account.user_id, "version": account.version - 1},
            _account_document(account),
            missing=StaleAccount,
        )

    async def add_family(self, family: TokenFamily) -> None:
        await self._writes.insert(TOKEN_FAMILIES, _family_document(family))

    async def rotate(self, family: TokenFamily, *, used: bytes) -> None:
        await self._writes.replace(
            TOKEN_FAMILIES,
            {"_id": family.id, "token_digest": used, "ended_at": None},
            _family_document(family),
            missing=StaleFamily,
        )

    async def end_family(self, family_id: UUID, *, at: datetime) -> None:
        family = await self.get_family(family_id)
        if family is None or family.ended_at is not None:
            return
        with suppress(StaleFamily):  # somebody else ended it just now
            await self._writes.replace(
                TOKEN_FAMILIES,
                {"_id": family_id, "ended_at": None},
                _family_document(replace(family, ended_at=at)),
                missing=StaleFamily,
            )

    async def remove_families(self, user_id: UUID, *, expired_by: datetime) -> None:
        expired = await self._session.find(
            TOKEN_FAMILIES,
            {"user_id": user_id, "expires_at": {"$lte": expired_by}},
            limit=REMOVED_AT_ONCE,
        )
        for document in expired:
            with suppress(StaleFamily):  # somebody else removed it just now
                await self._writes.delete(
                    TOKEN_FAMILIES,
                    {"_id": document["_id"]},
                    missing=StaleFamily,
                )

    async def remember_network(self, digest: bytes, *, until: datetime) -> None:
        await self._writes.delete_many(KNOWN_NETWORKS, {"_id": digest})
        known = {"_id": digest, "known_until": until}
        await self._writes.insert(KNOWN_NETWORKS, known)

    async def purge_networks(self, expired_by: datetime, limit: int) -> int:
        expired = await self._session.find(
            KNOWN_NETWORKS,
            {"known_until": {"$lte": expired_by}},
            limit=limit,
            order=[("known_until", ASCENDING)],
        )
        digests = [document["_id"] for document in expired]
        return await self._writes.delete_many(
            KNOWN_NETWORKS,
            {"_id": {"$in": digests}},
        )


def _account(document: Document) -> Account:
    return Account(user_id=document.pop("_id"), **document)


def _account_document(account: Account) -> Document:
    document = asdict(account)
    return {"_id": document.pop("user_id"), **document}


def _family(document: Document) -> TokenFamily:
    return TokenFamily(id=document.pop("_id"), **document)


def _family_document(family: TokenFamily) -> Document:
    document = asdict(family)
    return {"_id": document.pop("id"), **document}
