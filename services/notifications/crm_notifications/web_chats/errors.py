"""Why the web chats feature says no."""

from collections.abc import Sequence
from uuid import UUID

from crm_shared.errors import (
    FieldError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    TooManyRequestsError,
    UnauthorizedError,
)


class WebChatNotFoundError(NotFoundError):
    problem = "web-chat-not-found"

    def __init__(self, chat_id: UUID) -> None:
        super().__init__(f"There is no web chat {chat_id}.", web_chat_id=str(chat_id))


class NoChatHereError(NotFoundError):
    """No chat has this key, or it is switched off."""

    problem = "no-web-chat"

    def __init__(self) -> None:
        super().__init__("There is no such chat, or it is closed.")


class ChatNotForPageError(ForbiddenError):
    """The page that asks is none of those on which this chat may stand."""

    problem = "web-chat-origin"

    def __init__(self) -> None:
        super().__init__("This chat may not be used from that page.")


class VisitRefusedError(UnauthorizedError):
    """The visit is over, or was begun with another chat: the visitor begins anew."""

    problem = "web-chat-visit"

    def __init__(self) -> None:
        super().__init__("The visit is over; begin another one.")


class VisitInvalidError(InvalidError):
    """A visitor's consent or address is missing, or nobody could be reached at the address."""

    problem = "web-chat-visitor"

    def __init__(self, faults: Sequence[FieldError]) -> None:
        super().__init__(*faults, detail="Something is missing, or cannot be read.")


class ChatTooOftenError(TooManyRequestsError):
    """More than a visitor, or all of them together, may write."""

    problem = "web-chat-too-often"

    def __init__(self) -> None:
        super().__init__("Too many messages; wait a moment.", retry_after=30)
