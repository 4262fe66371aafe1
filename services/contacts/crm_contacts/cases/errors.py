"""Why the cases feature says no."""

from uuid import UUID

from crm_shared.errors import ConflictError, FieldError, ForbiddenError, InvalidError, NotFoundError


class CaseNotFoundError(NotFoundError):
    problem = "case-not-found"

    def __init__(self, case_id: UUID | str) -> None:
        super().__init__(f"There is no case {case_id}.", case_id=str(case_id))


class CaseQueueNotFoundError(NotFoundError):
    problem = "case-queue-not-found"

    def __init__(self, queue_id: UUID) -> None:
        super().__init__(f"There is no case queue {queue_id}.", queue_id=str(queue_id))


class CaseExistsError(ConflictError):
    problem = "case-exists"

    def __init__(self) -> None:
        super().__init__("A case with this external id exists already.")


class CaseMoveError(ConflictError):
    """A move that the case's state does not allow."""

    problem = "case-move-refused"

    def __init__(self, status: str, wanted: str) -> None:
        super().__init__(f"A case that is {status} cannot be {wanted}.", status_now=status)


class ReopenTooLateError(ConflictError):
    problem = "case-reopen-too-late"

    def __init__(self, days: int) -> None:
        super().__init__(
            f"A customer can reopen a case for {days} days; open a new one that names it."
        )


class CaseOutsideScopeError(ForbiddenError):
    problem = "outside-scope"

    def __init__(self) -> None:
        super().__init__("You may only give a case to an owner or team within your scope.")


class UnknownQueueError(InvalidError):
    problem = "unknown-case-queue"

    def __init__(self) -> None:
        words = "There is no such queue, or it takes no cases."
        super().__init__(FieldError("/queue_id", "unknown-case-queue", words), detail=words)


class MergeWithItselfError(InvalidError):
    problem = "merge-refused"

    def __init__(self) -> None:
        words = "A case is merged with another one that is not merged itself."
        super().__init__(FieldError("/loser_id", "merge-refused", words), detail=words)


class OneClientToAskError(InvalidError):
    problem = "one-client"

    def __init__(self) -> None:
        words = "Say either contact_id or company_id."
        super().__init__(FieldError("/contact_id", "either-or", words), detail=words)


class NotToBeAskedError(ConflictError):
    problem = "not-to-be-asked"

    def __init__(self) -> None:
        super().__init__("What is kept of this person is restricted: he is asked nothing.")


class FeedbackRefusedError(InvalidError):
    problem = "feedback-refused"

    def __init__(self) -> None:
        words = "The link is not valid, or not valid any more, or the answer stands already."
        super().__init__(FieldError("/token", "not-valid", words), detail=words)
