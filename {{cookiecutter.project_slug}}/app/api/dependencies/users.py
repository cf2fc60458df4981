"""Providers for users. Replace any of them in a test with `app.dependency_overrides`."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request

from app.api.dependencies.container import container_of
from app.repositories.interfaces.users import UserRepository

UserId = Annotated[
    UUID,
    Path(
        description="The user's id, as given when it was registered.",
        examples=["0198c9f2-7a4b-7c1e-9b7e-3f4d2a1b0c9d"],
    ),
]


async def get_user_repository(request: Request) -> UserRepository:
    """Return the users that can be read."""
    return container_of(request).storage.users


UserRepositoryDep = Annotated[UserRepository, Depends(get_user_repository)]
