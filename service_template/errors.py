"""Why something that was asked for is not done."""


class Refused(Exception):
    """It cannot be done, and nothing was; the text is the one line that says why and what to do."""
