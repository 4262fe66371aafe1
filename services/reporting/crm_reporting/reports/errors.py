"""Why a report is not told."""

from crm_shared.errors import FieldError, InvalidError, NotFoundError, UnavailableError


class ReportNotFoundError(NotFoundError):
    problem = "report-not-found"

    def __init__(self) -> None:
        super().__init__("There is no report of this name; GET /v1/reports lists them.")


class NoSuchTableError(InvalidError):
    """A report has no table, or no picture, of that name."""

    problem = "invalid-question"

    def __init__(self, known: tuple[str, ...]) -> None:
        rule = f"Must be one of: {', '.join(known) or 'none'}."
        super().__init__(FieldError("/query/table", "unknown-table", rule))


class PeriodTooLongError(InvalidError):
    """A report asks dozens of figures, each by months: centuries would take minutes."""

    problem = "invalid-question"

    def __init__(self, years: int) -> None:
        rule = f"A report tells {years} years at most; a metric alone tells any time."
        super().__init__(FieldError("/query/from", "period-too-long", rule))


class PictureFailedError(UnavailableError):
    """A picture took too long or could not be drawn; the tables are there all the same."""

    problem = "picture-failed"

    def __init__(self) -> None:
        super().__init__("The picture could not be drawn in time. Try again, or ask for a table.")
