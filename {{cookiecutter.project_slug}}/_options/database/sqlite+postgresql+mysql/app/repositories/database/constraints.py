"""Which error the violation of a constraint becomes."""

from app.core.database.errors import ConstraintErrors
from app.repositories.interfaces.errors import DuplicateEmail, DuplicateUser

CONSTRAINTS: ConstraintErrors = {
    "pk_users": DuplicateUser,
    "uq_users_email": DuplicateEmail,
}
