"""How many passwords and registrations may be tried, and from where."""

import math
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from app.core.security.rate_limit import Allowance, Throttle
from app.services.account_errors import TooManyAttempts
from app.services.known_networks import KnownNetworks

IPV6_PREFIX_BITS = 64
"""What one customer is given at least: all addresses in it are one place."""


class LogInLimits:
    """Counts attempts for an account from a network, all from a network, all for an account.

    Registrations from a network are counted apart from them.

    A network is known to an account for some time after a log-in from there. The last of the
    three counts only what comes from networks that are not: however many somebody tries
    passwords from, they do not keep the owner out of where the owner has been.

    Source: OWASP, Authentication Cheat Sheet, "Account Lockout", and "Slow Down Online
    Guessing Attacks with Device Cookies"; NIST SP 800-63B, section 5.2.2.
    """

    def __init__(  # noqa: PLR0913 - each is a setting
        self,
        throttle: Throttle,
        known: KnownNetworks,
        *,
        for_account: Allowance,
        for_network: Allowance,
        from_unknown: Allowance,
        to_register: Allowance,
    ) -> None:
        self._throttle = throttle
        self._known = known
        self._for_account = for_account
        self._for_network = for_network
        self._from_unknown = from_unknown
        self._to_register = to_register

    async def require_attempt(self, account: str, address: str) -> None:
        """Count an attempt.

        Raises:
            TooManyAttempts: there is none left for now.
            StorageUnavailable: storage does not answer in time.
        """
        network = network_of(address)
        await self._require(_key("account", account, network), self._for_account)
        await self._require(_key("network", network), self._for_network)
        # The last one: what the others refuse asks storage nothing and uses up nothing of it.
        if not await self._known.includes(account, network):
            await self._require(_key("everywhere", account), self._from_unknown)

    async def require_registration(self, address: str) -> None:
        """Count an attempt to register.

        Raises:
            TooManyAttempts: there is none left for now.
        """
        await self._require(_key("register", network_of(address)), self._to_register)

    async def succeeded(self, account: str, address: str) -> None:
        """Give back the attempts from a network to those who know the password; know it.

        Raises:
            StorageUnavailable: storage does not answer in time.
        """
        network = network_of(address)
        await self._throttle.forget(_key("account", account, network))
        await self._known.add(account, network)

    async def _require(self, key: str, allowance: Allowance) -> None:
        wait = await self._throttle.attempt(key, allowance)
        if wait:
            raise TooManyAttempts(retry_after=math.ceil(wait))


def network_of(address: str) -> str:
    """Return what all addresses have in common that somebody may have at hand."""
    try:
        parsed: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(IPv6Network((int(parsed), IPV6_PREFIX_BITS), strict=False))


def _key(*parts: str) -> str:
    """Return a key of one length that tells nobody who it is about."""
    return sha256("\0".join(parts).encode(errors="replace")).hexdigest()[:32]
