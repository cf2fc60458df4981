"""Records of requests in a table."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Integer, bindparam, delete, insert, select, update

from app.core.database.sessions import WriteSession
from app.core.database.tables import idempotency_keys
from app.core.idempotency.models import IdempotencyRecord
from app.core.idempotency.repository import IdempotencyRecords
from app.core.observability.instrumentation import measured

_IS_IT = idempotency_keys.c.id == bindparam("record_id")
_BY_ID = select(idempotency_keys).where(_IS_IT)
_ADD = insert(idempotency_keys)
_FINISH = update(idempotency_keys).where(_IS_IT).values(result=bindparam("answer"))
_OLD = (
    select(idempotency_keys.c.id)
    .where(idempotency_keys.c.created_at < bindparam("before"))
    .order_by(idempotency_keys.c.created_at)
    .limit(bindparam("size", type_=Integer))
)


@measured("repository")
class SqlIdempotencyRecords(IdempotencyRecords):
    """Reads and writes records within the transaction of a session.

    The database itself lets those wait who add the same primary key.
    """

    def __init__(self, session: WriteSession) -> None:
        self._session = session

    async def get_record(self, record_id: str) -> IdempotencyRecord | None:
        rows = await self._session.rows(_BY_ID, {"record_id": record_id})
        return IdempotencyRecord(**rows[0]) if rows else None

    async def add(self, record: IdempotencyRecord) -> None:
        await self._session.write(_ADD, asdict(record))

    async def finish(self, record: IdempotencyRecord) -> None:
        finished = {"record_id": record.id, "answer": record.result}
        await self._session.write(_FINISH, finished)

    async def purge(self, before: datetime, limit: int) -> int:
        """Find them first: not every database can limit what it deletes."""
        old = await self._session.rows(_OLD, {"before": before, "size": limit})
        if not old:
            return 0
        ids = [row["id"] for row in old]
        return await self._session.write(
            delete(idempotency_keys).where(idempotency_keys.c.id.in_(ids)),
        )
