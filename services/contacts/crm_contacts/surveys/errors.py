"""Why the surveys feature says no."""

from uuid import UUID

from crm_shared.errors import ConflictError, FieldError, InvalidError, NotFoundError


class SurveyNotFoundError(NotFoundError):
    problem = "survey-not-found"

    def __init__(self, survey_id: UUID) -> None:
        super().__init__(f"There is no survey {survey_id}.", survey_id=str(survey_id))


class SurveyLinkRefusedError(NotFoundError):
    """A link is none of ours, or not good any more, or its letter is not known yet."""

    problem = "survey-link-refused"

    def __init__(self) -> None:
        super().__init__("The link is not valid, or not valid any more.")


class SurveyInvalidError(InvalidError):
    """Questions that nobody could answer, or that say too little."""

    problem = "survey-invalid"

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__(*errors)


class SurveyInUseError(ConflictError):
    """Who was asked was asked these questions: only words may change."""

    problem = "survey-in-use"

    def __init__(self) -> None:
        super().__init__("Somebody was asked already: only texts, name and end may change.")


class SurveyClosedError(ConflictError):
    """A survey that is not active asks nobody."""

    problem = "survey-closed"

    def __init__(self) -> None:
        super().__init__("The survey is closed.")


class UnknownDimensionError(InvalidError):
    """A table is asked of something that answers cannot be counted by."""

    problem = "unknown-dimension"

    def __init__(self, place: str, known: list[str]) -> None:
        detail = f"One of {', '.join(known)}."
        super().__init__(FieldError(f"/query/{place}", "unknown-dimension", detail), detail=detail)
