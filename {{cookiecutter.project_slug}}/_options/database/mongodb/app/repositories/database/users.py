"""Users in a collection."""

from pymongo import IndexModel

from app.core.database.collections import Collection
from app.core.database.entity_collection import EntityCollection
from app.core.database.mongo_repository import MongoReader, MongoRepository
from app.core.observability.instrumentation import measured
from app.core.validation import MAX_EMAIL_LENGTH
from app.models.statistics import UserCounts
from app.models.user import MAX_NAME_LENGTH, User
from app.repositories.interfaces.users import (
    DuplicateEmail,
    DuplicateUser,
    UserRepository,
    WritableUserRepository,
)

_USERS = Collection(
    name="users",
    json_schema={
        "bsonType": "object",
        "additionalProperties": False,
        "required": [
            "_id",
            "email",
            "name",
            "created_at",
            "updated_at",
            "deactivated_at",
            "version",
        ],
        "properties": {
            "_id": {"bsonType": "binData"},
            "email": {"bsonType": "string", "maxLength": MAX_EMAIL_LENGTH},
            "name": {"bsonType": "string", "maxLength": MAX_NAME_LENGTH},
            "created_at": {"bsonType": "date"},
            "updated_at": {"bsonType": "date"},
            "deactivated_at": {"bsonType": ["date", "null"]},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
        },
    },
    indexes=(
        IndexModel("email", name="uq_users_email", unique=True),
        IndexModel(["created_at", "_id"], name="ix_users_created_at_id"),
    ),
)

USERS = EntityCollection(User, _USERS, {"id": DuplicateUser, "email": DuplicateEmail})

_IS_ACTIVE = {"$eq": ["$deactivated_at", None]}
_COUNTS = {
    "$group": {
        "_id": None,
        "total": {"$sum": 1},
        "active": {"$sum": {"$toInt": _IS_ACTIVE}},
    },
}


@measured("repository")
class MongoUserRepository(MongoReader[User], UserRepository):
    """Reads users, and counts them."""

    async def count_users(self) -> UserCounts:
        found = await self._session.aggregate(USERS.collection, [_COUNTS])
        if not found:
            return UserCounts(total=0, active=0)
        return UserCounts(total=found[0]["total"], active=found[0]["active"])


class WritableMongoUserRepository(
    MongoRepository[User],
    MongoUserRepository,
    WritableUserRepository,
):
    """Reads and writes users within a transaction."""
