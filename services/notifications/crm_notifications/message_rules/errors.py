"""Why the message rules feature says no."""

from uuid import UUID

from crm_shared.errors import FieldError, InvalidError, NotFoundError


class MessageRuleNotFoundError(NotFoundError):
    problem = "message-rule-not-found"

    def __init__(self, rule_id: UUID | str) -> None:
        super().__init__(f"There is no message rule {rule_id}.", rule_id=str(rule_id))


class UnknownEventTypeError(InvalidError):
    """A rule waits for an event that nobody publishes or that names nobody to write to."""

    problem = "unknown-event-type"

    def __init__(self, event_type: str, known: list[str]) -> None:
        detail = f"No rule can wait for {event_type!r}. Known: {', '.join(known)}."
        super().__init__(FieldError("/event_type", "unknown-event-type", detail), detail=detail)


class RuleTemplateError(InvalidError):
    """A rule names a template that is not there, or one written for another channel."""

    problem = "rule-template"

    def __init__(self, detail: str) -> None:
        super().__init__(FieldError("/template_id", "rule-template", detail), detail=detail)


class RuleTimingError(InvalidError):
    """What a rule says of time does not fit what begins it."""

    problem = "rule-timing"

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(FieldError(pointer, "rule-timing", detail), detail=detail)


class RuleRecipientError(InvalidError):
    """A rule that writes to one user must say to whom, and the others must not."""

    problem = "rule-recipient"

    def __init__(self) -> None:
        detail = "recipient_user_id goes with recipient 'user', and only with it."
        super().__init__(FieldError("/recipient_user_id", "rule-recipient", detail), detail=detail)
