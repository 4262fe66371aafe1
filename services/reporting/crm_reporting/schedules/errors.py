"""Why a schedule is refused, or a sent report not shown."""

from uuid import UUID

from crm_shared.errors import FieldError, InvalidError, NotFoundError


class ScheduleNotFoundError(NotFoundError):
    problem = "schedule-not-found"

    def __init__(self, schedule_id: UUID) -> None:
        super().__init__(f"There is no schedule {schedule_id}.", schedule_id=str(schedule_id))


class RecipientError(InvalidError):
    """Reports go to colleagues within one's scope that work here, and to nobody else."""

    problem = "unknown-recipient"

    def __init__(self, place: int) -> None:
        rule = "Must be an active colleague within your scope."
        super().__init__(FieldError(f"/recipient_ids/{place}", "unknown-recipient", rule))


class LinkError(NotFoundError):
    """A link that is not ours, has run out, or whose reader or schedule is gone."""

    problem = "link-not-good"

    def __init__(self) -> None:
        super().__init__("This link is not good, or not good any more.")
