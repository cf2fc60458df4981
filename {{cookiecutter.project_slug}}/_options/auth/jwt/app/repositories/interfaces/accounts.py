"""Storage of accounts and of the refresh tokens given out for them."""

from abc import ABC, abstractmethod
from datetime import datetime
from uuid import UUID

from app.core.database.errors import RepositoryError
from app.models.account import Account, TokenFamily


class StaleAccount(RepositoryError):
    """The account was changed by somebody else since it was read, or is gone."""

    is_refusal = True


class StaleFamily(RepositoryError):
    """The family went on to another token since it was read, or is over."""

    is_refusal = True


class AccountRepository(ABC):
    """Accounts that can be read. Every implementation passes `tests/contract/test_accounts.py`.

    A deactivated user has no account. Nothing here is read from a cache or a replica: both
    might let somebody in who has just been locked out.

    Raises:
        StorageUnavailable: by every method, when storage does not answer in time.
    """

    @abstractmethod
    async def get_account(self, user_id: UUID) -> Account | None:
        """Return what an active user logs in with, or None if there is nothing."""

    @abstractmethod
    async def find_account(self, email: str) -> Account | None:
        """Return what the active user with an address logs in with, or None."""

    @abstractmethod
    async def get_family(self, family_id: UUID) -> TokenFamily | None:
        """Return a family of tokens, over or not, or None if there is none with this id."""

    @abstractmethod
    async def find_family(self, family_digest: bytes) -> TokenFamily | None:
        """Return the family with a digest, over or not, or None if there is none."""

    @abstractmethod
    async def network_known_until(self, digest: bytes) -> datetime | None:
        """Return until when a network is known to an account, or None if it is not.

        `digest` is 32 bytes and stands for both.
        """


class WritableAccountRepository(AccountRepository):
    """Accounts within a unit of work: what is written is seen by others on commit."""

    @abstractmethod
    async def add(self, account: Account) -> None:
        """Store the account of a user that is stored already, and has none yet."""

    @abstractmethod
    async def update(self, account: Account) -> None:
        """Store an account over the version before it.

        Raises:
            StaleAccount: what is stored is not the version before this one.
        """

    @abstractmethod
    async def add_family(self, family: TokenFamily) -> None:
        """Store a new family of tokens of a user that is stored already."""

    @abstractmethod
    async def rotate(self, family: TokenFamily, *, used: bytes) -> None:
        """Store a family that goes on after a token was used. Of many at once one succeeds.

        `used` is the digest of that token.

        Raises:
            StaleFamily: that is not the token which can be used next, or the family is over.
        """

    @abstractmethod
    async def end_family(self, family_id: UUID, *, at: datetime) -> None:
        """Mark a family as over; one that is over already, or unknown, stays as it is."""

    @abstractmethod
    async def remove_families(self, user_id: UUID, *, expired_by: datetime) -> None:
        """Forget families of a user that expired by a time; of many, a hundred at least."""

    @abstractmethod
    async def remember_network(self, digest: bytes, *, until: datetime) -> None:
        """Store until when a network is known to an account, over an earlier time if any."""

    @abstractmethod
    async def purge_networks(self, expired_by: datetime, limit: int) -> int:
        """Delete up to `limit` networks that are known no longer by a time; return how many."""
