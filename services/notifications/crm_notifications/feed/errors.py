"""Why the feed says no."""

from crm_shared.errors import FieldError, InvalidError, ServiceError


class PositionGoneError(ServiceError):
    """What follows the position is not kept any more: load a snapshot, then read on from it."""

    status = 410
    problem = "position-gone"
    title = "No longer kept"

    def __init__(self, after: int, oldest: int) -> None:
        super().__init__(
            f"Events up to {oldest} are not kept any more. Load the lists anew, "
            "beginning with GET /v1/events/position, and read on from there.",
            after=after,
            oldest=oldest,
        )


class PositionAheadError(ServiceError):
    """The log never came to the position: it is another log's, or one that was set back."""

    status = 410
    problem = "position-ahead"
    title = "Not of this log"

    def __init__(self, after: int, newest: int) -> None:
        super().__init__(
            f"The log ends at {newest}. Load the lists anew, beginning with "
            "GET /v1/events/position, and read on from there.",
            after=after,
            newest=newest,
        )


class EventPatternError(InvalidError):
    """A pattern that no type of event could ever fit."""

    problem = "event-pattern"

    def __init__(self, pointer: str) -> None:
        detail = (
            "A pattern looks like crm.deals.deal.stage_changed.v1; * stands for one part and "
            "> for all that follow."
        )
        super().__init__(FieldError(pointer, "event-pattern", detail), detail=detail)
