"""What clients repeat, because they did not hear how it ended, happens once.

Source: draft-ietf-httpapi-idempotency-key-header,
https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import structlog
from pydantic import TypeAdapter

from app.core.clock import Clock
from app.core.database.errors import DuplicateKey, TransactionLost
from app.core.database.unit_of_work import UnitOfWork, UnitOfWorkFactory, Work
from app.core.errors import IdempotencyKeyReused, translate_storage_errors
from app.core.idempotency.models import KEPT_FOR, IdempotencyKey, IdempotencyRecord

logger = structlog.get_logger()

Result = TypeVar("Result")

PAUSES_SECONDS = (0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64)
"""The longest waits before each further attempt."""

PURGED_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Answer(Generic[Result]):
    """What came of a request, and whether it came of it earlier."""

    result: Result
    replayed: bool = False


class Once(Generic[Work, Result]):
    """Lets what a request asks for happen once, however often it is asked for.

    - The record of a request, with its result, is written in the transaction of its effect:
      there are both or neither.
    - The record comes first in the transaction. Requests with the same key wait for each
      other there, and all but one get the result of that one.
    - What is refused or fails leaves no record, and may be tried again.
    - Records are kept for `KEPT_FOR`, and longer until they are purged. A result that was
      stored by an earlier release has to be readable: give new attributes a default.

    `results` writes and reads results; it is costly to make, and cheap to keep.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory[Work],
        clock: Clock,
        results: TypeAdapter[Result],
    ) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._results = results

    async def run(
        self,
        effect: Callable[[Work], Awaitable[Result]],
        key: IdempotencyKey | None,
    ) -> Answer[Result]:
        """Run an effect within a unit of work and commit it, if that has not happened yet.

        Without a key it happens each time. With one it may be begun several times, but is
        committed once.

        Raises:
            IdempotencyKeyReused: the key was used for another request.
            RepositoryError: whatever the effect raises.
        """
        if key is None:
            async with self._unit_of_work() as work:
                result = await effect(work)
                await work.commit()
                return Answer(result)
        for pause in PAUSES_SECONDS:
            try:
                return await self._first(effect, key)
            except DuplicateKey:
                earlier = await self._earlier(key)
                if earlier is not None:
                    return earlier
            except TransactionLost as error:
                logger.info("transaction_repeated", reason=str(error))
            await asyncio.sleep(random.uniform(0, pause))  # noqa: S311 - no secret
        return await self._first(effect, key)

    async def _first(
        self,
        effect: Callable[[Work], Awaitable[Result]],
        key: IdempotencyKey,
    ) -> Answer[Result]:
        record = IdempotencyRecord(
            id=key.id,
            fingerprint=key.fingerprint,
            created_at=self._clock.now(),
        )
        async with self._unit_of_work() as work:
            await work.idempotency.add(record)
            result = await effect(work)
            text = self._results.dump_json(result, ensure_ascii=True).decode()
            await work.idempotency.finish(replace(record, result=text))
            await work.commit()
        return Answer(result)

    async def _earlier(self, key: IdempotencyKey) -> Answer[Result] | None:
        async with self._unit_of_work() as work:
            record = await work.idempotency.get_record(key.id)
        if record is None or record.result is None:
            return None
        if record.fingerprint != key.fingerprint:
            raise IdempotencyKeyReused
        return Answer(self._results.validate_json(record.result), replayed=True)


@translate_storage_errors()
async def purge_idempotency_records(
    unit_of_work: UnitOfWorkFactory[UnitOfWork],
    clock: Clock,
) -> int:
    """Delete records that are old enough, in batches, and return how many.

    Raises:
        DependencyUnavailable: storage does not answer in time.
    """
    before = clock.now() - KEPT_FOR
    purged = 0
    while True:
        async with unit_of_work() as work:
            batch = await work.idempotency.purge(before, PURGED_AT_ONCE)
            await work.commit()
        purged += batch
        if batch < PURGED_AT_ONCE:
            logger.info("idempotency_records_purged", count=purged)
            return purged
