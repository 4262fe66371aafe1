"""Why the quotes feature says no."""

from uuid import UUID

from crm_shared.errors import ConflictError, FieldError, InvalidError, NotFoundError


class QuoteNotFoundError(NotFoundError):
    problem = "quote-not-found"

    def __init__(self, quote_id: UUID) -> None:
        super().__init__(f"The deal has no quote {quote_id}.", quote_id=str(quote_id))


class QuoteNotDraftError(ConflictError):
    problem = "quote-not-draft"

    def __init__(self) -> None:
        super().__init__("A quote that was sent does not change: make a new version.")


class QuoteNotSentError(ConflictError):
    problem = "quote-not-sent"

    def __init__(self) -> None:
        super().__init__("Only a quote that was sent and is not answered can be answered.")


class QuoteExpiredError(ConflictError):
    problem = "quote-expired"

    def __init__(self) -> None:
        super().__init__("Its last day is over: make a new version.")


class NothingToQuoteError(InvalidError):
    def __init__(self) -> None:
        super().__init__(
            FieldError("/line_items", "nothing-to-quote", "Neither quote nor deal has lines.")
        )


class ValidUntilPastError(InvalidError):
    def __init__(self) -> None:
        super().__init__(FieldError("/valid_until", "in-the-past", "That day is over."))
