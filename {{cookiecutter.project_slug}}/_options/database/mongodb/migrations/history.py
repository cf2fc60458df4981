"""Which steps a database has seen, and the way from there to another."""

import re
from datetime import UTC, datetime

from pymongo.errors import PyMongoError

from migrations.database import reason
from migrations.errors import MigrationError
from migrations.operations import Database
from migrations.steps import Change, Step

HEAD = "head"
BASE = "base"
BEFORE_ALL = "0000"

_RELATIVE = re.compile(r"-\d+")


class History:
    """The steps that were run, recorded in the collection `migrations` of the database.

    A step is recorded when it has run, and struck out when it has been undone: one that did
    not get that far is run again.
    """

    def __init__(self, database: Database, steps: tuple[Step, ...]) -> None:
        self._database = database
        self._records = database["migrations"]
        self._steps = steps

    async def missing(self) -> list[Step]:
        """Return the steps that have not been run, the first one first.

        Raises:
            MigrationError: the database has seen steps that this code does not have.
        """
        seen = await self._seen()
        return [step for step in self._steps if step.revision not in seen]

    async def upgrade(self, revision: str) -> None:
        """Run what is missing up to a step, or all of it for `head`."""
        last = self._steps[-1].revision if revision == HEAD else self._known(revision)
        for step in await self.missing():
            if step.revision <= last:
                await self._run(step, step.upgrade)
                now = datetime.now(UTC)
                await self._records.replace_one(
                    {"_id": step.revision},
                    {"applied_at": now},
                    upsert=True,
                )

    async def downgrade(self, revision: str) -> None:
        """Undo what was run after a step, the last one first.

        `base` undoes all, `-2` the last two.
        """
        seen = await self._seen()
        last = self._destination(revision, sorted(seen))
        for step in reversed(self._steps):
            if step.revision > last and step.revision in seen:
                await self._run(step, step.downgrade)
                await self._records.delete_one({"_id": step.revision})

    async def _run(self, step: Step, change: Change) -> None:
        try:
            await change(self._database)
        except PyMongoError as error:
            raise MigrationError(
                f"Step {step.revision} failed, and may be half done: {reason(error)}. "
                "Mend the cause, then run it again.",
            ) from error

    async def _seen(self) -> set[str]:
        seen = {record["_id"] async for record in self._records.find()}
        unknown = seen - {step.revision for step in self._steps}
        if unknown:
            names = ", ".join(sorted(unknown))
            raise MigrationError(
                f"The database has seen steps that this code does not have: {names}.",
            )
        return seen

    def _destination(self, revision: str, seen: list[str]) -> str:
        if revision == BASE:
            return BEFORE_ALL
        if not _RELATIVE.fullmatch(revision):
            return self._known(revision)
        left = len(seen) + int(revision)
        if left < 0:
            raise MigrationError(f"Only {len(seen)} steps have been run.")
        return [BEFORE_ALL, *seen][left]

    def _known(self, revision: str) -> str:
        revisions = [step.revision for step in self._steps]
        if revision not in revisions:
            names = ", ".join(revisions)
            raise MigrationError(f"There is no step {revision}, only {names}.")
        return revision
