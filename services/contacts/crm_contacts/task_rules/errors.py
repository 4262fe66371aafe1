"""Why the task rules feature says no."""

from uuid import UUID

from crm_shared.errors import ConflictError, FieldError, InvalidError, NotFoundError


class TaskRuleNotFoundError(NotFoundError):
    problem = "task-rule-not-found"

    def __init__(self, rule_id: UUID) -> None:
        super().__init__(f"There is no task rule {rule_id}.", rule_id=str(rule_id))


class TaskRuleExistsError(ConflictError):
    problem = "task-rule-exists"

    def __init__(self) -> None:
        super().__init__("A task rule with this external id exists already.")


class UnknownEventTypeError(InvalidError):
    problem = "unknown-event-type"

    def __init__(self, known: list[str]) -> None:
        fault = FieldError("/event_type", "unknown-event-type", f"One of: {', '.join(known)}.")
        super().__init__(fault, detail="Task rules cannot react to this type of event.")


class NobodyToAssignError(ConflictError):
    problem = "nobody-to-assign"

    def __init__(self) -> None:
        super().__init__("Nobody who is meant works here.")


class NobodyMeantError(ConflictError):
    problem = "nobody-meant"

    def __init__(self, noun: str) -> None:
        super().__init__(f"The event names no {noun}.")
