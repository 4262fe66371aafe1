"""Why the duplicates feature says no."""

from collections.abc import Sequence
from uuid import UUID

from crm_shared.errors import ConflictError, NotFoundError


class PossibleDuplicatesError(ConflictError):
    problem = "possible-duplicates"

    def __init__(self, ids: Sequence[UUID], *, unclear: bool = False) -> None:
        words = (
            "Several records share a number or an address: which one is meant?"
            if unclear
            else "A record with this number or address is here already."
        )
        super().__init__(words, candidates=[str(one) for one in ids])


class PairNotFoundError(NotFoundError):
    problem = "pair-not-found"

    def __init__(self, pair_id: UUID) -> None:
        super().__init__(f"There is no pair {pair_id}.", pair_id=str(pair_id))
