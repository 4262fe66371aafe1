"""Why the conversations feature says no."""

from uuid import UUID

from crm_shared.errors import ConflictError, ForbiddenError, NotFoundError


class ConversationNotFoundError(NotFoundError):
    problem = "conversation-not-found"

    def __init__(self, conversation_id: UUID) -> None:
        super().__init__(
            f"There is no conversation {conversation_id}.", conversation_id=str(conversation_id)
        )


class NothingToCloseError(ConflictError):
    problem = "conversation-closed"

    def __init__(self, conversation_id: UUID) -> None:
        super().__init__(
            "This conversation is closed already.", conversation_id=str(conversation_id)
        )


class ConversationOutsideScopeError(ForbiddenError):
    """Whoever gives it away would not see it any more."""

    problem = "outside-scope"

    def __init__(self) -> None:
        super().__init__("A conversation can only be given to an owner or team within your scope.")


class FileNotFoundHereError(NotFoundError):
    problem = "conversation-file-not-found"

    def __init__(self, file_id: UUID) -> None:
        super().__init__(f"There is no file {file_id}.", file_id=str(file_id))


class CannotAnswerError(ConflictError):
    """Nothing goes out on this channel from here, or nobody is left to answer."""

    problem = "conversation-cannot-be-answered"

    def __init__(self, channel: str) -> None:
        super().__init__(f"Nothing can be sent to this conversation on {channel}.", channel=channel)
