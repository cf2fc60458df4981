"""The way from a request to what lives as long as the process."""

from typing import Annotated, cast

from fastapi import Depends, Request

from app.container import Container


async def get_container(request: Request) -> Container:
    """Return what the lifespan opened."""
    return cast("Container", request.app.state.container)


ContainerDep = Annotated[Container, Depends(get_container)]
