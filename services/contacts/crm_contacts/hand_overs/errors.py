"""Why the hand-overs feature says no."""

from uuid import UUID

from crm_shared.errors import FieldError, InvalidError, NotFoundError


class HandOverNotFoundError(NotFoundError):
    problem = "hand-over-not-found"

    def __init__(self, hand_over_id: UUID) -> None:
        super().__init__(f"There is no hand-over {hand_over_id}.", hand_over_id=str(hand_over_id))


class NoReceiverError(InvalidError):
    """Nobody, or nobody who works here, or the one who leaves himself."""

    problem = "no-receiver"

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(FieldError(f"/{field}", "no-receiver", detail), detail=detail)
