"""What logging in and its consequences may be refused for."""

from app.core.errors import ServiceError


class WrongCredentials(ServiceError):
    """Nobody who may log in has this address and this password; it does not say which."""

    def __init__(self) -> None:
        super().__init__("The address or the password is wrong.")


class RefreshTokenRefused(ServiceError):
    """The refresh token is invented, expired, was used before, or its holder is logged out."""

    def __init__(self) -> None:
        super().__init__("This refresh token can't be used: log in again.")


class WrongPassword(ServiceError):
    """Somebody logged in does not know the password that they logged in with."""

    def __init__(self) -> None:
        super().__init__("The current password is wrong.")


class TooManyAttempts(ServiceError):
    """Too many passwords or registrations were tried; `retry_after` is in whole seconds."""

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__("Too many attempts: wait before the next one.")
