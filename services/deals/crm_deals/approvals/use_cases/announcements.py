"""What is said of a request for consent."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.approvals.models import Approval
from crm_deals.approvals.queries import follow_deal
from crm_deals.events.automation import ApprovalEvent, ApprovalFacts
from crm_shared.events import outbox
from crm_shared.events.outbox import record


async def say(
    session: AsyncSession, approval: Approval, kind: type[ApprovalEvent], **beside: Any
) -> None:
    """Announce what happened to a request, with everything that changed by it."""
    await follow_deal(session, approval)
    changes = outbox.changes_of(approval, ApprovalFacts)
    facts = ApprovalFacts.model_validate(approval, from_attributes=True)
    event = kind(approval=facts, changed=changes.changed, previous=changes.previous, **beside)
    await record(session, approval, event)
