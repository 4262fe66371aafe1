"""Every way calendars say no."""

from crm_shared.errors import ConflictError, NotFoundError


class CalendarNotFoundError(NotFoundError):
    problem = "calendar-not-found"

    def __init__(self) -> None:
        super().__init__("There is no such calendar, or its link has been revoked.")


class TooManyLinksError(ConflictError):
    problem = "too-many-calendar-links"

    def __init__(self, most: int) -> None:
        super().__init__(f"At most {most} links; revoke one first.")


class NoCalendarError(ConflictError):
    problem = "no-calendar"

    def __init__(self) -> None:
        super().__init__("Only people have calendars, keys and programs do not.")
