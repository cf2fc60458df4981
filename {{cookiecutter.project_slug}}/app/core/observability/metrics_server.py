"""Metrics as Prometheus reads them, of this process alone or of its workers together."""

from collections.abc import Iterable, Iterator
from multiprocessing import active_children
from pathlib import Path
from threading import Thread
from wsgiref.simple_server import WSGIServer

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Metric,
    ProcessCollector,
    start_http_server,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector


def start(host: str, port: int, directory: str | None) -> tuple[WSGIServer, Thread]:
    """Serve metrics: those that workers leave in a directory, or else those of this process.

    Raises:
        OSError: this address can't be listened on.
    """
    registry = REGISTRY
    if directory is not None:
        registry = CollectorRegistry()
        registry.register(WorkersCollector(directory))
    return start_http_server(port, host, registry)


class WorkersCollector(Collector):
    """Adds up what the workers of this process have counted in the files of a directory.

    Files of workers that are gone stay, so that no counter falls; but how they were last,
    such as connections in use, is forgotten.
    """

    def __init__(self, directory: str) -> None:
        self._directory = directory

    def collect(self) -> Iterator[Metric]:
        """Yield every metric; those of processes once for each worker, by its `pid`."""
        alive = {child.pid for child in active_children() if child.pid is not None}
        for pid in self._pids() - alive:
            mark_process_dead(pid, self._directory)
        yield from MultiProcessCollector(None, self._directory).collect()
        yield from _of_processes(alive)

    def _pids(self) -> set[int]:
        """Return whose files there are: `counter_PID.db`, `gauge_MODE_PID.db`."""
        files = Path(self._directory).glob("*.db")
        return {int(file.stem.rpartition("_")[2]) for file in files}


def _of_processes(pids: set[int]) -> Iterator[Metric]:
    """Yield CPU, memory and open files of processes, where the system tells (Linux does)."""
    metrics: dict[str, Metric] = {}
    for pid in sorted(pids):
        for metric in _of_process(pid):
            joined = metrics.setdefault(
                metric.name,
                Metric(metric.name, metric.documentation, metric.type),
            )
            for sample in metric.samples:
                joined.add_sample(sample.name, {"pid": str(pid)}, sample.value)
    yield from metrics.values()


def _of_process(pid: int) -> Iterable[Metric]:
    return ProcessCollector(pid=lambda: pid, registry=None).collect()
