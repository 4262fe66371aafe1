"""Every SELECT of the surveys feature."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, Text, Uuid, any_, cast, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.contacts.models import Contact
from crm_contacts.portraits.queries import ATTRIBUTES
from crm_contacts.segments.models import Segment, SegmentMember
from crm_contacts.surveys.errors import SurveyNotFoundError
from crm_contacts.surveys.models import Survey, SurveyInvitation
from crm_shared.actor import Access
from crm_shared.db.aliases import surviving
from crm_shared.db.scope import visible

OF_CONTACTS = ATTRIBUTES["contact"]


def surveys() -> Select[Survey]:
    """All surveys that were not deleted."""
    return select(Survey).where(Survey.deleted_at.is_(None))


async def get_survey(session: AsyncSession, survey_id: UUID) -> Survey:
    """One survey."""
    found = await session.scalar(surveys().where(Survey.id == survey_id))
    if found is None:
        raise SurveyNotFoundError(survey_id)
    return found


async def is_in_use(session: AsyncSession, survey_id: UUID) -> bool:
    """Whether somebody was asked already."""
    asked = select(SurveyInvitation.id).where(SurveyInvitation.survey_id == survey_id)
    return await session.scalar(asked.limit(1)) is not None


def invitations(access: Access) -> Select[SurveyInvitation]:
    """Who was asked what, within the caller's scope."""
    seen = visible(access, SurveyInvitation.owner_id, SurveyInvitation.team_id)
    return select(SurveyInvitation).where(seen)


async def hold_invitation(session: AsyncSession, invitation_id: UUID) -> SurveyInvitation | None:
    """One invitation, held until the transaction ends."""
    found = select(SurveyInvitation).where(SurveyInvitation.id == invitation_id)
    # a second click on the button waits, and finds the answer given
    return await session.scalar(found.with_for_update())


async def find_invitation(session: AsyncSession, invitation_id: UUID) -> SurveyInvitation | None:
    """One invitation, by whoever has its link."""
    return await session.get(SurveyInvitation, invitation_id)


async def find_survey(session: AsyncSession, survey_id: UUID) -> Survey | None:
    """A survey for whoever was asked, be it deleted since."""
    return await session.get(Survey, survey_id)


async def language_of(session: AsyncSession, contact_id: UUID) -> str | None:
    """The language of a person, or of whom he lives on in."""
    living = select(Contact.language).where(Contact.id == surviving_of(contact_id))
    return await session.scalar(living)


async def is_erased(session: AsyncSession, contact_id: UUID) -> bool:
    """Whether a person, or whom he lives on in, was erased."""
    gone = select(Contact.erased_at).where(Contact.id == surviving_of(contact_id))
    return await session.scalar(gone) is not None


def surviving_of(contact_id: UUID) -> Any:
    """The record in which a person lives on, as SQL."""
    # whoever was never merged has no alias: he is himself
    return func.coalesce(
        select(surviving(Contact.id)).where(Contact.id == contact_id).scalar_subquery(), contact_id
    )


async def count_asked(session: AsyncSession, access: Access, survey_id: UUID) -> int:
    """How many were asked, within one's scope."""
    asked = invitations(access).where(SurveyInvitation.survey_id == survey_id)
    return await session.scalar(select(func.count()).select_from(asked.subquery())) or 0


async def answers_of(session: AsyncSession, access: Access, survey_id: UUID) -> Sequence[Any]:
    """What was answered, within one's scope: score, numbers and codes, and which texts."""
    found = (
        invitations(access)
        .where(SurveyInvitation.survey_id == survey_id, SurveyInvitation.answered_at.is_not(None))
        .with_only_columns(SurveyInvitation.score, SurveyInvitation.answers, SurveyInvitation.words)
    )
    return (await session.execute(found)).all()


async def answers_by(
    session: AsyncSession, access: Access, survey_id: UUID, attribute: str | None
) -> Sequence[Any]:
    """Answers with an attribute of whoever gave them (of a merged person his survivor's)."""
    value = cast(OF_CONTACTS[attribute], Text) if attribute else None
    living = surviving(SurveyInvitation.contact_id)
    shown = [SurveyInvitation.answers, living.label("person")]
    found = (
        invitations(access)
        .where(SurveyInvitation.survey_id == survey_id, SurveyInvitation.answered_at.is_not(None))
        .join(Contact, Contact.id == living)
        .with_only_columns(*shown, *([value.label("value")] if value is not None else []))
    )
    return (await session.execute(found)).all()


async def segments_of_people(
    session: AsyncSession, access: Access, people: Sequence[UUID]
) -> dict[UUID, list[str]]:
    """In which segments, of those one may use, persons are now."""
    from_his = surviving(SegmentMember.member_id)
    found = (
        select(from_his.label("person"), Segment.name)
        .join(Segment, Segment.id == SegmentMember.segment_id)
        .where(
            SegmentMember.is_member,
            Segment.deleted_at.is_(None),
            # an array is one parameter however many answered; the driver takes 32,767 at most
            from_his == any_(literal(list(people), ARRAY(Uuid()))),
        )
        .where(visible(access, Segment.owner_id, Segment.team_id) | Segment.owner_id.is_(None))
        .distinct()
    )
    named: dict[UUID, list[str]] = {}
    for row in await session.execute(found):
        named.setdefault(row.person, []).append(row.name)
    return named
