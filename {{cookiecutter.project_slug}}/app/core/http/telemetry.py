"""What FastAPI's own telemetry is asked for: a span of each request, and nothing else.

Metrics and logs are made elsewhere in this service, for every layer alike.
"""

from collections.abc import MutableMapping
from typing import Any

from fastapi.telemetry import TelemetryConfig

from app.core.http.protocol import PROBES


def _is_probe(scope: MutableMapping[str, Any]) -> bool:
    return scope["path"] in PROBES


TELEMETRY: TelemetryConfig = {
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "exclude": _is_probe,
}
