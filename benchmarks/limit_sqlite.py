"""The limit of a service on SQLite: FastAPI and aiosqlite, and nothing else. See `limit.py`.

One connection serves all requests. `LIMIT_DATABASE_URL` names the file that a service has filled.
"""

import os
import sqlite3
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import aiosqlite
from fastapi import FastAPI, HTTPException, Request
from limit_models import COLUMNS, UserIn, UserOut, UserPage

READ = f"SELECT {COLUMNS} FROM users WHERE id = ?"
PAGE = f"SELECT {COLUMNS} FROM users ORDER BY created_at, id LIMIT ?"
ADD_USER = (
    "INSERT INTO users (id, email, name, created_at, updated_at, version) VALUES (?, ?, ?, ?, ?, 1)"
)
ADD_EVENT = (
    "INSERT INTO outbox (id, name, payload, occurred_at, attempts, due_at) "
    "VALUES (?, 'user_registered', ?, ?, 0, ?)"
)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    path = os.environ["LIMIT_DATABASE_URL"].removeprefix("sqlite:///")
    async with aiosqlite.connect(path, isolation_level=None) as connection:
        connection.row_factory = sqlite3.Row
        await connection.execute_fetchall("PRAGMA journal_mode = WAL")
        await connection.execute_fetchall("PRAGMA synchronous = NORMAL")
        app.state.connection = connection
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/api/v1/users/{user_id}")
async def read_user(user_id: UUID, request: Request) -> UserOut:
    rows = list(await request.app.state.connection.execute_fetchall(READ, [user_id.hex]))
    if not rows:
        raise HTTPException(404)
    return UserOut(**rows[0])


@app.get("/api/v1/users")
async def list_users(request: Request, limit: int = 50) -> UserPage:
    rows = await request.app.state.connection.execute_fetchall(PAGE, [limit + 1])
    return UserPage(items=[UserOut(**row) for row in list(rows)[:limit]])


def _add(connection: sqlite3.Connection, user: UserOut) -> None:
    """Write as the driver does at its best: the whole transaction in one visit of its thread."""
    now = user.created_at.replace(tzinfo=None).isoformat(" ", "microseconds")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(ADD_USER, [user.id.hex, user.email, user.name, now, now])
    payload = f'{{"user_id": "{user.id}"}}'
    connection.execute(ADD_EVENT, [uuid.uuid4().hex, payload, now, now])
    connection.execute("COMMIT")


@app.post("/api/v1/users", status_code=201)
async def register_user(body: UserIn, request: Request) -> UserOut:
    now = datetime.now(UTC)
    user = UserOut(
        id=uuid.uuid4(), **body.model_dump(), active=True, created_at=now, updated_at=now
    )
    connection = request.app.state.connection
    await connection._execute(_add, connection._conn, user)
    return user
