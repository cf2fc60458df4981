"""Which error the violation of a unique index becomes."""

from app.core.database.errors import ConstraintErrors
from app.repositories.interfaces.errors import DuplicateEmail, DuplicateUser

CONSTRAINTS: ConstraintErrors = {
    "users._id_": DuplicateUser,
    "users.uq_users_email": DuplicateEmail,
}
