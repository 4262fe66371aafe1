"""Why a row is refused beyond what the API refuses."""

from crm_shared.errors import FieldError

COMPLETED_IN_THE_FUTURE = FieldError("/completed_at", "in-the-future", "It cannot be done yet.")
CREATED_IN_THE_FUTURE = FieldError("/created_at", "in-the-future", "It cannot have begun yet.")
CONTACT_RESTRICTED = FieldError(
    "", "contact-restricted", "The processing of this person's data is restricted."
)
POSSIBLE_DUPLICATE = FieldError(
    "/phones", "possible-duplicate", "Somebody with this number or address is here already."
)
SOLVED_IN_THE_FUTURE = FieldError("/solved_at", "in-the-future", "It cannot be solved yet.")
UNKNOWN_CASE_STATUS = FieldError("/status", "unknown-status", "Known are: open, solved, closed.")
UNKNOWN_CASE_OUTCOME = FieldError("/outcome", "unknown-outcome", "Known are: success, failure.")
