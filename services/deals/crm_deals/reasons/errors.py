"""Why the reasons feature says no."""

from uuid import UUID

from crm_shared.errors import ConflictError, NotFoundError


class ReasonNotFoundError(NotFoundError):
    problem = "reason-not-found"

    def __init__(self, reason_id: UUID) -> None:
        super().__init__(f"There is no reason {reason_id}.", reason_id=str(reason_id))


class ReasonLabelTakenError(ConflictError):
    problem = "reason-label-taken"

    def __init__(self) -> None:
        super().__init__("Another reason for the same outcome has this label.")


class ReasonExternalIdTakenError(ConflictError):
    problem = "reason-external-id-taken"

    def __init__(self) -> None:
        super().__init__("Another reason, perhaps a deleted one, has this external id.")
