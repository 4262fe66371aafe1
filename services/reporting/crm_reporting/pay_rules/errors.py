"""Why a rule of pay is refused."""

from crm_shared.errors import ConflictError


class MonthClosedError(ConflictError):
    """A month that is over keeps the rule by which it was reckoned."""

    problem = "month-closed"

    def __init__(self) -> None:
        super().__init__(
            "Months that are over were reckoned by this rule: end it, and enter another from this "
            "month on. One that was wrong from the start is taken back and entered anew."
        )
