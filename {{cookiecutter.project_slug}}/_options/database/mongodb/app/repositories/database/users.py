"""Users in a collection."""

from dataclasses import asdict
from uuid import UUID

from pymongo import ASCENDING, DESCENDING

from app.models.page import Page, Position
from app.models.user import User, UserQuery, UserSort
from app.repositories.database.client import Document
from app.repositories.database.schema import USERS
from app.repositories.database.sessions import Order, Session, WriteSession
from app.repositories.interfaces.errors import StaleUser
from app.repositories.interfaces.users import UserRepository, WritableUserRepository

_UNIQUE_FIELDS = frozenset({"email"})
"""No two users are equal in these: nothing else is needed to tell them apart."""


class MongoUserRepository(UserRepository):
    """Reads users through a session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get_user(self, user_id: UUID) -> User | None:
        found = await self._session.find(USERS, {"_id": user_id}, limit=1)
        return _user(found[0]) if found else None

    async def list_users(self, query: UserQuery) -> Page[User]:
        """Ask for one more than is wanted: whether it comes says whether there is a next page."""
        found = await self._session.find(
            USERS,
            _criteria(query),
            limit=query.size + 1,
            order=_order(query.sort),
        )
        items = tuple(_user(document) for document in found[: query.size])
        more = len(found) > query.size
        return Page(items=items, next=query.sort.position(items[-1]) if more else None)


class WritableMongoUserRepository(MongoUserRepository, WritableUserRepository):
    """Reads and writes users within the transaction of a session."""

    def __init__(self, session: WriteSession) -> None:
        super().__init__(session)
        self._writes = session

    async def add(self, user: User) -> None:
        await self._writes.insert(USERS, _document(user))

    async def update(self, user: User) -> None:
        await self._writes.replace(
            USERS,
            {"_id": user.id, "version": user.version - 1},
            _document(user),
            missing=StaleUser,
        )


def _criteria(query: UserQuery) -> Document:
    every: list[Document] = []
    if query.active is not None:
        every.append({"deactivated_at": {"$eq" if query.active else "$ne": None}})
    if query.email is not None:
        every.append({"email": query.email})
    if query.after is not None:
        every.append(_behind(query.after, query.sort))
    return {"$and": every} if every else {}


def _behind(after: Position, sort: UserSort) -> Document:
    """Compare in a form that is one range of an index, ties being sorted out within it."""
    comparison = "$lt" if sort.descending else "$gt"
    further = {sort.field: {comparison: after.value}}
    if sort.field in _UNIQUE_FIELDS:
        return further
    as_far = {sort.field: {f"{comparison}e": after.value}}
    return as_far | {"$or": [further, {"_id": {comparison: after.id}}]}


def _order(sort: UserSort) -> Order:
    """Sort as an index does: a tie-breaker that it lacks would have all users sorted anew."""
    direction = DESCENDING if sort.descending else ASCENDING
    fields = (sort.field,) if sort.field in _UNIQUE_FIELDS else (sort.field, "_id")
    return [(field, direction) for field in fields]


def _user(document: Document) -> User:
    return User(id=document.pop("_id"), **document)


def _document(user: User) -> Document:
    document = asdict(user)
    return {"_id": document.pop("id"), **document}
