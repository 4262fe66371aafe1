"""Why the sequences feature says no."""

from uuid import UUID

from crm_shared.errors import ConflictError, FieldError, InvalidError, NotFoundError


class EnrolmentNotFoundError(NotFoundError):
    problem = "enrolment-not-found"

    def __init__(self, enrolment_id: UUID) -> None:
        super().__init__(f"There is no enrolment {enrolment_id}.", enrolment_id=str(enrolment_id))


class EnrolmentOverError(ConflictError):
    """Nothing is left to stop."""

    problem = "enrolment-over"

    def __init__(self, enrolment_id: UUID) -> None:
        super().__init__("Its letters are all written.", enrolment_id=str(enrolment_id))


class NotPreviewedError(InvalidError):
    """A preview names no record, or one of another kind than the rule is about."""

    problem = "not-previewed"

    def __init__(self, detail: str) -> None:
        super().__init__(FieldError("/subject_id", "not-previewed", detail), detail=detail)


class SubjectNotFoundError(NotFoundError):
    problem = "record-not-known"

    def __init__(self, subject_id: UUID) -> None:
        super().__init__(
            f"Nothing is known here of a record {subject_id}.", subject_id=str(subject_id)
        )
