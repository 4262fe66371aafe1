"""Why the activities feature says no."""

from uuid import UUID

from crm_shared.errors import ConflictError, FieldError, ForbiddenError, InvalidError, NotFoundError


class ActivityNotFoundError(NotFoundError):
    problem = "activity-not-found"

    def __init__(self, activity_id: UUID | str) -> None:
        super().__init__(f"There is no activity {activity_id}.", activity_id=str(activity_id))


class ActivityClosedError(ConflictError):
    problem = "activity-closed"

    def __init__(self, activity_id: UUID, status: str) -> None:
        super().__init__(
            f"The activity is {status}; reopen it first.", activity_id=str(activity_id)
        )


class ActivityPlannedError(ConflictError):
    problem = "activity-planned"

    def __init__(self, activity_id: UUID) -> None:
        super().__init__("The activity is planned already.", activity_id=str(activity_id))


class ActivityExistsError(ConflictError):
    problem = "activity-exists"

    def __init__(self) -> None:
        super().__init__("An activity with this external id exists already.")


class ActivityOutsideScopeError(ForbiddenError):
    problem = "outside-scope"

    def __init__(self) -> None:
        super().__init__("You may only give an activity to somebody within your scope.")


class IncompletePromiseError(InvalidError):
    problem = "incomplete-promise"

    def __init__(self, field: str) -> None:
        words = "A promise says when and through which channel."
        super().__init__(FieldError(f"/{field}", "required", words), detail=words)


class EndlessSeriesError(InvalidError):
    problem = "incomplete-recurrence"

    def __init__(self) -> None:
        words = "An activity that recurs needs the time of its first occurrence."
        super().__init__(FieldError("/due_at", "required", words), detail=words)


class InTheFutureError(InvalidError):
    problem = "in-the-future"

    def __init__(self, field: str) -> None:
        words = "What took place lies in the past."
        super().__init__(FieldError(f"/{field}", "in-the-future", words), detail=words)
