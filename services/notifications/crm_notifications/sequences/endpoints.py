"""Routes of the sequences feature: who is on which step, and what a rule would do."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends

from crm_notifications.channels.senders import open_senders
from crm_notifications.deliveries.queries import Around
from crm_notifications.deliveries.rules.links import Links
from crm_notifications.message_rules import queries as message_rules
from crm_notifications.message_rules.errors import MessageRuleNotFoundError
from crm_notifications.permissions import READ_MESSAGES, WRITE_MESSAGES
from crm_notifications.sequences import queries
from crm_notifications.sequences.errors import (
    EnrolmentNotFoundError,
    EnrolmentOverError,
    NotPreviewedError,
    SubjectNotFoundError,
)
from crm_notifications.sequences.fields import ENROLMENTS_LISTED
from crm_notifications.sequences.models import Enrolment
from crm_notifications.sequences.schemas import EnrolmentOut, PreviewIn, RulePreviewOut
from crm_notifications.sequences.use_cases.leading import stop_by_hand
from crm_notifications.sequences.use_cases.previewing import Preview, preview_rule
from crm_shared.actor import Access
from crm_shared.http.auth import require
from crm_shared.http.pagination import ListQuery, Page, list_page, listing
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep, SessionsDep, SettingsDep

router = service_router(prefix="/v1/message-rules", tags=["message rules"])
LISTING = listing(ENROLMENTS_LISTED, sort=("created_at", "started_at", "next_at"))
ReadAccess = Annotated[Access, require(READ_MESSAGES)]
WriteAccess = Annotated[Access, require(WRITE_MESSAGES)]


@router.get(
    "/{rule_id}/enrolments",
    response_model=Page[EnrolmentOut],
    responses=responses(MessageRuleNotFoundError),
)
async def list_enrolments(
    rule_id: UUID,
    query: Annotated[ListQuery, Depends(LISTING)],
    access: ReadAccess,
    session: ReadSessionDep,
) -> Any:
    """List who goes or went through a rule's letters: each step, and why it was left out."""
    await message_rules.get_message_rule(session, rule_id)
    return await list_page(session, queries.enrolments(access, rule_id), query)


@router.post(
    "/{rule_id}/enrolments/{enrolment_id}/stop",
    response_model=EnrolmentOut,
    responses=responses(EnrolmentNotFoundError, EnrolmentOverError),
)
async def stop_enrolment(
    rule_id: UUID, enrolment_id: UUID, access: WriteAccess, session: SessionDep
) -> Enrolment:
    """End somebody's sequence; what waits to be sent is called off."""
    one = await queries.hold_enrolment(session, access, rule_id, enrolment_id)
    return await stop_by_hand(session, one)


@router.post(
    "/{rule_id}/preview",
    response_model=RulePreviewOut,
    responses=responses(MessageRuleNotFoundError, NotPreviewedError, SubjectNotFoundError),
)
async def preview_message_rule(
    rule_id: UUID,
    body: PreviewIn,
    access: ReadAccess,
    session: ReadSessionDep,
    sessions: SessionsDep,
    settings: SettingsDep,
) -> Preview:
    """Show what would be sent to whom, when and in which language, or why not; sends nothing."""
    rule = await message_rules.get_message_rule(session, rule_id)
    async with open_senders(settings, sessions) as senders:
        channels = frozenset(channel.value for channel in senders)
    links = Links(settings.base_url, settings.link_key)
    around = Around(settings.language_list, links, settings.zone, channels)
    return await preview_rule(
        session, access, rule, (body.noun, body.subject_id), at=body.at, around=around
    )
