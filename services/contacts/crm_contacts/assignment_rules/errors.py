"""Why the assignment rules feature says no."""

from uuid import UUID

from crm_shared.errors import ConflictError, FieldError, InvalidError, NotFoundError


class AssignmentRuleNotFoundError(NotFoundError):
    problem = "assignment-rule-not-found"

    def __init__(self, rule_id: UUID) -> None:
        super().__init__(f"There is no assignment rule {rule_id}.", rule_id=str(rule_id))


class NobodyNamedError(InvalidError):
    problem = "nobody-named"

    def __init__(self) -> None:
        fault = FieldError("/user_ids", "nobody-named", "Name users or teams.")
        super().__init__(fault, detail="A rule gives records to users, or to members of teams.")


class NobodyFreeError(ConflictError):
    """Nobody of the rule can be given more; the run log tells why of each."""

    problem = "nobody-free"

    def __init__(self) -> None:
        super().__init__("Nobody whom the rule names can be given more.")
