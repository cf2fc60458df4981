"""The limit of a service on MySQL: FastAPI and asyncmy, and nothing else. See `limit.py`."""

import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

import asyncmy
from asyncmy.cursors import DictCursor
from fastapi import FastAPI, HTTPException, Request
from limit_models import COLUMNS, UserIn, UserOut, UserPage

READ = f"SELECT {COLUMNS} FROM users WHERE id = %s"
PAGE = f"SELECT {COLUMNS} FROM users ORDER BY created_at, id LIMIT %s"
ADD_USER = (
    "INSERT INTO users (id, email, name, created_at, updated_at, version) "
    "VALUES (%s, %s, %s, %s, %s, 1)"
)
ADD_EVENT = (
    "INSERT INTO outbox (id, name, payload, occurred_at, attempts, due_at) "
    "VALUES (%s, 'user_registered', %s, %s, 0, %s)"
)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    size = int(os.environ["LIMIT_CONNECTIONS"])
    url = urlsplit(os.environ["LIMIT_DATABASE_URL"])
    async with asyncmy.create_pool(
        minsize=size,
        maxsize=size + 5,
        host=url.hostname,
        port=url.port or 3306,
        user=unquote(url.username or ""),
        password=unquote(url.password or ""),
        database=unquote(url.path.strip("/")),
        autocommit=True,
    ) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


async def _found(request: Request, sql: str, *values: object) -> list[UserOut]:
    async with (
        request.app.state.pool.acquire() as connection,
        connection.cursor(DictCursor) as cursor,
    ):
        await cursor.execute(sql, values)
        rows: list[dict[str, Any]] = await cursor.fetchall()
    return [UserOut(**row | {"id": UUID(bytes=row["id"])}) for row in rows]


@app.get("/api/v1/users/{user_id}")
async def read_user(user_id: UUID, request: Request) -> UserOut:
    users = await _found(request, READ, user_id.bytes)
    if not users:
        raise HTTPException(404)
    return users[0]


@app.get("/api/v1/users")
async def list_users(request: Request, limit: int = 50) -> UserPage:
    users = await _found(request, PAGE, limit + 1)
    return UserPage(items=users[:limit])


@app.post("/api/v1/users", status_code=201)
async def register_user(body: UserIn, request: Request) -> UserOut:
    user_id, now = uuid.uuid4(), datetime.now(UTC).replace(tzinfo=None)
    payload = f'{{"user_id": "{user_id}"}}'
    async with request.app.state.pool.acquire() as connection, connection.cursor() as cursor:
        await connection.begin()
        await cursor.execute(ADD_USER, (user_id.bytes, body.email, body.name, now, now))
        await cursor.execute(ADD_EVENT, (uuid.uuid4().bytes, payload, now, now))
        await connection.commit()
    return UserOut(
        id=user_id, email=body.email, name=body.name, active=True, created_at=now, updated_at=now
    )
