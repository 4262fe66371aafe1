"""Why a file of cards is refused."""

from crm_shared.errors import FieldError, InvalidError


class UnreadableCardsError(InvalidError):
    problem = "unreadable-cards"

    def __init__(self) -> None:
        super().__init__(
            FieldError("", "no-vcards", "The file holds no vCards, or is not UTF-8."),
            detail="These are no vCards.",
        )


class TooManyCardsError(InvalidError):
    problem = "too-many-cards"

    def __init__(self, most: int) -> None:
        fault = FieldError("", "too-many", f"At most {most} cards at once; import the rest after.")
        super().__init__(fault, detail="There are too many cards.")
