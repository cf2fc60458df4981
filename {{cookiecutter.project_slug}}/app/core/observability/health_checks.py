"""What asks something that the service depends on whether it answers."""

from collections.abc import Awaitable, Callable

Check = Callable[[], Awaitable[None]]
"""Returns if something answers, raises what is wrong with it if not."""
