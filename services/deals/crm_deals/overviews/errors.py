"""Why there is no overview."""

from crm_shared.errors import FieldError, InvalidError


class NoSubjectError(InvalidError):
    """An overview is of one customer or of one manager."""

    problem = "no-subject"

    def __init__(self) -> None:
        words = "Name one of contact_id, company_id and owner_id."
        super().__init__(FieldError("/query", "no-subject", words), detail=words)
