"""The limit: what FastAPI and asyncpg can do when nothing else is asked of them.

One pool, one statement, one response model; no layers, no log, no metrics, no authentication, no
errors. `LIMIT_DATABASE_URL` names the database that a service has filled, `LIMIT_CONNECTIONS` is how
many it is asked by; five more come and go.
"""

import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
from fastapi import FastAPI, HTTPException, Request
from limit_models import COLUMNS, UserIn, UserOut, UserPage

READ = f"SELECT {COLUMNS} FROM users WHERE id = $1"
PAGE = f"SELECT {COLUMNS} FROM users ORDER BY created_at, id LIMIT $1"
ADD_USER = (
    "INSERT INTO users (id, email, name, created_at, updated_at, version) "
    "VALUES ($1, $2, $3, $4, $4, 1)"
)
ADD_EVENT = (
    "INSERT INTO outbox (id, name, payload, occurred_at, attempts, due_at) "
    "VALUES ($1, 'user_registered', $2, $3, 0, $3)"
)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    size = int(os.environ["LIMIT_CONNECTIONS"])
    async with asyncpg.create_pool(
        os.environ["LIMIT_DATABASE_URL"], min_size=size, max_size=size + 5
    ) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/api/v1/users/{user_id}")
async def read_user(user_id: UUID, request: Request) -> UserOut:
    row = await request.app.state.pool.fetchrow(READ, user_id)
    if row is None:
        raise HTTPException(404)
    return UserOut(**row)


@app.get("/api/v1/users")
async def list_users(request: Request, limit: int = 50) -> UserPage:
    rows = await request.app.state.pool.fetch(PAGE, limit + 1)
    return UserPage(items=[UserOut(**row) for row in rows[:limit]])


@app.post("/api/v1/users", status_code=201)
async def register_user(body: UserIn, request: Request) -> UserOut:
    user_id, now = uuid.uuid4(), datetime.now(UTC)
    pool = request.app.state.pool
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(ADD_USER, user_id, body.email, body.name, now)
        payload = f'{{"user_id": "{user_id}"}}'
        await connection.execute(ADD_EVENT, uuid.uuid4(), payload, now)
    return UserOut(
        id=user_id, email=body.email, name=body.name, active=True, created_at=now, updated_at=now
    )
