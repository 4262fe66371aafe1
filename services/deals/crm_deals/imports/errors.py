"""Why a row is refused beyond what the API refuses."""

from crm_shared.errors import FieldError

CREATED_IN_THE_FUTURE = FieldError("/created_at", "in-the-future", "It cannot have begun yet.")
CLOSED_IN_THE_FUTURE = FieldError("/closed_at", "in-the-future", "It cannot be closed yet.")
CLOSED_BEFORE_IT_BEGAN = FieldError(
    "/closed_at", "before-created", "The deal would be closed before it began."
)
CLOSED_WITHOUT_DATE = FieldError(
    "/closed_at", "required", "A won or lost deal needs the date it was closed."
)
