"""Why the contacts feature says no."""

from uuid import UUID

from crm_shared.errors import ConflictError, FieldError, ForbiddenError, InvalidError, NotFoundError


class ContactNotFoundError(NotFoundError):
    problem = "contact-not-found"

    def __init__(self, contact_id: UUID | str) -> None:
        super().__init__(f"There is no contact {contact_id}.", contact_id=str(contact_id))


class ContactExistsError(ConflictError):
    problem = "contact-exists"

    def __init__(self) -> None:
        super().__init__("A contact with this external id exists already.")


class ContactMergedError(ConflictError):
    problem = "contact-merged"

    def __init__(self, contact_id: UUID, survivor_id: UUID) -> None:
        super().__init__(
            f"The contact {contact_id} was merged into {survivor_id}: unmerge it first.",
            survivor_id=str(survivor_id),
        )


class ContactRestrictedError(ConflictError):
    problem = "contact-restricted"

    def __init__(self) -> None:
        super().__init__("This person's data is kept and must not be used; release it first.")


class ContactOutsideScopeError(ForbiddenError):
    problem = "outside-scope"

    def __init__(self) -> None:
        super().__init__("You may only give a contact to an owner or team within your scope.")


class NamelessContactError(InvalidError):
    problem = "nameless-contact"

    def __init__(self) -> None:
        words = "A contact needs a name, an e-mail address or a telephone number."
        super().__init__(FieldError("/last_name", "nameless", words), detail=words)
