"""An issuer of access tokens: a process with real keys, which can be told to misbehave."""

from tests.issuer.process import AUDIENCE, Issuer, shared_issuer, spare_issuer

__all__ = ["AUDIENCE", "Issuer", "shared_issuer", "spare_issuer"]
