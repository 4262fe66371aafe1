"""Why the consents feature says no."""

from crm_shared.errors import ConflictError, FieldError, InvalidError


class NotTheLastWordError(ConflictError):
    problem = "not-the-last-word"

    def __init__(self) -> None:
        super().__init__("A later word about this channel and purpose is known already.")


class ConsentInFutureError(InvalidError):
    problem = "consent-in-future"

    def __init__(self) -> None:
        words = "Nobody can have agreed or refused in the future."
        super().__init__(FieldError("/at", "in-the-future", words), detail=words)


class LinkRefusedError(InvalidError):
    problem = "link-refused"

    def __init__(self) -> None:
        super().__init__(detail="This link is not valid, or too old.")
