"""Why the inbox says no."""

from uuid import UUID

from crm_shared.errors import FieldError, InvalidError, NotFoundError


class NoticeNotFoundError(NotFoundError):
    problem = "notice-not-found"

    def __init__(self, notice_id: UUID) -> None:
        super().__init__(f"There is no notice {notice_id} of yours.", notice_id=str(notice_id))


class NothingNamedError(InvalidError):
    """Neither notices nor a moment were named."""

    problem = "nothing-named"

    def __init__(self) -> None:
        detail = "Name `ids`, or `until`: all that came up to a moment."
        super().__init__(FieldError("/ids", "nothing-named", detail), detail=detail)


class TooManyWatchesError(InvalidError):
    """So many watches would bury what matters."""

    problem = "too-many-watches"

    def __init__(self, most: int) -> None:
        detail = f"You watch {most} records; give one up first."
        super().__init__(FieldError("/id", "too-many-watches", detail), detail=detail)
