"""Users in a collection."""

from dataclasses import asdict
from uuid import UUID

from pymongo import ASCENDING, DESCENDING

from app.core.database.client import Document
from app.core.database.sessions import Order, Session, WriteSession
from app.core.observability.instrumentation import measured
from app.core.pagination import Page, Position
from app.models.statistics import UserCounts
from app.models.user import User, UserQuery, UserSort
from app.repositories.database.schema import USERS
from app.repositories.interfaces.errors import StaleUser
from app.repositories.interfaces.users import UserRepository, WritableUserRepository

_UNIQUE_FIELDS = frozenset({"email"})
"""No two users are equal in these: nothing else is needed to tell them apart."""

_IS_ACTIVE = {"$eq": ["$deactivated_at", None]}
_COUNTS = {
    "$group": {
        "_id": None,
        "total": {"$sum": 1},
        "active": {"$sum": {"$toInt": _IS_ACTIVE}},
    },
}


@measured("repository")
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

    async def count_users(self) -> UserCounts:
        found = await self._session.aggregate(USERS, [_COUNTS])
        if not found:
            return UserCounts(total=0, active=0)
        return UserCounts(total=found[0]["total"], active=found[0]["active"])


@measured("repository")
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
    """Ask for all in each part of an `$or` at the top: there is but one plan for that.

    With an `$or` deeper down the server tries several, and keeps one that sorted a few users
    for when there are many.
    """
    wanted: Document = {}
    if query.active is not None:
        wanted["deactivated_at"] = {"$eq" if query.active else "$ne": None}
    if query.email is not None:
        wanted["email"] = query.email
    if query.after is None:
        return wanted
    places = _behind(query.after, query.sort)
    return {"$or": [{"$and": [wanted, place]} for place in places]}


def _behind(after: Position, sort: UserSort) -> list[Document]:
    """Return the places behind a user: with a further value, or the same and a further id."""
    comparison = "$lt" if sort.descending else "$gt"
    further = {sort.field: {comparison: after.value}}
    if sort.field in _UNIQUE_FIELDS:
        return [further]
    return [further, {sort.field: after.value, "_id": {comparison: after.id}}]


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
