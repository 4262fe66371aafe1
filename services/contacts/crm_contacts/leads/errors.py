"""Why the leads feature says no."""

from collections.abc import Sequence
from uuid import UUID

from crm_shared.errors import ConflictError, FieldError, ForbiddenError, InvalidError, NotFoundError


class LeadNotFoundError(NotFoundError):
    problem = "lead-not-found"

    def __init__(self, lead_id: UUID | str) -> None:
        super().__init__(f"There is no lead {lead_id}.", lead_id=str(lead_id))


class LeadExistsError(ConflictError):
    problem = "lead-exists"

    def __init__(self) -> None:
        super().__init__("A lead with this external id exists already.")


class LeadClosedError(ConflictError):
    problem = "lead-closed"

    def __init__(self, lead_id: UUID, status: str) -> None:
        super().__init__(f"The lead is {status}.", lead_id=str(lead_id))


class LeadNotDisqualifiedError(ConflictError):
    problem = "lead-not-disqualified"

    def __init__(self, lead_id: UUID) -> None:
        super().__init__("Only a disqualified lead can be reopened.", lead_id=str(lead_id))


class LeadQualifiedError(ConflictError):
    problem = "lead-qualified"

    def __init__(self, lead_id: UUID) -> None:
        super().__init__("The lead is qualified already.", lead_id=str(lead_id))


class LeadOutsideScopeError(ForbiddenError):
    problem = "outside-scope"

    def __init__(self) -> None:
        super().__init__("You may only give a lead to an owner or team within your scope.")


class NamelessLeadError(InvalidError):
    problem = "nameless-lead"

    def __init__(self) -> None:
        words = "A lead needs a name, a company, an e-mail address or a telephone number."
        super().__init__(FieldError("/last_name", "nameless", words), detail=words)


class UnknownReasonError(InvalidError):
    problem = "unknown-reason"

    def __init__(self, known: Sequence[str]) -> None:
        words = f"The reason must be one of: {', '.join(known)}."
        super().__init__(FieldError("/reason", "unknown-reason", words), detail=words)


class ResponseInFutureError(InvalidError):
    problem = "response-in-future"

    def __init__(self) -> None:
        words = "It cannot have happened yet, nor before the lead came."
        super().__init__(FieldError("/responded_at", "out-of-range", words), detail=words)


class MomentOutOfRangeError(InvalidError):
    problem = "moment-out-of-range"

    def __init__(self, field: str) -> None:
        words = "It cannot have happened yet, nor before the lead came."
        super().__init__(FieldError(f"/{field}", "out-of-range", words), detail=words)


class ConfirmationRefusedError(InvalidError):
    problem = "confirmation-refused"

    def __init__(self) -> None:
        words = "The link is not valid or not valid any more."
        super().__init__(FieldError("/token", "not-valid", words), detail=words)
