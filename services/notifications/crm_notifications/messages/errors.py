"""Why the messages feature says no."""

from uuid import UUID

from crm_notifications.messages.rules import Step
from crm_shared.errors import ConflictError, NotFoundError


class MessageNotFoundError(NotFoundError):
    problem = "message-not-found"

    def __init__(self, message_id: UUID) -> None:
        super().__init__(f"There is no message {message_id}.", message_id=str(message_id))


class StepNotPossibleError(ConflictError):
    problem = "message-step-not-possible"

    def __init__(self, message_id: UUID, step: Step, status: str) -> None:
        super().__init__(
            f"A message that is {status} cannot be asked to {step.value.replace('_', ' ')}.",
            message_id=str(message_id),
            status=status,
        )
