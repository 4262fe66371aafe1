"""Erasures as events tell of them: whose data, by id, and how far it is."""

from datetime import datetime
from typing import Any
from uuid import UUID

from crm_contacts.events.base import Facts
from crm_shared.events.envelope import Event


class ErasureFacts(Facts):
    """A request to erase somebody; ids only."""

    contact_id: UUID | None
    lead_id: UUID | None
    state: str
    requested_by: UUID
    confirmed_by: UUID | None
    completed_at: datetime | None


class ErasureRequested(Event, type="crm.contacts.erasure.requested.v1"):
    """Somebody is to be erased; nothing has happened yet."""

    erasure: ErasureFacts
    changed: list[str]
    previous: dict[str, Any]


class ErasureConfirmed(Event, type="crm.contacts.erasure.confirmed.v1"):
    """It is decided: every service empties what it keeps."""

    erasure: ErasureFacts
    changed: list[str]
    previous: dict[str, Any]


class ErasureWithdrawn(Event, type="crm.contacts.erasure.withdrawn.v1"):
    """A request was taken back before anything happened."""

    erasure: ErasureFacts
    changed: list[str]
    previous: dict[str, Any]


class ErasureCompleted(Event, type="crm.contacts.erasure.completed.v1"):
    """Every service has answered: nothing personal is kept of this person."""

    erasure: ErasureFacts
    changed: list[str]
    previous: dict[str, Any]
