"""API keys as events tell of them: a hash and rights, by which every service knows them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from crm_contacts.events.base import Facts
from crm_shared.events.envelope import Event


class ApiKeyFacts(Facts):
    """What every service must know of a key to let it in; of 256 random bits only the hash."""

    key_hash: str
    role: str
    team_ids: list[UUID]
    scopes: list[str]
    rate_limit: int
    maker_id: UUID
    is_active: bool
    expires_at: datetime | None


class ApiKeyCreated(Event, type="crm.contacts.api_key.created.v1"):
    """A program was given a key."""

    api_key: ApiKeyFacts
    changed: list[str]
    previous: dict[str, Any]


class ApiKeyUpdated(Event, type="crm.contacts.api_key.updated.v1"):
    """What a key may do changed, or who answers for it."""

    api_key: ApiKeyFacts
    changed: list[str]
    previous: dict[str, Any]


class ApiKeyRevoked(Event, type="crm.contacts.api_key.revoked.v1"):
    """A key is refused everywhere from now on."""

    api_key: ApiKeyFacts
    changed: list[str]
    previous: dict[str, Any]
