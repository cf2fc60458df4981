"""A process stops when the one that started it is gone."""

import os
import signal
from multiprocessing import get_context
from multiprocessing.connection import Connection
from threading import Timer
from time import monotonic
from unittest.mock import Mock

import pytest
from uvicorn import Config

from app.core.parent_process import Worker, stop_with_parent


def _wait_for_end(connection: Connection) -> None:
    stop_with_parent()
    connection.send(os.getpid())
    signal.pause()


def _start_another(connection: Connection) -> None:
    get_context("spawn").Process(target=_wait_for_end, args=(connection,)).start()
    signal.pause()


@pytest.mark.timeout(120)
def test_stop_with_parent_parent_killed_stops() -> None:
    ours, theirs = get_context("spawn").Pipe()
    parent = get_context("spawn").Process(target=_start_another, args=(theirs,))
    parent.start()
    theirs.close()
    assert ours.poll(60)
    ours.recv()

    parent.kill()
    parent.join()

    assert ours.poll(30)  # its end is closed by the last process that has it
    with pytest.raises(EOFError):
        ours.recv()
    ours.close()


def test_stop_with_parent_stops_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    killed: list[tuple[int, int]] = []
    parent = Mock()
    monkeypatch.setattr("app.core.parent_process.parent_process", lambda: parent)
    monkeypatch.setattr("os.kill", lambda pid, number: killed.append((pid, number)))
    thread = Mock()
    monkeypatch.setattr("app.core.parent_process.Thread", thread)

    stop_with_parent()
    thread.call_args.kwargs["target"]()

    parent.join.assert_called_once_with()
    assert killed == [(os.getpid(), signal.SIGTERM)]


def test_stop_with_parent_without_one_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.core.parent_process.parent_process", lambda: None)
    thread = Mock()
    monkeypatch.setattr("app.core.parent_process.Thread", thread)

    stop_with_parent()

    thread.assert_not_called()


def test_worker_killed_during_a_health_check_is_noticed_at_once() -> None:
    config = Config("app.main:application", factory=True, log_config=None)
    worker = Worker(config, [])
    worker.process = get_context("spawn").Process(target=signal.pause)
    worker.process.start()
    Timer(0.2, worker.process.kill).start()
    began = monotonic()

    assert not worker.ping(timeout=60)

    assert monotonic() - began < 30
    worker.kill()
    worker.join()
