"""Why the templates feature says no."""

from collections.abc import Iterable
from uuid import UUID

from crm_notifications.templates.rules import Flaw
from crm_shared.errors import ConflictError, FieldError, InvalidError, NotFoundError


class TemplateNotFoundError(NotFoundError):
    problem = "template-not-found"

    def __init__(self, template_id: UUID | str) -> None:
        super().__init__(f"There is no template {template_id}.", template_id=str(template_id))


class TemplateInvalidError(InvalidError):
    """A text that cannot be read, or names what is not there."""

    problem = "template-invalid"

    def __init__(self, flaws: Iterable[Flaw]) -> None:
        super().__init__(
            *(FieldError(flaw.part, flaw.code, flaw.detail) for flaw in flaws),
            detail="The template cannot be used as it is.",
        )


class TemplateInUseError(ConflictError):
    problem = "template-in-use"

    def __init__(self, template_id: UUID, rules: int) -> None:
        super().__init__(
            f"{rules} message rules still use this template.", template_id=str(template_id)
        )
