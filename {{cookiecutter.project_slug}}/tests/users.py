"""Users in storage, as tests write and read them."""

from dataclasses import replace

from app.models.user import User, UserQuery
from app.repositories.interfaces.storage import Storage


async def update_user(storage: Storage, user: User) -> None:
    """Store a user over the version before it."""
    async with storage.unit_of_work() as work:
        await work.users.update(user)
        await work.commit()


async def listed(storage: Storage, query: UserQuery) -> list[str]:
    """Return the addresses on all pages of a query, in order."""
    emails: list[str] = []
    while True:
        page = await storage.users.list(query)
        assert len(page.items) <= query.size
        emails += [user.email for user in page.items]
        if page.next is None:
            return emails
        query = replace(query, after=page.next)


async def delete_user(storage: Storage, user: User) -> None:
    """Delete the version of a user that is given."""
    async with storage.unit_of_work() as work:
        await work.users.delete(user)
        await work.commit()
