"""Processes that serve for another one: it listens for them, and looks after them."""

import os
import signal
from multiprocessing import parent_process
from threading import Thread


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
