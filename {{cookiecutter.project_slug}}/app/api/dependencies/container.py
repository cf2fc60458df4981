"""The way from a request to what lives as long as the process."""

from typing import cast

from fastapi import Request

from app.container import Container


def container_of(request: Request) -> Container:
    """Return what the lifespan opened.

    Providers call it: as one of them, it would be solved anew for each that depends on it,
    and that takes longer than all the rest of a provider.
    """
    return cast("Container", request.app.state.container)
