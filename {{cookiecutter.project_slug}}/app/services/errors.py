"""Errors of this service's own rules. Each derives from its kind in `app/core/errors.py`."""

from app.core.errors import Conflict, NotFound


class UserNotFound(NotFound):
    """There is no user with this id."""

    title = "User not found"
    detail = "There is no user with this id."


class UserExists(Conflict):
    """Somebody is registered under this id."""

    title = "User exists"
    detail = "This user is registered already."


class EmailTaken(Conflict):
    """The address belongs to another user."""

    title = "Address taken"
    detail = "This address is registered already."


class UserDeactivated(Conflict):
    """A deactivated user keeps the details it had."""

    title = "User deactivated"
    detail = "This user is deactivated and can't be changed."
