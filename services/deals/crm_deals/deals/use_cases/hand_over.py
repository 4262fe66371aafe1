"""Giving everything that a leaving user owns to others, without asking gates or approvals."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals import queries
from crm_deals.deals.models import Deal
from crm_deals.deals.use_cases import announcements
from crm_shared.clock import utc_now
from crm_shared.events import known_users, outbox
from crm_shared.events.envelope import Event

# what is written at a time: while envelopes are built nothing is said to the database, and a
# transaction that is silent for half a minute is ended
PORTION = 1000


async def hand_over_deals(
    session: AsyncSession, user_id: UUID, owner_ids: Sequence[UUID], *, closed: bool
) -> int:
    """Give somebody's deals to others in turn, each in its new owner's first team.

    Asked again, it finds nothing left. Raises ChangedMeanwhileError when a deal moved under us.
    """
    teams = await known_users.first_teams(session, owner_ids)
    given, last = 0, None
    while True:
        # held, not by revision: a seller who saves meanwhile waits and then sees the new owner
        deals = await queries.hold_deals_of(
            session, user_id, closed=closed, after=last, limit=PORTION
        )
        changes: list[tuple[Deal, Event, datetime | None]] = []
        for place, deal in enumerate(deals, start=given):
            # in turn by the order of ids: a second run would share the same deals the same way
            _give(deal, owner_ids[place % len(owner_ids)], teams)
            event = announcements.updated(deal)
            if event is not None:
                changes.append((deal, event, deal.occurred_at))
        if changes:
            await outbox.record_many(session, changes)
        given += len(changes)
        if len(deals) < PORTION:
            return given
        last = deals[-1].id
        # written already: a hundred thousand rows with their lines would fill the memory
        session.expunge_all()


def _give(deal: Deal, owner_id: UUID, teams: Mapping[UUID, UUID]) -> None:
    deal.owner_id, deal.team_id = owner_id, teams.get(owner_id)
    # business time never runs backwards, be the last change dated ahead
    deal.occurred_at = max(utc_now(), deal.occurred_at)
