"""Users, as clients see them."""

from typing import Annotated

from app.core.http.representations import PageOut, Representation
from app.models.user import User, UserChanges, UserDetails


class UserIn(UserDetails):
    """Somebody to register."""


class UserPatch(UserChanges):
    """New details; what is left out stays as it is."""


UserOut = Annotated[User, Representation("UserOut", "A registered user.")]


class UserPage(PageOut[UserOut]):
    """Some users in order."""
