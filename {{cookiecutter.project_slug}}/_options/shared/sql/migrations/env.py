"""Runs migrations for Alembic, one process at a time.

Source: https://alembic.sqlalchemy.org/en/latest/cookbook.html#using-asyncio-with-alembic
"""

import asyncio

from alembic import context
from sqlalchemy import Connection

from app.core.settings import Settings
from app.repositories.database import metadata
from migrations.database import OPTIONS, exclusive_connection


async def migrate() -> None:
    """Run what the command line asked for, while no other process does."""
    database = context.config.attributes.get("database") or Settings().database
    async with exclusive_connection(database) as connection:
        await connection.run_sync(_migrate)


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        transaction_per_migration=True,
        compare_server_default=True,
        **OPTIONS,
    )
    with context.begin_transaction():
        context.run_migrations()


asyncio.run(migrate())
