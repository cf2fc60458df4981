"""Providers for users. Replace any of them in a test with `app.dependency_overrides`."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path

from app.api.dependencies.container import ContainerDep
from app.repositories.interfaces.registration_counts import RegistrationCounts
from app.repositories.interfaces.unit_of_work import UnitOfWorkFactory
from app.repositories.interfaces.users import UserRepository
from app.services.statistics import StatisticsService

UserId = Annotated[
    UUID,
    Path(
        description="The user's id, as given when it was registered.",
        examples=["0198c9f2-7a4b-7c1e-9b7e-3f4d2a1b0c9d"],
    ),
]


async def get_user_repository(container: ContainerDep) -> UserRepository:
    """Return the users that can be read."""
    return container.storage.users


UserRepositoryDep = Annotated[UserRepository, Depends(get_user_repository)]


async def get_unit_of_work(container: ContainerDep) -> UnitOfWorkFactory:
    """Return what begins a transaction."""
    return container.storage.unit_of_work


UnitOfWorkDep = Annotated[UnitOfWorkFactory, Depends(get_unit_of_work)]


async def get_registration_counts(container: ContainerDep) -> RegistrationCounts:
    """Return the counts of registrations, day by day."""
    return container.storage.registrations


RegistrationCountsDep = Annotated[RegistrationCounts, Depends(get_registration_counts)]


async def get_statistics_service(
    users: UserRepositoryDep,
    registrations: RegistrationCountsDep,
    container: ContainerDep,
) -> StatisticsService:
    """Return the service that counts users."""
    kept, clock = container.statistics, container.clock
    return StatisticsService(users, registrations, kept, clock)


StatisticsServiceDep = Annotated[StatisticsService, Depends(get_statistics_service)]
