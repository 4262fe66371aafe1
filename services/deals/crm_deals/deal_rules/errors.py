"""Why the deal rules feature says no, and why a run does nothing."""

from uuid import UUID

from crm_shared.errors import ConflictError, FieldError, InvalidError, NotFoundError


class DealRuleNotFoundError(NotFoundError):
    problem = "deal-rule-not-found"

    def __init__(self, rule_id: UUID) -> None:
        super().__init__(f"There is no deal rule {rule_id}.", rule_id=str(rule_id))


class DealRuleExistsError(ConflictError):
    problem = "deal-rule-exists"


class UnknownTriggerError(InvalidError):
    problem = "unknown-event-type"

    def __init__(self, known: list[str]) -> None:
        fault = FieldError("/event_type", "unknown-event-type", f"One of: {', '.join(known)}.")
        super().__init__(fault, detail="Deal rules cannot react to this type of event.")


class UnknownActionValueError(InvalidError):
    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(FieldError(pointer, "unknown-value", detail))


class NobodyToAssignError(ConflictError):
    problem = "nobody-to-assign"

    def __init__(self) -> None:
        super().__init__("Nobody who is meant works here.")


class NothingToPayError(ConflictError):
    problem = "nothing-to-pay"

    def __init__(self) -> None:
        super().__init__(
            "The deal has no amount and the action names none, or it comes to nothing."
        )


class UnfitValueError(InvalidError):
    def __init__(self, field: str) -> None:
        super().__init__(FieldError(f"/{field}", "invalid-value", "The value does not fit."))
