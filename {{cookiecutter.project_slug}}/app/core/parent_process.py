"""Worker processes, and the process that starts them and listens for them."""

import os
import signal
from multiprocessing import parent_process
from multiprocessing.connection import wait
from threading import Thread

from uvicorn.supervisors.multiprocess import Process


class Worker(Process):
    """A worker whose health check ends when the worker does.

    uvicorn waits for the answer of a worker that was killed for as long as the check may
    take. Until then it starts no other one, and does not stop when it is told to.
    """

    def _healthcheck(self, timeout: float) -> bool | None:
        try:
            self.parent_conn.send(b"ping")
            ready = wait([self.parent_conn, self.process.sentinel], timeout)
            return bool(self.parent_conn.recv()) if self.parent_conn in ready else None
        except (OSError, EOFError):
            return None


def stop_with_parent() -> None:
    """Stop in order when the process that started this one is gone, however it ended.

    A process that was killed tells nothing to its workers. They would go on, and keep the
    port from whatever is started next.
    """
    parent = parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    Thread(target=wait, name="parent", daemon=True).start()
