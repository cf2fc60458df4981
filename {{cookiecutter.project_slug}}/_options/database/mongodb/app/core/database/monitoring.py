"""What the driver tells while it works: connections are counted, commands of a trace are spans."""

from opentelemetry.trace import Span
from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
    ConnectionCheckedInEvent,
    ConnectionCheckedOutEvent,
    ConnectionCheckOutFailedEvent,
    ConnectionCheckOutStartedEvent,
    ConnectionClosedEvent,
    ConnectionCreatedEvent,
    ConnectionPoolListener,
    ConnectionReadyEvent,
    PoolClearedEvent,
    PoolClosedEvent,
    PoolCreatedEvent,
    PoolReadyEvent,
)

from app.core.database.storage import PoolUsage
from app.core.observability.tracing import begin_call, end_call, is_tracing

Listener = CommandListener | ConnectionPoolListener


class CountedConnections(ConnectionPoolListener):
    """Counts the connections of all pools that tell it.

    Source: https://github.com/mongodb/specifications/blob/master/source/connection-monitoring-and-pooling/connection-monitoring-and-pooling.md
    """

    def __init__(self) -> None:
        self._open = 0
        self._in_use = 0
        self._waiting = 0

    @property
    def usage(self) -> PoolUsage:
        """How connections are used at the moment."""
        return PoolUsage(open=self._open, in_use=self._in_use, waiting=self._waiting)

    def connection_created(self, event: ConnectionCreatedEvent) -> None:
        self._open += 1

    def connection_closed(self, event: ConnectionClosedEvent) -> None:
        self._open -= 1

    def connection_check_out_started(
        self,
        event: ConnectionCheckOutStartedEvent,
    ) -> None:
        self._waiting += 1

    def connection_checked_out(self, event: ConnectionCheckedOutEvent) -> None:
        self._waiting -= 1
        self._in_use += 1

    def connection_check_out_failed(
        self,
        event: ConnectionCheckOutFailedEvent,
    ) -> None:
        self._waiting -= 1

    def connection_checked_in(self, event: ConnectionCheckedInEvent) -> None:
        self._in_use -= 1

    def connection_ready(self, event: ConnectionReadyEvent) -> None:
        """Is counted already, since it was created."""

    def pool_created(self, event: PoolCreatedEvent) -> None:
        """Opens nothing."""

    def pool_ready(self, event: PoolReadyEvent) -> None:
        """Opens nothing."""

    def pool_cleared(self, event: PoolClearedEvent) -> None:
        """Closes connections, each of which is told."""

    def pool_closed(self, event: PoolClosedEvent) -> None:
        """Closes connections, each of which is told."""


class TracedCommands(CommandListener):
    """Makes spans of commands: which, and of what collection, never the documents."""

    def __init__(self) -> None:
        self._spans: dict[int, Span] = {}

    def started(self, event: CommandStartedEvent) -> None:
        """Begin a span, if this is part of a trace."""
        name = event.command_name
        attributes = {"db.system.name": "mongodb", "db.operation.name": name}
        collection = event.command.get(name)
        if isinstance(collection, str):
            attributes["db.collection.name"] = collection
        span = begin_call(name, attributes)
        if span is not None:
            self._spans[event.request_id] = span

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """End the span; a command that succeeded may have written nothing."""
        error = "WriteError" if "writeErrors" in event.reply else None
        end_call(self._spans.pop(event.request_id, None), error)

    def failed(self, event: CommandFailedEvent) -> None:
        """End the span, and say what went wrong, not with which document."""
        error = event.failure.get("codeName") or event.failure.get("errtype")
        end_call(self._spans.pop(event.request_id, None), str(error))


def listeners(connections: CountedConnections) -> list[Listener]:
    """Return who listens to the driver; nobody to commands, if there are no traces."""
    return [connections, TracedCommands()] if is_tracing() else [connections]
