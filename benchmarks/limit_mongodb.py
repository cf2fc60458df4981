"""The limit of a service on MongoDB: FastAPI and pymongo, and nothing else. See `limit.py`."""

import os
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from fastapi import FastAPI, HTTPException, Request
from limit_models import UserIn, UserOut, UserPage
from pymongo import AsyncMongoClient


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    size = int(os.environ["LIMIT_CONNECTIONS"])
    async with AsyncMongoClient[dict[str, Any]](
        os.environ["LIMIT_DATABASE_URL"],
        tz_aware=True,
        uuidRepresentation="standard",
        w="majority",
        minPoolSize=size,
        maxPoolSize=size + 5,
    ) as client:
        app.state.client = client
        app.state.database = client.get_default_database()
        yield


app = FastAPI(lifespan=lifespan)


def _user(document: Mapping[str, Any]) -> UserOut:
    active = document["deactivated_at"] is None
    return UserOut(id=document["_id"], active=active, **document)


@app.get("/api/v1/users/{user_id}")
async def read_user(user_id: UUID, request: Request) -> UserOut:
    document = await request.app.state.database.users.find_one({"_id": user_id})
    if document is None:
        raise HTTPException(404)
    return _user(document)


@app.get("/api/v1/users")
async def list_users(request: Request, limit: int = 50) -> UserPage:
    order = [("created_at", 1), ("_id", 1)]
    found = request.app.state.database.users.find(sort=order, limit=limit + 1)
    documents = await found.to_list()
    return UserPage(items=[_user(document) for document in documents[:limit]])


@app.post("/api/v1/users", status_code=201)
async def register_user(body: UserIn, request: Request) -> UserOut:
    user_id, now = uuid.uuid4(), datetime.now(UTC)
    user = {
        "_id": user_id,
        "email": body.email,
        "name": body.name,
        "created_at": now,
        "updated_at": now,
        "deactivated_at": None,
        "version": 1,
    }
    event = {
        "_id": uuid.uuid4(),
        "name": "user_registered",
        "payload": {"user_id": str(user_id)},
        "occurred_at": now,
        "trace": None,
        "attempts": 0,
        "due_at": now,
        "last_error": None,
        "dead_at": None,
    }
    database = request.app.state.database
    async with (
        request.app.state.client.start_session() as session,
        await session.start_transaction(),
    ):
        await database.users.insert_one(user, session=session)
        await database.outbox.insert_one(event, session=session)
    return _user(user)
