"""Why a migration did not happen."""


class MigrationError(Exception):
    """The message says what to do, without anything that is stored."""
