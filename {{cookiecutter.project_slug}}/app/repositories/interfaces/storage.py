"""What this service stores: the repositories to read from, and those of a transaction."""

from app.core.database import storage, unit_of_work
#% if cookiecutter.auth == "jwt"
from app.repositories.interfaces.accounts import (
    AccountRepository,
    WritableAccountRepository,
)
#% endif
from app.repositories.interfaces.registration_counts import (
    RegistrationCounts,
    WritableRegistrationCounts,
)
from app.repositories.interfaces.users import UserRepository, WritableUserRepository


class UnitOfWork(unit_of_work.UnitOfWork):
    """One transaction, and the repositories that take part in it, as it sees them."""

    users: WritableUserRepository
    registrations: WritableRegistrationCounts
#% if cookiecutter.auth == "jwt"
    accounts: WritableAccountRepository
#% endif


UnitOfWorkFactory = unit_of_work.UnitOfWorkFactory[UnitOfWork]
"""Begins a unit of work; leaving it without `commit` undoes all that it wrote."""


class Storage(storage.Storage[UnitOfWork]):
    """What this service keeps, and can be read outside of any transaction."""

    users: UserRepository
    registrations: RegistrationCounts
#% if cookiecutter.auth == "jwt"
    accounts: AccountRepository
#% endif
