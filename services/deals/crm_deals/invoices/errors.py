"""Why the invoices feature says no."""

from uuid import UUID

from crm_shared.errors import ConflictError, FieldError, InvalidError, NotFoundError


class InvoiceNotFoundError(NotFoundError):
    problem = "invoice-not-found"

    def __init__(self, invoice_id: UUID | str) -> None:
        super().__init__(f"There is no invoice {invoice_id}.", invoice_id=str(invoice_id))


class InvoiceNumberTakenError(ConflictError):
    problem = "invoice-number-taken"

    def __init__(self) -> None:
        super().__init__("Another invoice has this number.")


class InvoiceExternalIdTakenError(ConflictError):
    problem = "invoice-external-id-taken"

    def __init__(self) -> None:
        super().__init__("Another invoice, perhaps a deleted one, has this external id.")


class InvoiceNotDraftError(ConflictError):
    problem = "invoice-not-draft"

    def __init__(self) -> None:
        super().__init__(
            "An issued invoice keeps its sums, number and customer: void it or credit it."
        )


class InvoiceNotIssuedError(ConflictError):
    problem = "invoice-not-issued"

    def __init__(self) -> None:
        super().__init__("Only an issued invoice that is not void can be voided or credited.")


class InvoiceHasPaymentsError(ConflictError):
    problem = "invoice-has-payments"

    def __init__(self) -> None:
        super().__init__("Payments or credit notes belong to it: take them back first.")


class NothingToInvoiceError(InvalidError):
    def __init__(self) -> None:
        super().__init__(
            FieldError("/amount", "nothing-to-invoice", "Name lines, an amount or a deal with one.")
        )


class NobodyToInvoiceError(InvalidError):
    def __init__(self) -> None:
        super().__init__(
            FieldError("/deal_id", "nobody-to-invoice", "Name a deal, a contact or a company.")
        )


class CurrencyOfDealError(InvalidError):
    def __init__(self) -> None:
        super().__init__(
            FieldError("/currency", "other-currency", "What is taken from the deal is not in it.")
        )


class TooManyDigitsError(InvalidError):
    def __init__(self, pointer: str, currency: str) -> None:
        super().__init__(
            FieldError(pointer, "too-many-digits", f"{currency} has not so many digits.")
        )


class DueBeforeIssueError(InvalidError):
    def __init__(self) -> None:
        super().__init__(
            FieldError("/due_date", "before-issue-date", "It would be due before it is issued.")
        )


class CreditTooLargeError(InvalidError):
    def __init__(self) -> None:
        super().__init__(
            FieldError("/amount", "more-than-invoiced", "It is more than is left to be credited.")
        )
