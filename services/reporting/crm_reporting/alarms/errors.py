"""Why the alarms feature says no."""

from uuid import UUID

from crm_shared.errors import FieldError, ForbiddenError, InvalidError, NotFoundError


class AlarmNotFoundError(NotFoundError):
    problem = "alarm-not-found"

    def __init__(self, alarm_id: UUID) -> None:
        super().__init__(f"There is no alarm {alarm_id}.", alarm_id=str(alarm_id))


class AlarmOutsideScopeError(ForbiddenError):
    """A rhythm is of customers of the whole company: it is for those who see all of it."""

    problem = "outside-scope"

    def __init__(self) -> None:
        super().__init__("Customers' figures are those of the whole company.")


class UnknownColleagueError(InvalidError):
    """An alarm names customers: it is told to colleagues within one's scope, and to nobody else."""

    problem = "unknown-colleague"

    def __init__(self, place: int) -> None:
        rule = "Must be an active colleague within your scope."
        super().__init__(FieldError(f"/user_ids/{place}", "unknown-colleague", rule))


class NotWatchableError(InvalidError):
    """The question behind the alarm cannot be answered as it stands."""

    problem = "not-watchable"

    def __init__(self, pointer: str, code: str, rule: str) -> None:
        super().__init__(FieldError(pointer, code, rule), detail=rule)
