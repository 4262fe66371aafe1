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
