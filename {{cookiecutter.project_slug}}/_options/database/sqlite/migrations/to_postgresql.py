"""Carry all data over to PostgreSQL, once: `docs/scaling.md` says when and how.

`TARGET_DATABASE_URL` names the database that it goes to. It has the same tables already, made
by the same service with PostgreSQL, and no rows. Rows come from one moment, and arrive all
together or not at all.
"""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import (
    URL,
    Connection,
    MetaData,
    Table,
    create_engine,
    func,
    insert,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from app.core.settings import settings_or_exit
from app.repositories.database import metadata

VARIABLE = "TARGET_DATABASE_URL"

BATCH = 1000
"""Rows that are sent together."""

_REVISIONS = text("SELECT version_num FROM alembic_version ORDER BY version_num")

_SEQUENCES = text(
    """
    SELECT pg_get_serial_sequence(quote_ident(table_name), column_name), column_name
    FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name = :table
        AND pg_get_serial_sequence(quote_ident(table_name), column_name) IS NOT NULL
    """,
)


class NotCarried(Exception):
    """Nothing was carried over; the message says why."""


def main() -> None:
    """Carry the data over and say how much it was, or exit with a line that says why not."""
    try:
        target = _target(os.environ.get(VARIABLE, ""))
        counts = asyncio.run(carry_all(settings_or_exit().database.path, target))
    except NotCarried as error:
        sys.exit(str(error))
    except ModuleNotFoundError as error:
        name = error.name
        sys.exit(f"{name} is missing: run this with `uv run --with {name}`.")
    except (OSError, DBAPIError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        reason = " ".join(str(cause or type(cause).__name__).split())
        sys.exit(f"Nothing was carried over: {reason}")
    for table, count in counts.items():
        sys.stdout.write(f"{table}: {count}\n")


async def carry_all(path: str, target: URL) -> dict[str, int]:
    """Carry all rows of a file over; return how many there were in each table.

    Raises:
        NotCarried: there is no such file, or the target is not ready for its rows.
    """
    with _opened(path) as source:
        engine = create_async_engine(target, hide_parameters=True)
        try:
            async with engine.begin() as connection:
                return await connection.run_sync(_carry, source)
        finally:
            await engine.dispose()


def _target(url: str) -> URL:
    """Return the way to the target, as asyncpg spells it.

    Raises:
        NotCarried: it is no address of a PostgreSQL database.
    """
    try:
        target = make_url(url)
    except ArgumentError:
        target = None
    if target is None or target.get_backend_name() != "postgresql":
        raise NotCarried(f"Set {VARIABLE} to postgresql://user:password@host/database.")
    query = dict(target.query)
    if "sslmode" in query:
        query["ssl"] = query.pop("sslmode")
    return target.set(drivername="postgresql+asyncpg", query=query)


@contextmanager
def _opened(path: str) -> Iterator[Connection]:
    """Open a file for reading only, in a transaction."""
    if not Path(path).is_file():
        raise NotCarried(f"There is no file {path}: is DATABASE__URL right?")
    file = f"file:{quote(path)}"
    url = URL.create("sqlite", database=file, query={"mode": "ro", "uri": "true"})
    engine = create_engine(url, hide_parameters=True)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            yield connection
    finally:
        engine.dispose()


def _carry(target: Connection, source: Connection) -> dict[str, int]:
    tables = _tables_of(target, source)
    quoted = target.dialect.identifier_preparer.quote
    names = ", ".join(quoted(table.name) for table in tables)
    target.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))
    for table in tables:
        if target.scalar(select(table).limit(1).exists().select()):
            raise NotCarried(f"{table.name} has rows in the target already: empty it.")
    return {table.name: _carry_rows(source, target, table) for table in tables}


def _tables_of(target: Connection, source: Connection) -> list[Table]:
    """Return the target's tables, those that others refer to first.

    Raises:
        NotCarried: one side's tables are not, or not the same as, the other's.
    """
    found = MetaData()
    found.reflect(target)
    missing = sorted({*metadata.tables, "alembic_version"} - set(found.tables))
    if missing:
        raise NotCarried(
            f"The target has no table {missing[0]}: run `make migrate` there first.",
        )
    here, there = (list(side.scalars(_REVISIONS)) for side in (source, target))
    if here != there:
        raise NotCarried(
            f"This file is at migration {', '.join(here)}, the target at {', '.join(there)}: "
            "run `make migrate` on both sides first.",
        )
    return [found.tables[table.name] for table in metadata.sorted_tables]


def _carry_rows(source: Connection, target: Connection, table: Table) -> int:
    every_row = select(metadata.tables[table.name])
    rows = source.execution_options(yield_per=BATCH).execute(every_row)
    for batch in rows.mappings().partitions():
        target.execute(insert(table), [dict(row) for row in batch])
    for sequence, column in target.execute(_SEQUENCES, {"table": table.name}).all():
        last = target.scalar(select(func.max(table.c[column])))
        if last is not None:
            target.execute(select(func.setval(sequence, last)))
    return target.scalar(select(func.count()).select_from(table)) or 0


if __name__ == "__main__":
    main()
