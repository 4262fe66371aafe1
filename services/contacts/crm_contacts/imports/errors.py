"""Why a row is refused beyond what the API refuses."""

from crm_shared.errors import FieldError

CREATED_IN_THE_FUTURE = FieldError("/created_at", "in-the-future", "It cannot have begun yet.")
POSSIBLE_DUPLICATE = FieldError(
    "/phones", "possible-duplicate", "Somebody with this number or address is here already."
)
