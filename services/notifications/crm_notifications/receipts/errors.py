"""Why the receipts feature says no."""

from crm_shared.errors import NotFoundError, UnauthorizedError


class ReceiptNotSignedError(UnauthorizedError):
    """The signature does not fit the body, or is too old."""

    problem = "receipt-not-signed"

    def __init__(self) -> None:
        super().__init__("The signature of the receipt does not fit.")


class NoReceiptsError(NotFoundError):
    """No receipts of this provider are expected: it is not configured, or has no secret."""

    problem = "no-receipts"

    def __init__(self, provider: str) -> None:
        super().__init__("Nobody waits for receipts of this provider.", provider=provider)
