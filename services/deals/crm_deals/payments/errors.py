"""Why the payments feature says no."""

from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

from crm_shared.errors import ConflictError, FieldError, InvalidError, NotFoundError
from crm_shared.money import plain


class PaymentNotFoundError(NotFoundError):
    problem = "payment-not-found"

    def __init__(self, payment_id: UUID | str) -> None:
        super().__init__(f"There is no payment {payment_id}.", payment_id=str(payment_id))


class PaymentExternalIdTakenError(ConflictError):
    problem = "payment-external-id-taken"

    def __init__(self) -> None:
        super().__init__("Another payment has this external id.")


class PaymentDiffersError(ConflictError):
    problem = "payment-differs"

    def __init__(self) -> None:
        super().__init__(
            "The payment is booked with another sum, currency or kind: void it and book it anew."
        )


class PaymentVoidError(ConflictError):
    problem = "payment-void"

    def __init__(self) -> None:
        super().__init__("A void payment does not change any more.")


class PaymentHasRefundsError(ConflictError):
    problem = "payment-has-refunds"

    def __init__(self) -> None:
        super().__init__("It was refunded: void the refunds first.")


class NotRefundableError(ConflictError):
    problem = "not-refundable"

    def __init__(self) -> None:
        super().__init__("Only a payment of a customer that is not void can be refunded.")


class SettledMeanwhileError(ConflictError):
    problem = "settled-meanwhile"

    def __init__(self) -> None:
        super().__init__("The invoice that was taken back has been settled by another payment.")


class RefundTooLargeError(InvalidError):
    def __init__(self, left: Decimal) -> None:
        super().__init__(
            FieldError("/amount", "more-than-paid", f"Of the payment {plain(left)} is left.")
        )


class PaidInTheFutureError(InvalidError):
    def __init__(self) -> None:
        super().__init__(FieldError("/paid_on", "in-the-future", "It cannot have been paid yet."))


class UnknownInvoicesError(InvalidError):
    def __init__(self, positions: Iterable[int]) -> None:
        super().__init__(
            *(
                FieldError(
                    f"/allocations/{position}/invoice_id",
                    "unknown-invoice",
                    "There is no such issued invoice in the payment's currency.",
                )
                for position in positions
            )
        )


class ExpenseAllocatedError(InvalidError):
    def __init__(self) -> None:
        super().__init__(
            FieldError("/allocations", "not-for-expenses", "Only payments settle invoices.")
        )
