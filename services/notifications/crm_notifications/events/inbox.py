"""What colleagues left unread, as events tell of it."""

from uuid import UUID

from pydantic import BaseModel

from crm_shared.events.envelope import Event


class NoticeFacts(BaseModel):
    """What somebody was told and left lying; `owner_id` is who should have read it."""

    owner_id: UUID
    team_id: UUID | None
    kind: str
    noun: str
    record_id: UUID
    contact_id: UUID | None
    company_id: UUID | None
    lead_id: UUID | None
    deal_id: UUID | None
    case_id: UUID | None
    escalated_to_id: UUID


class NoticeEscalated(Event, type="crm.notifications.notice.escalated.v1"):
    """An urgent notice was not read for too long: the head of its reader's team is told, once."""

    notice: NoticeFacts


class DigestFacts(BaseModel):
    """How much `owner_id` has not read, by kind of notice."""

    owner_id: UUID
    team_id: UUID | None
    every: str
    unread: int
    by_kind: dict[str, int]


class DigestDue(Event, type="crm.notifications.digest.due.v1"):
    """It is time to tell a colleague what he has not read, as he asked for."""

    digest: DigestFacts
