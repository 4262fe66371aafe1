"""Why a customer's standing cannot be told."""

from crm_shared.errors import FieldError, InvalidError


class NobodyNamedError(InvalidError):
    def __init__(self) -> None:
        super().__init__(
            FieldError("/query/company_id", "required", "Name a contact or a company.")
        )
