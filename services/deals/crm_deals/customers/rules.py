"""Who buys again and who is unreliable: values and pure functions."""

from dataclasses import dataclass

# a month: what banks and bookkeeping take is nobody's bad faith
LATE_AFTER_DAYS = 30
WITHIN_DAYS = 365
# once may be a mistake of ours: a lost letter, a wrong account
TOO_MANY_LATE = 2


@dataclass(frozen=True, slots=True)
class Standing:
    """What a customer's deals, invoices and claims say of him.

    Unreliable: two invoices within a year that were, or are, more than 30 days late, disputed
    ones left out; or a breach of his that he has not made good.
    """

    has_bought: bool
    late_invoices: int
    has_unsettled_breach: bool

    @property
    def is_unreliable(self) -> bool:
        """Whether to think twice."""
        return self.late_invoices >= TOO_MANY_LATE or self.has_unsettled_breach
