"""Which versions of something a change may be made to."""

from collections.abc import Container


class _AnyVersion(Container[int]):
    """Holds every version."""

    def __contains__(self, version: object) -> bool:
        return True


ANY_VERSION: Container[int] = _AnyVersion()
"""The change is wanted whatever happened meanwhile."""
