"""Why a search is refused."""

from crm_shared.errors import FieldError, InvalidError

SHORTEST = 2


class QueryTooShortError(InvalidError):
    problem = "query-too-short"

    def __init__(self) -> None:
        fault = FieldError("/query/q", "too-short", f"At least {SHORTEST} letters or digits.")
        super().__init__(fault, detail="There is too little to search for.")
