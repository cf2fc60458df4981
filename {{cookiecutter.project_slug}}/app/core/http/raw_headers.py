"""Headers of a request, as the server hands them on: Starlette decodes all to look at one."""

from starlette.types import Scope


def header(scope: Scope, name: bytes) -> str:
    """Return the first header of a name, which is in lower case; nothing if there is none."""
    for given, value in scope["headers"]:
        if given == name:
            text: str = value.decode("latin-1")
            return text
    return ""
