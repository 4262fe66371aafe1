"""Who may do what here."""

from crm_shared.actor import Permission, Role, Scope

EVERYBODY = dict.fromkeys(set(Role) - {Role.SYSTEM}, Scope.ALL)
WRITERS = {Role.ADMIN: Scope.ALL, Role.MARKETING: Scope.ALL, Role.INTEGRATION: Scope.ALL}

READ_TEMPLATES = Permission("templates:read", EVERYBODY)
WRITE_TEMPLATES = Permission("templates:write", WRITERS)
READ_MESSAGE_RULES = Permission("message-rules:read", EVERYBODY)
WRITE_MESSAGE_RULES = Permission("message-rules:write", WRITERS)
READ_MESSAGES = Permission(
    "messages:read",
    {
        Role.ADMIN: Scope.ALL,
        Role.HEAD: Scope.TEAM,
        Role.SELLER: Scope.OWN,
        Role.MARKETING: Scope.ALL,
        Role.VIEWER: Scope.ALL,
        Role.INTEGRATION: Scope.ALL,
    },
)
WRITE_MESSAGES = Permission(
    "messages:write",
    {
        Role.ADMIN: Scope.ALL,
        Role.HEAD: Scope.TEAM,
        Role.SELLER: Scope.OWN,
        Role.INTEGRATION: Scope.ALL,
    },
)
READ_CHANNELS = Permission("channels:read", EVERYBODY)
WRITE_CHANNELS = Permission("channels:write", {Role.ADMIN: Scope.ALL})
WRITE_CHANNEL_ADDRESSES = Permission(
    "channel-addresses:write", {Role.ADMIN: Scope.ALL, Role.INTEGRATION: Scope.ALL}
)
READ_MAILINGS = Permission("mailings:read", EVERYBODY)
WRITE_MAILINGS = Permission("mailings:write", WRITERS)
READ_MAILBOX = Permission("mailbox:read", {Role.ADMIN: Scope.ALL})
# whole events of every noun: for other systems, and for people as far as their own records go
READ_EVENTS = Permission(
    "events:read",
    {
        Role.ADMIN: Scope.ALL,
        Role.HEAD: Scope.TEAM,
        Role.SELLER: Scope.OWN,
        Role.INTEGRATION: Scope.ALL,
    },
)
# names of what changed, of the nouns everybody works with: what a page needs to read anew
READ_STREAM = Permission(
    "stream:read",
    {**EVERYBODY, Role.HEAD: Scope.TEAM, Role.SELLER: Scope.OWN},
)
CONNECTORS = {Role.ADMIN: Scope.ALL, Role.INTEGRATION: Scope.ALL}
READ_WEBHOOKS = Permission("webhooks:read", CONNECTORS)
WRITE_WEBHOOKS = Permission("webhooks:write", CONNECTORS)
READ_INBOUND = Permission("inbound:read", CONNECTORS)
WRITE_INBOUND = Permission("inbound:write", CONNECTORS)
READ_WEB_CHATS = Permission("web-chats:read", EVERYBODY)
WRITE_WEB_CHATS = Permission("web-chats:write", WRITERS)
# what a client and we wrote to each other: for whoever looks after him
READ_CONVERSATIONS = Permission("conversations:read", READ_MESSAGES.scopes)
WRITE_CONVERSATIONS = Permission("conversations:write", WRITE_MESSAGES.scopes)

PERMISSIONS = [
    READ_INBOUND,
    WRITE_INBOUND,
    READ_WEB_CHATS,
    WRITE_WEB_CHATS,
    READ_CONVERSATIONS,
    WRITE_CONVERSATIONS,
    READ_EVENTS,
    READ_STREAM,
    READ_WEBHOOKS,
    WRITE_WEBHOOKS,
    READ_TEMPLATES,
    WRITE_TEMPLATES,
    READ_MESSAGE_RULES,
    WRITE_MESSAGE_RULES,
    READ_MESSAGES,
    WRITE_MESSAGES,
    READ_CHANNELS,
    WRITE_CHANNELS,
    WRITE_CHANNEL_ADDRESSES,
    READ_MAILBOX,
    READ_MAILINGS,
    WRITE_MAILINGS,
]
