"""Why a service is not updated."""


class Refused(Exception):
    """The update cannot be made; the text is the one line that says why and what to do."""
