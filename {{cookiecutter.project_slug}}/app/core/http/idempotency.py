"""Requests that may be repeated: the key that says so, and the answer to a repetition.

Source: draft-ietf-httpapi-idempotency-key-header,
https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

import json
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Header, Request, Response
from pydantic import Secret

from app.core.idempotency.executor import Answer, Result
from app.core.idempotency.models import IdempotencyKey
from app.core.signing import Signer

PURPOSE = "idempotency"

REPLAYED = "Idempotency-Replayed"


@dataclass(frozen=True, slots=True)
class Repeatable:
    """A request that happens once for each `key`; each time if it is None."""

    response: Response
    key: IdempotencyKey | None

    def result_of(self, answer: Answer[Result]) -> Result:
        """Say with the answer if it is that of an earlier request, and return what came of it."""
        if answer.replayed:
            self.response.headers[REPLAYED] = "true"
        return answer.result


def idempotency_signer(secret: Secret[str]) -> Signer:
    """Return what `app.state.idempotency_signer` has to be."""
    return Signer(secret, PURPOSE)


async def get_repeatable(
    request: Request,
    response: Response,
    idempotency_key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            min_length=1,
            max_length=255,
            pattern=r"^[\x21-\x7e]+$",
            description="Makes it safe to repeat the request: with the same key it happens once.",
            examples=["0198c9f2-7a4b-7c1e-9b7e-3f4d2a1b0c9d"],
        ),
    ] = None,
) -> Repeatable:
    """Return the key of a request, together with what it asks for.

    The key belongs to the method and the path. What the body says counts, not how it is
    written: white space and the order of members make no other request.
    """
    if idempotency_key is None:
        return Repeatable(response, None)
    signer = cast("Signer", request.app.state.idempotency_signer)
    operation = f"{request.method} {request.url.path}".encode()
    query = request.url.query.encode()
    body = _canonical(await request.body())
    key = IdempotencyKey(
        id=signer.digest(b"id", operation, idempotency_key.encode()).hex(),
        fingerprint=signer.digest(b"request", operation, query, body).hex(),
    )
    return Repeatable(response, key)


def _canonical(body: bytes) -> bytes:
    """Return JSON in the one form that all its spellings have; anything else as it is."""
    try:
        return json.dumps(json.loads(body), sort_keys=True).encode()
    except (ValueError, RecursionError):
        return body


RepeatableDep = Annotated[Repeatable, Depends(get_repeatable)]
