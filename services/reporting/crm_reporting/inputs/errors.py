"""Why an input is refused."""

from datetime import date
from uuid import UUID

from crm_shared.errors import (
    ConflictError,
    FieldError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
)


class InputNotFoundError(NotFoundError):
    problem = "input-not-found"

    def __init__(self, noun: str, input_id: UUID) -> None:
        super().__init__(f"There is no {noun} {input_id}.", input_id=str(input_id))


class EffectNotSetUpError(NotFoundError):
    problem = "effect-not-set-up"

    def __init__(self) -> None:
        super().__init__("Nobody said yet how the effect is judged: PUT /v1/effect/setup.")


class EffectNotBegunError(ConflictError):
    """The day asked for lies before the start of the CRM."""

    problem = "effect-not-begun"

    def __init__(self, starts_on: date) -> None:
        super().__init__(
            f"The effect is counted from {starts_on} on.", starts_on=starts_on.isoformat()
        )


class BaselineExistsError(ConflictError):
    """A baseline is frozen: the old one has to be withdrawn before another is recorded."""

    problem = "baseline-exists"

    def __init__(self) -> None:
        super().__init__("This figure has a baseline. It is frozen: withdraw it first.")


class NothingToComputeError(InvalidError):
    """The history tells no such figure for the time that was named."""

    problem = "no-history"

    def __init__(self, reason: str) -> None:
        detail = f"There is no figure to freeze: {reason}."
        super().__init__(FieldError("/metric", "no-history", detail), detail=detail)


class OutsideScopeError(ForbiddenError):
    """A plan for somebody who is not in one's own teams."""

    problem = "outside-scope"

    def __init__(self) -> None:
        super().__init__("Plans are set for one's own teams.")


class WorkbookError(InvalidError):
    """Cells that break a rule; nothing of the workbook was taken."""

    problem = "invalid-workbook"


class UnknownIdError(InvalidError):
    """A row names somebody, or a team, that nobody knows: its figures would be nobody's."""

    problem = "unknown-id"

    def __init__(self, column: str) -> None:
        rule = "There is no such team." if column == "team_id" else "There is no such person."
        super().__init__(FieldError(f"/{column}", "unknown-id", rule))


class StandsTwiceError(InvalidError):
    """Two rows of a workbook are about the same: nobody could say which of them holds."""

    problem = "twice"

    def __init__(self, column: str) -> None:
        super().__init__(FieldError(f"/{column}", "twice", "Another row above is about the same."))
