"""What cannot be said exactly in SQL."""

from tierloom.errors import TierloomError


class Refused(TierloomError):
    """A rule that an engine could only approximate is not translated for it."""
