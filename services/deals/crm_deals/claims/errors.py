"""Why the claims feature says no."""

from uuid import UUID

from crm_shared.errors import ConflictError, FieldError, InvalidError, NotFoundError


class ClaimNotFoundError(NotFoundError):
    problem = "claim-not-found"

    def __init__(self, claim_id: UUID | str) -> None:
        super().__init__(f"There is no claim {claim_id}.", claim_id=str(claim_id))


class ClaimExternalIdTakenError(ConflictError):
    problem = "claim-external-id-taken"

    def __init__(self) -> None:
        super().__init__("Another claim, perhaps a deleted one, has this external id.")


class UnknownInvoiceError(InvalidError):
    def __init__(self) -> None:
        super().__init__(FieldError("/invoice_id", "unknown-invoice", "There is no such invoice."))


class NobodysClaimError(InvalidError):
    def __init__(self) -> None:
        super().__init__(
            FieldError(
                "/deal_id", "nobodys-claim", "Name a deal, an invoice, a contact or a company."
            )
        )


class NoResolutionError(InvalidError):
    def __init__(self) -> None:
        super().__init__(
            FieldError("/resolution", "required", "Say how the claim was settled or why not.")
        )


class ClaimedInTheFutureError(InvalidError):
    def __init__(self) -> None:
        super().__init__(FieldError("/claimed_on", "in-the-future", "Nobody has claimed it yet."))
