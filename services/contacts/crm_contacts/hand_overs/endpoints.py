"""Routes of the hand-overs feature, and whose a record was."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Response, status
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.assignment_rules.errors import AssignmentRuleNotFoundError
from crm_contacts.hand_overs import queries, use_cases
from crm_contacts.hand_overs.errors import HandOverNotFoundError, NoReceiverError
from crm_contacts.hand_overs.models import HandOver
from crm_contacts.hand_overs.schemas import HandOverIn, HandOverOut
from crm_contacts.hand_overs.use_cases import Plan
from crm_contacts.permissions import HAND_OVER
from crm_contacts.settings import SettingsDep
from crm_contacts.users.errors import LastAdminError, UserNotFoundError
from crm_contacts.users.queries import get_user
from crm_shared.actor import Access
from crm_shared.clock import local_day, utc_now
from crm_shared.http.auth import require
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/v1", tags=["hand-overs"])
Admin = Annotated[Access, require(HAND_OVER)]


@router.post(
    "/users/{user_id}/hand-over",
    response_model=HandOverOut,
    status_code=status.HTTP_202_ACCEPTED,
    responses=responses(
        UserNotFoundError, NoReceiverError, AssignmentRuleNotFoundError, LastAdminError
    ),
)
async def hand_over_user(
    user_id: UUID,
    body: HandOverIn,
    access: Admin,
    session: SessionDep,
    settings: SettingsDep,
    response: Response,
) -> dict[str, Any]:
    """Hand everything that somebody owns to others, in all services; asked again, the same one.

    Answers 200 to a dry run, else 202: the worker moves the records and each is announced.
    """
    plan = Plan(
        to=body.to,
        rule_id=body.rule_id,
        nouns=list(dict.fromkeys(body.what)),
        include_closed=body.include_closed,
        deactivate=body.deactivate,
        today=local_day(utc_now(), settings.zone),
    )
    if not body.dry_run:
        begun = await use_cases.begin_hand_over(session, access.actor.id, user_id, plan)
        return await _shown(session, begun)
    response.status_code = status.HTTP_200_OK
    await get_user(session, user_id)
    return {
        **dict.fromkeys(("id", "created_at", "finished_at", "deals_left")),
        "user_id": user_id,
        "owner_ids": await use_cases.receivers(session, user_id, plan),
        "rule_id": body.rule_id,
        "status": "dry_run",
        "found": await use_cases.count(session, user_id, plan),
        "moved": {},
    }


@router.get(
    "/hand-overs/{hand_over_id}",
    response_model=HandOverOut,
    responses=responses(HandOverNotFoundError),
    dependencies=[require(HAND_OVER)],
)
async def get_hand_over(hand_over_id: UUID, session: ReadSessionDep) -> dict[str, Any]:
    """Tell how far a hand-over has come."""
    return await _shown(session, await queries.get_hand_over(session, hand_over_id))


async def _shown(session: AsyncSession, one: HandOver) -> dict[str, Any]:
    names = ("id", "user_id", "owner_ids", "rule_id", "status", "found", "moved")
    left = await queries.count_deals(session, one.user_id) if "deal" in one.nouns else None
    return {
        **{name: getattr(one, name) for name in names},
        "deals_left": left,
        "created_at": one.created_at,
        "finished_at": one.finished_at,
    }
