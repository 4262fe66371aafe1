"""The API process of the notifications service."""

from fastapi import FastAPI

from crm_notifications.channels import endpoints as channels
from crm_notifications.conversations import endpoints as conversations
from crm_notifications.events import WatchedFieldsRead
from crm_notifications.feed import endpoints as feed
from crm_notifications.inbound import endpoints as inbound
from crm_notifications.inbox import endpoints as inbox
from crm_notifications.mailings import endpoints as mailings
from crm_notifications.message_rules import endpoints as message_rules
from crm_notifications.messages import endpoints as messages
from crm_notifications.messengers import endpoints as messengers
from crm_notifications.nouns.catalogue import SHOWN
from crm_notifications.permissions import PERMISSIONS
from crm_notifications.presets import endpoints as presets
from crm_notifications.receipts import endpoints as receipts
from crm_notifications.sequences import endpoints as sequences
from crm_notifications.settings import Settings
from crm_notifications.stream import endpoints as stream
from crm_notifications.templates import endpoints as templates
from crm_notifications.web_chats.endpoints import chats as web_chats
from crm_notifications.web_chats.endpoints import visitors
from crm_notifications.webhooks import endpoints as webhooks
from crm_shared.app import service_app
from crm_shared.http.veil import AnnouncingReads, Guard
from crm_shared.settings import load


def create_app(settings: Settings | None = None) -> FastAPI:
    """Wire the service's HTTP side."""
    return service_app(
        settings or load(Settings),
        title="Notifications",
        routers=[
            templates.router,
            message_rules.templates_router,
            # `preset` is no id of a rule
            presets.router,
            message_rules.router,
            sequences.router,
            messages.router,
            receipts.router,
            messengers.router,
            mailings.router,
            channels.router,
            feed.router,
            webhooks.router,
            inbound.router,
            # `widget.js` is no id of a chat
            visitors.router,
            web_chats.router,
            conversations.router,
            inbox.router,
            stream.router,
        ],
        permissions=PERMISSIONS,
        guard=Guard(SHOWN, AnnouncingReads(lambda told: WatchedFieldsRead(reading=told))),
    )
