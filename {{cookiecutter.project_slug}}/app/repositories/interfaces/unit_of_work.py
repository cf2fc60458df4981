"""The transactions of this service: what its things can be written with."""

from app.core.database import unit_of_work
#% if cookiecutter.auth == "jwt"
from app.repositories.interfaces.accounts import WritableAccountRepository
#% endif
from app.repositories.interfaces.registration_counts import WritableRegistrationCounts
from app.repositories.interfaces.users import WritableUserRepository


class UnitOfWork(unit_of_work.UnitOfWork):
    """One transaction, and the repositories that take part in it, as it sees them."""

    users: WritableUserRepository
    registrations: WritableRegistrationCounts
#% if cookiecutter.auth == "jwt"
    accounts: WritableAccountRepository
#% endif


UnitOfWorkFactory = unit_of_work.UnitOfWorkFactory[UnitOfWork]
"""Begins a unit of work; leaving it without `commit` undoes all that it wrote."""
