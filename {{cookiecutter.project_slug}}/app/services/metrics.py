"""Metrics of this service's own business; those of every service are in `app/core`."""

from prometheus_client import Counter

USERS_REGISTERED = Counter(
    "users_registered",
    "Users whose registration was committed.",
)
