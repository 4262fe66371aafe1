"""Why the stream says no."""

from crm_shared.errors import TooManyRequestsError


class TooManyStreamsError(TooManyRequestsError):
    """One caller listens in more places than a person has."""

    problem = "too-many-streams"

    def __init__(self, most: int) -> None:
        super().__init__(f"You listen in {most} places already; close one.", retry_after=30)
