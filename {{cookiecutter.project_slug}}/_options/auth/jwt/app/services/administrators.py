"""Who may do everything: given and taken by those who run the service."""

import structlog

from app.core.errors import ConcurrentChange, NotFound, translate_storage_errors
from app.core.observability.instrumentation import measured
from app.core.validation import normalized_email
from app.repositories.interfaces.accounts import StaleAccount
from app.repositories.interfaces.storage import UnitOfWorkFactory

logger = structlog.get_logger()


@measured("service")
class AdministratorService:
    """Makes users administrators, and administrators ordinary users again.

    What they may do follows within `TRUST_SECONDS`, whatever tokens they hold.
    """

    def __init__(self, unit_of_work: UnitOfWorkFactory) -> None:
        self._unit_of_work = unit_of_work

    @translate_storage_errors()
    async def set_role(self, email: str, *, administrator: bool) -> bool:
        """Give or take the role of the active user with an address; say if that is a change.

        Raises:
            InvalidDetails: this is no address.
            NotFound: no active user has it.
            ConcurrentChange: the account was changed by somebody else at the same moment.
            DependencyUnavailable: storage does not answer in time.
        """
        try:
            async with self._unit_of_work() as work:
                account = await work.accounts.find_account(normalized_email(email))
                if account is None:
                    raise NotFound("user")
                changed = account.with_role(administrator=administrator)
                if changed is account:
                    return False
                await work.accounts.update(changed)
                await work.commit()
        except StaleAccount as error:
            raise ConcurrentChange from error
        logger.info(
            "role_changed",
            user_id=str(account.user_id),
            administrator=administrator,
        )
        return True
