"""What is counted and timed, under the names that `deploy/` shows and alarms about.

A label takes few values, all known beforehand: a route's template, never a path; an outcome,
never a message. Each further value costs memory here and in Prometheus.

Source: https://prometheus.io/docs/practices/naming/
"""

from functools import cache

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

from app.core.observability.outcomes import Outcome

disable_created_metrics()

REQUEST_BUCKETS = (
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    5.0,
    10.0,
)
CALL_BUCKETS = (0.0001, 0.00025, 0.0005, *REQUEST_BUCKETS)

HTTP_REQUEST_SECONDS = Histogram(
    "http_request_seconds",
    "From a complete request to the end of its answer, by the route's template.",
    ("method", "route", "status"),
    buckets=REQUEST_BUCKETS,
)
HTTP_REFUSALS = Counter(
    "http_refusals",
    "Requests that the server answered before the application had them, by reason.",
    ("reason",),
)
LAYER_CALL_SECONDS = Histogram(
    "layer_call_seconds",
    "One call of a layer by the one above; a refusal is an answer, not an error.",
    ("layer", "component", "operation", "outcome"),
    buckets=CALL_BUCKETS,
)
POOL_CONNECTIONS = Gauge(
    "pool_connections",
    "Connections to the database: open, in use, and callers who wait for one.",
    ("state",),
    multiprocess_mode="livesum",
)
CACHE_LOOKUPS = Counter(
    "cache_lookups",
    "Questions to the cache: hit, miss, or error if it did not answer.",
    ("region", "outcome"),
)
OUTBOX_PENDING = Gauge(
    "outbox_pending",
    "Events that are stored and not handled yet.",
    multiprocess_mode="livemostrecent",
)
OUTBOX_LAG_SECONDS = Gauge(
    "outbox_lag_seconds",
    "Age of the oldest event that is not handled yet; 0 if there is none.",
    multiprocess_mode="livemostrecent",
)
OUTBOX_DEAD = Gauge(
    "outbox_dead",
    "Events that were given up on after too many attempts.",
    multiprocess_mode="livemostrecent",
)
DEPENDENCY_UP = Gauge(
    "dependency_up",
    "Whether a dependency answered when it was last asked; 0 if one process found it down.",
    ("dependency",),
    multiprocess_mode="livemin",
)
DEPENDENCY_CHECKED = Gauge(
    "dependency_checked_timestamp_seconds",
    "When a dependency was last asked, by the process that did so longest ago.",
    ("dependency",),
    multiprocess_mode="livemin",
)
DEPENDENCY_CHECK_SECONDS = Histogram(
    "dependency_check_seconds",
    "How long a dependency took to say that it is well, or to fail to.",
    ("dependency",),
    buckets=REQUEST_BUCKETS,
)


@cache
def http_request_seconds(method: str, route: str, status: str) -> Histogram:
    """Return the timings of one kind of request; kept, because looking it up is dear."""
    return HTTP_REQUEST_SECONDS.labels(method, route, status)


@cache
def layer_call_seconds(
    layer: str,
    component: str,
    operation: str,
    outcome: Outcome,
) -> Histogram:
    """Return the timings of one kind of call; kept, because looking it up is dear."""
    return LAYER_CALL_SECONDS.labels(layer, component, operation, outcome)
