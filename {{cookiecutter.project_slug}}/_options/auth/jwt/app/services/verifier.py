"""Whether an access token is good, and still stands for somebody who is logged in."""

from dataclasses import dataclass
from uuid import UUID

from app.core.clock import Clock
from app.core.errors import translate_storage_errors
from app.core.security.access_tokens import ALGORITHM, TYPE, Keys, signing_keys
from app.core.security.settings import AuthSettings
from app.core.settings import Settings
from app.models.caller import SCOPES, Caller
from app.repositories.interfaces.accounts import AccountRepository
from app.repositories.interfaces.storage import Storage
from app.services.tokens import (
    Claims,
    InvalidToken,
    TokenRules,
    TokenVerifier,
    VerifiedToken,
    read_claims,
    read_header,
)


@dataclass(frozen=True, slots=True)
class Subject:
    """Who a token was made for, and by which log-in."""

    user_id: UUID
    session_id: UUID


class SessionVerifier(TokenVerifier):
    """Checks signature and claims, then that nobody has logged out meanwhile.

    - A token is worth nothing once its user is deactivated, has logged out, or has chosen
      another password; a role counts as it is now.
    """

    def __init__(
        self,
        keys: Keys,
        settings: AuthSettings,
        accounts: AccountRepository,
        clock: Clock,
    ) -> None:
        self._keys = keys
        self._rules = TokenRules(
            issuer=settings.issuer,
            audience=settings.audience,
            type=TYPE,
            algorithms=(ALGORITHM,),
        )
        self._accounts = accounts
        self._clock = clock

    @translate_storage_errors()
    async def verify(self, token: str) -> VerifiedToken:
        """Return whose token it is.

        Raises:
            InvalidToken: it is not a good one, or stands for a log-in that is over.
            DependencyUnavailable: storage does not answer in time.
        """
        claims = self._read(token)
        subject = _subject(claims)
        caller = await self._caller(subject)
        if caller is None:
            raise InvalidToken("logged out, or deactivated")
        return VerifiedToken(caller, claims.expires_at)

    def _read(self, token: str) -> Claims:
        header = read_header(token, self._rules)
        key = self._keys.get(header.key_id)
        if key is None:
            raise InvalidToken("an unknown key")
        return read_claims(token, key, self._rules)

    async def _caller(self, subject: Subject) -> Caller | None:
        family = await self._accounts.get_family(subject.session_id)
        account = await self._accounts.get_account(subject.user_id)
        if family is None or account is None:
            return None
        if not family.is_valid_for(account, at=self._clock.now()):
            return None
        return Caller(
            user_id=subject.user_id,
            scopes=SCOPES,
            is_administrator=account.is_administrator,
            session_id=str(subject.session_id),
        )


def make_verifier(settings: Settings, storage: Storage, clock: Clock) -> TokenVerifier:
    """Return what checks tokens, as set."""
    return SessionVerifier(
        signing_keys(settings.auth.keys, settings.secret_key),
        settings.auth,
        storage.accounts,
        clock,
    )


def _subject(claims: Claims) -> Subject:
    if not isinstance(claims.all.get("jti"), str):
        raise InvalidToken("a token without an id of its own")
    return Subject(_uuid(claims.subject), _uuid(claims.all.get("sid")))


def _uuid(value: object) -> UUID:
    """Return the id that a text is, in the one form in which it is written."""
    try:
        parsed = UUID(str(value))
    except ValueError:
        raise InvalidToken("an id that is none") from None
    if str(parsed) != value:
        raise InvalidToken("an id that is written in another way")
    return parsed
