"""What production has to be told, beside its database."""

from tests.cache import CACHE_IN_PRODUCTION
from tests.engine import JOBS_IN_PRODUCTION

PRODUCTION = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": "k" * 32,
    **CACHE_IN_PRODUCTION,
    **JOBS_IN_PRODUCTION,
}
