"""What of a deal's event says what a client bought."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from crm_shared.events.envelope import AnyEvent, Envelope

FACTS = frozenset({"created", "updated", "stage_changed", "deleted", "restored"})


class ToldDeal(BaseModel):
    """The part of a deal's snapshot that figures are made of."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    contact_id: UUID | None = None
    company_id: UUID | None = None
    outcome: str
    won_at: datetime | None = None
    amount: Decimal | None = None
    currency: str | None = None
    is_void: bool = False


def row_of(envelope: Envelope[AnyEvent]) -> dict[str, Any]:
    """Return the row that an event makes of its deal."""
    told = ToldDeal.model_validate(envelope.data.as_dict().get("deal"))
    is_gone = told.is_void or envelope.type.split(".")[3] == "deleted"
    return {
        "id": envelope.subject,
        "revision": envelope.revision,
        **told.model_dump(exclude={"is_void"}),
        "is_gone": is_gone,
    }
