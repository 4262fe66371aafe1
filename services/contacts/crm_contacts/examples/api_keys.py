"""Examples of what is said of API keys."""

from crm_contacts import events
from crm_contacts.examples.base import DAY, HEAD, TEAM, said
from crm_shared.events.envelope import Event

KEY = events.ApiKeyFacts(
    key_hash="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    role="integration",
    team_ids=[TEAM],
    scopes=["contacts:read", "deals:*"],
    rate_limit=50,
    maker_id=HEAD,
    is_active=True,
    expires_at=DAY,
)
ENDED = KEY.model_copy(update={"is_active": False})

EXAMPLES: list[Event] = [
    events.ApiKeyCreated(**said({"api_key": KEY})),
    events.ApiKeyUpdated(**said({"api_key": KEY}, ["scopes"], {"scopes": ["contacts:read"]})),
    events.ApiKeyRevoked(**said({"api_key": ENDED}, ["revoked_at"])),
]
