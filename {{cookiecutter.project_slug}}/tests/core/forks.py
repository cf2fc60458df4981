"""Processes that begin in no time: one imports what all need, and they are forked from it."""

from multiprocessing import get_context
from multiprocessing.context import ForkServerContext

IMPORTED = ["app.main", "migrations.commands", "pytest", "tests.kills"]


def forks() -> ForkServerContext:
    """Return how to start them.

    All tests that start some share the process that they are forked from, and what the
    first of them wants imported there is imported for all: so none has a list of its own.
    """
    context = get_context("forkserver")
    context.set_forkserver_preload(IMPORTED)
    return context
