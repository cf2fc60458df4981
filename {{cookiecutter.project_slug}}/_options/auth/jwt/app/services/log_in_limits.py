"""How many passwords may be tried, and from where."""

import math
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from app.core.throttle import Allowance, Throttle
from app.services.account_errors import TooManyAttempts

IPV6_PREFIX_BITS = 64
"""What one customer is given at least: all addresses in it are one place."""


class LogInLimits:
    """Counts attempts for an account from a network, and all that come from a network.

    Nothing is counted for an account alone: whoever tries passwords from elsewhere would
    keep its owner out.

    Source: OWASP, Authentication Cheat Sheet, "Account Lockout"; RFC 9700, section 2.4.
    """

    def __init__(
        self,
        throttle: Throttle,
        *,
        for_account: Allowance,
        for_network: Allowance,
    ) -> None:
        self._throttle = throttle
        self._for_account = for_account
        self._for_network = for_network

    async def require_attempt(self, account: str, address: str) -> None:
        """Count an attempt.

        Raises:
            TooManyAttempts: there is none left for now.
        """
        network = network_of(address)
        wait = await self._throttle.attempt(
            _key("account", account, network),
            self._for_account,
        )
        wait = wait or await self._throttle.attempt(
            _key("network", network),
            self._for_network,
        )
        if wait:
            raise TooManyAttempts(retry_after=math.ceil(wait))

    async def succeeded(self, account: str, address: str) -> None:
        """Give back the attempts for an account to those who know its password."""
        await self._throttle.forget(_key("account", account, network_of(address)))


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
