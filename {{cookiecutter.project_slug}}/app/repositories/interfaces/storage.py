"""The whole of storage, as the composition root sees it."""

from app.core.database import storage
#% if cookiecutter.auth == "jwt"
from app.repositories.interfaces.accounts import AccountRepository
#% endif
from app.repositories.interfaces.registration_counts import RegistrationCounts
from app.repositories.interfaces.unit_of_work import UnitOfWork
from app.repositories.interfaces.users import UserRepository


class Storage(storage.Storage[UnitOfWork]):
    """What this service keeps, and can be read outside of any transaction."""

    users: UserRepository
    registrations: RegistrationCounts
#% if cookiecutter.auth == "jwt"
    accounts: AccountRepository
#% endif
