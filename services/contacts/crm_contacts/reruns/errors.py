"""Why the past cannot be asked."""

from collections.abc import Sequence
from datetime import datetime

from crm_shared.errors import FieldError, InvalidError, NotFoundError


class NotReconstructableError(InvalidError):
    problem = "not-reconstructable"

    def __init__(self, asked: Sequence[tuple[str, str]]) -> None:
        told = [
            FieldError(f"/filter{at}", "present-only", f"Of {name} only the present is kept.")
            for name, at in asked
        ]
        super().__init__(*told, detail="The rule asks what nobody can tell of the past.")


class RuleNotInForceError(NotFoundError):
    problem = "rule-not-in-force"

    def __init__(self, at: datetime) -> None:
        super().__init__("The segment had no such rule then.", at=at.isoformat())


class RuleInTheFutureError(InvalidError):
    problem = "in-the-future"

    def __init__(self) -> None:
        words = "Only what has been can be asked."
        super().__init__(FieldError("/query/at", "in-the-future", words), detail=words)
