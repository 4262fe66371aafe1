"""Every table of the service, for migrations and tests."""

from crm_notifications.base import Base
from crm_notifications.channels import models as channels
from crm_notifications.conversations import models as conversations
from crm_notifications.feed import models as feed
from crm_notifications.inbound import models as inbound
from crm_notifications.inbox import models as inbox
from crm_notifications.mail_intake import models as mail_intake
from crm_notifications.mailings import models as mailings
from crm_notifications.message_rules import models as message_rules
from crm_notifications.messages import models as messages
from crm_notifications.sequences import models as sequences
from crm_notifications.subjects import models as subjects
from crm_notifications.templates import models as templates
from crm_notifications.web_chats import models as web_chats
from crm_notifications.webhooks import models as webhooks

METADATA = Base.metadata

__all__ = [
    "METADATA",
    "channels",
    "conversations",
    "feed",
    "inbound",
    "inbox",
    "mail_intake",
    "mailings",
    "message_rules",
    "messages",
    "sequences",
    "subjects",
    "templates",
    "web_chats",
    "webhooks",
]
