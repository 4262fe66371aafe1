"""Chats on web pages, as events tell of them."""

from typing import Any

from pydantic import BaseModel

from crm_shared.events.envelope import Event


class WebChatFacts(BaseModel):
    """What everyone may know of a chat on web pages; its words and its key stay at home.

    `origins` are the pages on which it may stand; `unknown` says what becomes of a visitor whom
    nobody knows: keep, or lead.
    """

    label: str
    languages: list[str]
    origins: list[str]
    is_active: bool
    unknown: str
    needs_address: bool
    asks_consent: bool
    per_minute: int
    per_address_hour: int


class WebChatEvent(Event):
    """What became of a chat on web pages."""

    web_chat: WebChatFacts
    changed: list[str]
    previous: dict[str, Any]


class WebChatCreated(WebChatEvent, type="crm.notifications.web_chat.created.v1"):
    """A chat may be put on web pages."""


class WebChatUpdated(WebChatEvent, type="crm.notifications.web_chat.updated.v1"):
    """A chat's pages, words or limits changed, or it was switched on or off."""


class WebChatDeleted(WebChatEvent, type="crm.notifications.web_chat.deleted.v1"):
    """Nobody can write by this chat any more."""
