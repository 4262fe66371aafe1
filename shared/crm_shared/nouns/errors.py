"""Why the toolbox of nouns says no."""

from collections.abc import Sequence
from uuid import UUID

from crm_shared.errors import (
    ConflictError,
    FieldError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
)


class CustomFieldNotFoundError(NotFoundError):
    problem = "custom-field-not-found"

    def __init__(self, field_id: UUID) -> None:
        super().__init__(f"There is no custom field {field_id}.", custom_field_id=str(field_id))


class CustomFieldExistsError(ConflictError):
    problem = "custom-field-exists"

    def __init__(self) -> None:
        super().__init__("The noun has a custom field of this key, perhaps an archived one.")


class CustomFieldInUseError(ConflictError):
    """A change that values which are there already would not bear."""

    problem = "custom-field-in-use"

    def __init__(self, pointer: str, detail: str, *, records: int) -> None:
        super().__init__(detail, records=records)
        self.errors = (FieldError(pointer, "in-use", detail),)


class CustomFieldNotUniqueError(ConflictError):
    problem = "custom-field-not-unique"

    def __init__(self) -> None:
        words = "Several records hold the same value: it cannot be made unique."
        super().__init__(words)
        self.errors = (FieldError("/is_unique", "not-unique", words),)


class TooManyCustomFieldsError(ConflictError):
    problem = "too-many-custom-fields"

    def __init__(self, most: int) -> None:
        super().__init__(f"A noun has at most {most} custom fields.", most=most)


class DefinitionError(InvalidError):
    problem = "invalid-custom-field"

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__(*errors, detail="The definition does not make sense.")


class ViewNotFoundError(NotFoundError):
    problem = "view-not-found"

    def __init__(self, view_id: UUID | str) -> None:
        super().__init__(f"There is no view {view_id}.")


class ViewExistsError(ConflictError):
    problem = "view-exists"

    def __init__(self) -> None:
        words = "You have a view of this name here: two could not be told apart."
        super().__init__(words)
        self.errors = (FieldError("/name", "taken", words),)


class NotYourViewError(ForbiddenError):
    problem = "not-your-view"

    def __init__(self) -> None:
        super().__init__("Only its owner or an administrator changes a view.")


class NotYourTeamError(ForbiddenError):
    problem = "not-your-team"

    def __init__(self) -> None:
        super().__init__("A view is shared with a team that one belongs to.")


class TooManyTagsError(InvalidError):
    def __init__(self, most: int) -> None:
        super().__init__(FieldError("/add", "too-many", f"A record has at most {most} tags."))
