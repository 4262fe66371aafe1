"""Why the approvals feature says no."""

from uuid import UUID

from crm_shared.errors import ConflictError, FieldError, ForbiddenError, InvalidError, NotFoundError


class ApprovalNotFoundError(NotFoundError):
    problem = "approval-not-found"

    def __init__(self, approval_id: UUID) -> None:
        super().__init__(f"There is no approval {approval_id}.", approval_id=str(approval_id))


class ApprovalDecidedError(ConflictError):
    problem = "approval-decided"

    def __init__(self, state: str) -> None:
        super().__init__(f"The request is {state} already.", state=state)


class ApprovalPendingError(ConflictError):
    problem = "approval-pending"

    def __init__(self, approval_id: UUID) -> None:
        super().__init__(
            "Another request of this kind waits for this deal: withdraw it first.",
            approval_id=str(approval_id),
        )


class NotAskedError(ForbiddenError):
    problem = "not-asked"

    def __init__(self) -> None:
        super().__init__("Somebody else is asked for this consent.")


class AnsweredAlreadyError(ConflictError):
    problem = "answered-already"

    def __init__(self) -> None:
        super().__init__("You have answered in this step.")


class NotYourRequestError(ForbiddenError):
    problem = "not-your-request"

    def __init__(self) -> None:
        super().__init__("Only whoever asked, or an administrator, may withdraw a request.")


class UnknownDelegateError(InvalidError):
    def __init__(self) -> None:
        super().__init__(
            FieldError(
                "/user_id",
                "unknown-delegate",
                "Name somebody who works here and did not ask for it.",
            )
        )
