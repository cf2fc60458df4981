"""What answers say beside their bodies, as it is documented."""

from typing import Any

Headers = dict[str, dict[str, Any]]


def location_header(path: str) -> Headers:
    """Return the documentation of `Location`, for a thing of the list at a path."""
    return {
        "Location": {
            "description": "The path of what was made.",
            "schema": {"type": "string", "format": "uri-reference"},
            "example": f"{path}/0198c9f2-7a4b-7c1e-9b7e-3f4d2a1b0c9d",
        },
    }


def link_header(path: str) -> Headers:
    """Return the documentation of `Link`, for the list at a path."""
    return {
        "Link": {
            "description": "The first page and, if there is one, the next (RFC 8288).",
            "schema": {"type": "string"},
            "example": f'<{path}?limit=50>; rel="first"',
        },
    }


ETAG: Headers = {
    "ETag": {
        "description": "Names this version; send it as `If-Match` with a change.",
        "schema": {"type": "string"},
        "example": '"1"',
    },
}

IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "Tags that you have; 304 if one of them is still the right one.",
    "schema": {"type": "string", "title": "If-None-Match", "examples": ['"1"']},
}
"""Documented here, since a header that FastAPI reads by itself costs a request dear."""

REPLAYED: Headers = {
    "Idempotency-Replayed": {
        "description": "Present if this is the answer to an earlier request of this key.",
        "schema": {"type": "string", "enum": ["true"]},
        "example": "true",
    },
}

RETRY_AFTER: Headers = {
    "Retry-After": {
        "description": "Seconds to wait before the next attempt.",
        "schema": {"type": "integer", "minimum": 0},
        "example": 1,
    },
}
