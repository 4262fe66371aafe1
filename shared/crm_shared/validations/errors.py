"""Why validations cannot be written, and how they themselves say no."""

from collections.abc import Sequence
from uuid import UUID

from crm_shared.errors import ConflictError, FieldError, InvalidError, NotFoundError
from crm_shared.validations.rules import Refusal


class ValidationNotFoundError(NotFoundError):
    problem = "validation-not-found"

    def __init__(self, validation_id: UUID) -> None:
        super().__init__(
            f"There is no validation {validation_id}.", validation_id=str(validation_id)
        )


class ValidationExistsError(ConflictError):
    problem = "validation-exists"

    def __init__(self) -> None:
        super().__init__("Another one, perhaps a deleted one, has this external id.")


class ForbiddenByValidationError(InvalidError):
    """What the company's own rules forbid: each with its rule, its field and three languages."""

    problem = "forbidden-by-validation"

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__(
            *(FieldError(one.pointer, one.check, one.messages["en"]) for one in refusals),
            detail=" ".join(one.messages["en"] for one in refusals),
        )
        self.extra = {
            "refusals": [
                {"validation_id": str(one.validation_id), "check": one.check, **one.messages}
                for one in refusals
            ]
        }
