"""A lock that one process holds at a time, and that outlives no process for long.

MongoDB has no locks for its users; a document stands for one. Only the server's clock counts.
Source: Gray and Cheriton, "Leases: An Efficient Fault-Tolerant Mechanism", SOSP 1989,
https://dl.acm.org/doi/10.1145/74851.74870
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError, PyMongoError

from migrations.errors import MigrationError
from migrations.operations import Database

LEASE_SECONDS = 10
WAIT_SECONDS = 60
POLL_SECONDS = 0.1

_LOCK = {"_id": "migrations"}


class Lease:
    """The lock for some seconds, for one holder, who may renew it as often as it likes."""

    def __init__(self, database: Database, seconds: float) -> None:
        self.seconds = seconds
        self._locks = database["locks"]
        self._holder = uuid4()

    async def take(self) -> bool:
        """Take the lock, or renew it, unless somebody else has it; return whether it worked.

        One update does it all: a document whose holder is another and whose time is not over
        is written as it was. A time further ahead than any lease was written before the
        server's clock was set back, and is over as well.
        """
        mine = {"$eq": ["$holder", self._holder]}
        expired = {"$lt": ["$expires_at", "$$NOW"]}  # so is one that nobody ever held
        longest = round(max(self.seconds, LEASE_SECONDS) * 1000)
        impossible = {"$gt": ["$expires_at", {"$add": ["$$NOW", longest]}]}
        free = {"$or": [mine, expired, impossible]}
        end = {"$add": ["$$NOW", round(self.seconds * 1000)]}
        change = {
            "holder": {"$cond": [free, self._holder, "$holder"]},
            "expires_at": {"$cond": [free, end, "$expires_at"]},
        }
        try:
            lock = await self._locks.find_one_and_update(
                _LOCK,
                [{"$set": change}],
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
        except DuplicateKeyError:  # somebody else made the document at the same moment
            return False
        return lock is not None and bool(lock["holder"] == self._holder)

    async def give_back(self) -> None:
        """Let others have the lock, if this holder has it."""
        await self._locks.delete_one({**_LOCK, "holder": self._holder})


@asynccontextmanager
async def exclusive(
    database: Database,
    *,
    lease_seconds: float = LEASE_SECONDS,
    wait_seconds: float = WAIT_SECONDS,
) -> AsyncIterator[None]:
    """Hold the lock while the body runs, renewing it; stop the body if it gets lost.

    Raises:
        MigrationError: others held the lock all the time, or this process lost it.
    """
    lease = Lease(database, lease_seconds)
    await _wait_for(lease, wait_seconds)
    try:
        async with asyncio.timeout(lease_seconds) as limit:
            renewal = asyncio.create_task(_renew(lease, limit))
            try:
                yield
            finally:
                renewal.cancel()
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise MigrationError(
            "Stopped, because the database did not answer for too long, and another "
            "process may be migrating it by now. Run it again.",
        ) from error
    finally:
        await _give_back(lease)


async def _wait_for(lease: Lease, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            while not await lease.take():  # noqa: ASYNC110 -- it is another process's
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError as error:
        raise MigrationError(
            f"Another process has been migrating this database for {seconds} s. "
            "Wait until it is done, then run it again.",
        ) from error


async def _renew(lease: Lease, limit: asyncio.Timeout) -> None:
    """Renew a lease while it lasts; as soon as somebody else has it, end what it protects."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(lease.seconds / 4)
        asked_at = loop.time()
        try:
            renewed = await lease.take()
        except PyMongoError:
            continue  # there is time to try again; `limit` says how much
        limit.reschedule(asked_at + lease.seconds if renewed else asked_at)
        if not renewed:
            return


async def _give_back(lease: Lease) -> None:
    """Do without if the database is gone: the lease expires."""
    try:
        async with asyncio.timeout(lease.seconds):
            await lease.give_back()
    except (PyMongoError, TimeoutError):
        pass
