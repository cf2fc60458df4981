"""What logging in and its consequences may be refused for."""

from app.core.errors import PermissionDenied, RateLimited, Unauthenticated


class WrongCredentials(Unauthenticated):
    """Nobody who may log in has this address and this password; it does not say which."""

    title = "Wrong credentials"
    detail = "The address or the password is wrong."


class RefreshTokenRefused(Unauthenticated):
    """The refresh token is invented, expired, was used before, or its holder is logged out."""

    title = "Refresh token refused"
    detail = "This refresh token can't be used: log in again."


class WrongPassword(PermissionDenied):
    """Somebody logged in does not know the password that they logged in with."""

    title = "Wrong password"
    detail = "The current password is wrong."


class TooManyAttempts(RateLimited):
    """Too many passwords or registrations were tried."""

    title = "Too many attempts"
    detail = "Too many attempts: wait before the next one."


LOG_IN_ERRORS = (WrongCredentials, TooManyAttempts)
REGISTRATION_ERRORS = (TooManyAttempts,)
REFRESH_ERRORS = (RefreshTokenRefused,)
PASSWORD_ERRORS = (WrongPassword, TooManyAttempts)
