"""Who gets a deal: in turn, whoever has least to do, or the head of the team."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deal_rules import queries
from crm_deals.deal_rules.errors import NobodyToAssignError
from crm_deals.deal_rules.models import DealRule
from crm_deals.deal_rules.statements import take_turn
from crm_deals.deals.models import Deal


async def choose_owner(
    session: AsyncSession, rule: DealRule, action: Mapping[str, Any], deal: Deal
) -> UUID:
    """Return to whom an action gives a deal; NobodyToAssignError when nobody meant works here."""
    team_id = UUID(action["team_id"]) if action.get("team_id") else deal.team_id
    # no head, or one who left: nobody is better than a deal that lies with whoever cannot see it
    if action["how"] == "team_head":
        head = await queries.active_head(session, team_id) if team_id else None
        if head is None:
            raise NobodyToAssignError
        return head
    named = [UUID(one) for one in action.get("user_ids") or ()]
    people = (
        await queries.active_people(session, user_ids=named)
        if named
        else await queries.active_people(session, team_id=team_id)
        if team_id
        else []
    )
    if not people:
        raise NobodyToAssignError
    if action["how"] == "least_busy":
        busy = await queries.open_deals(session, people)
        # by id among equals, so that two workers with the same news choose the same one
        return min(people, key=lambda one: (busy.get(one, 0), one))
    # counted in the database: replicas share one round, and nobody is passed over
    return people[(await take_turn(session, rule.id) - 1) % len(people)]
