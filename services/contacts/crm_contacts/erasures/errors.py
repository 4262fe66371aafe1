"""Why the erasures feature says no."""

from uuid import UUID

from crm_shared.errors import ConflictError, FieldError, InvalidError, NotFoundError


class ErasureNotFoundError(NotFoundError):
    problem = "erasure-not-found"

    def __init__(self, erasure_id: UUID) -> None:
        super().__init__(f"There is no erasure {erasure_id}.", erasure_id=str(erasure_id))


class ErasureNotPlannedError(ConflictError):
    problem = "erasure-not-planned"

    def __init__(self, state: str) -> None:
        super().__init__("This erasure is not waiting to be confirmed.", state=state)


class OnePersonError(InvalidError):
    problem = "one-person"

    def __init__(self) -> None:
        words = "Name a contact, or a lead that never became one: exactly one of them."
        super().__init__(FieldError("/contact_id", "exactly-one", words), detail=words)


class LeadIsAContactError(InvalidError):
    problem = "lead-is-a-contact"

    def __init__(self, contact_id: UUID) -> None:
        words = "This lead became a contact: ask to erase the contact, its leads go with it."
        super().__init__(FieldError("/lead_id", "is-a-contact", words), detail=words)
        self.extra = {"contact_id": str(contact_id)}
