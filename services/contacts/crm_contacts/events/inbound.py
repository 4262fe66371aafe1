"""What became of things that came in from outside."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict

from crm_shared.events.envelope import Event

__all__ = ["InboundSettled", "SettlementFacts"]


class SettlementFacts(BaseModel):
    """What was made of one thing that came in, or whose it is.

    `outcome` is made, changed, found, nobody, skipped (something newer of it was made already) or
    refused (`reason` says why, in codes); `noun` and `record_id` name what was made, the other ids
    whom it is about and who looks after him.
    """

    model_config = ConfigDict(from_attributes=True)

    outcome: str
    reason: str | None
    noun: str | None
    record_id: UUID | None
    contact_id: UUID | None
    company_id: UUID | None
    lead_id: UUID | None
    owner_id: UUID | None
    team_id: UUID | None


class InboundSettled(Event, type="crm.contacts.inbound.settled.v1"):
    """Something that came in was made, or refused; its subject is the id that came with it."""

    inbound: SettlementFacts
