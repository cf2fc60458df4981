"""Errors of this service's own rules. Each derives from its kind in `app/core/errors.py`."""

from app.core.errors import Conflict


class UserExists(Conflict):
    """Somebody is registered under this id."""

    title = "User exists"
    detail = "This user is registered already."


class EmailTaken(Conflict):
    """The address belongs to another user."""

    title = "Address taken"
    detail = "This address is registered already."
