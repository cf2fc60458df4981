"""Somebody who makes requests."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody with a token; `user_id` is None for those who are not registered."""

    token: str
    user_id: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """What such a caller's requests carry."""
        return {"Authorization": f"Bearer {self.token}"}
