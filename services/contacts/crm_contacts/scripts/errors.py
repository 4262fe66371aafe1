"""Why the scripts feature says no."""

from uuid import UUID

from crm_shared.errors import ConflictError, FieldError, InvalidError, NotFoundError


class ScriptNotFoundError(NotFoundError):
    problem = "script-not-found"

    def __init__(self, script_id: UUID) -> None:
        super().__init__(f"There is no script {script_id}.", script_id=str(script_id))


class RecordNotFoundError(NotFoundError):
    problem = "record-not-found"

    def __init__(self, record_id: UUID) -> None:
        super().__init__(f"The script's noun has no record {record_id}.", record_id=str(record_id))


class BrokenStepsError(InvalidError):
    """Steps that lead nowhere, to themselves, or that have the same key."""

    problem = "broken-steps"

    def __init__(self, place: str, detail: str) -> None:
        super().__init__(FieldError(f"/steps{place}", "broken-steps", detail), detail=detail)


class NotThisStepError(ConflictError):
    problem = "not-this-step"

    def __init__(self, expected: str | None) -> None:
        told = f"The next step is {expected}." if expected else "The script has been completed."
        super().__init__(told, expected=expected or "")


class UnknownAnswerError(InvalidError):
    problem = "unknown-answer"

    def __init__(self, known: list[str]) -> None:
        detail = f"One of: {', '.join(known)}." if known else "This step has no answers."
        super().__init__(FieldError("/answer", "unknown-answer", detail), detail=detail)
