"""Every SELECT of the cases feature."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Uuid, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.cases.errors import CaseNotFoundError, CaseQueueNotFoundError
from crm_contacts.cases.models import NUMBERS, Case, CaseComment, CaseQueue, Feedback
from crm_contacts.cases.rules import CaseStatus
from crm_contacts.contacts.models import Contact
from crm_contacts.teams.models import Team
from crm_contacts.users.models import User
from crm_shared.actor import Access
from crm_shared.db import aliases
from crm_shared.db.aliases import surviving
from crm_shared.db.scope import visible


def visible_cases(access: Access) -> Select[Case]:
    """Return the cases somebody may see."""
    return select(Case).where(
        visible(access, Case.owner_id, Case.team_id), Case.deleted_at.is_(None)
    )


async def get_case(
    session: AsyncSession, access: Access, case_id: UUID, *, deleted: bool = False
) -> Case:
    """Return a case within the scope; `deleted` looks among those put away."""
    found = select(Case).where(
        Case.id == case_id,
        visible(access, Case.owner_id, Case.team_id),
        Case.deleted_at.is_not(None) if deleted else Case.deleted_at.is_(None),
    )
    case = (await session.scalars(found)).one_or_none()
    if case is None:
        raise CaseNotFoundError(case_id)
    return case


async def find_by_external(session: AsyncSession, system: str, external_id: str) -> Case | None:
    found = select(Case).where(Case.source_system == system, Case.external_id == external_id)
    return (await session.scalars(found)).one_or_none()


async def next_number(session: AsyncSession) -> int:
    """Return a number that no other case has; some are left out."""
    number: int = (await session.execute(select(NUMBERS.next_value()))).scalar_one()
    return number


async def comments_of(session: AsyncSession, case_id: UUID) -> Sequence[CaseComment]:
    """Return what was said about a case and about those that are part of it now."""
    # what went into a case that went on into this one is part of it, too
    inside = select(Case.id).where(Case.id == case_id).cte("inside", recursive=True)
    parts = inside.union(select(Case.id).join(inside, Case.merged_into_id == inside.c.id))
    found = select(CaseComment).where(CaseComment.case_id.in_(select(parts.c.id)))
    return (await session.scalars(found.order_by(CaseComment.created_at, CaseComment.id))).all()


async def hold_cases(session: AsyncSession, cases: Sequence[Case]) -> None:
    """Hold cases as they are now, always in one order: nobody waits in a ring."""
    found = select(Case).where(Case.id.in_([case.id for case in cases])).order_by(Case.id)
    # the caller's own objects take the values as they are behind the lock
    held = found.with_for_update().execution_options(populate_existing=True)
    (await session.scalars(held)).all()


def all_queues() -> Select[CaseQueue]:
    return select(CaseQueue).where(CaseQueue.deleted_at.is_(None))


async def get_queue(session: AsyncSession, queue_id: UUID) -> CaseQueue:
    queue = await find_queue(session, queue_id)
    if queue is None or queue.deleted_at is not None:
        raise CaseQueueNotFoundError(queue_id)
    return queue


async def find_queue(session: AsyncSession, queue_id: UUID) -> CaseQueue | None:
    """Return a queue, also one that takes no cases any more: its limits still count."""
    return await session.get(CaseQueue, queue_id)


def visible_feedback(access: Access) -> Select[Feedback]:
    """Return what the customers that somebody may see said."""
    return select(Feedback).where(visible(access, Feedback.owner_id, Feedback.team_id))


async def feedback_of(session: AsyncSession, case_id: UUID) -> Feedback | None:
    return (
        await session.scalars(select(Feedback).where(Feedback.case_id == case_id))
    ).one_or_none()


async def asked_before(session: AsyncSession, about: Mapping[str, UUID | None]) -> Feedback | None:
    """Return the newest question to this client about this deal, or about nothing special."""
    # he may have answered as a record that was merged into this one
    ones = await aliases.groups(session, {value for value in about.values() if value is not None})
    found = select(Feedback).where(
        Feedback.case_id.is_(None),
        Feedback.scale == "csat",
        *(_is_that(getattr(Feedback, name), value, ones) for name, value in about.items()),
    )
    newest = found.order_by(Feedback.created_at.desc(), Feedback.id.desc()).limit(1)
    return (await session.scalars(newest)).one_or_none()


def _is_that(
    column: Any, value: UUID | None, ones: Mapping[UUID, Sequence[UUID]]
) -> ColumnElement[bool]:
    is_that: ColumnElement[bool] = column.is_(None) if value is None else column.in_(ones[value])
    return is_that


async def hold_feedback(session: AsyncSession, feedback_id: UUID) -> Feedback | None:
    """Return feedback for whoever has its link, held so that two cannot answer at once.

    The link of somebody who was erased leads nowhere: nothing new is kept of him.
    """
    erased = select(Contact.id).where(
        Contact.id == Feedback.contact_id, Contact.erased_at.is_not(None)
    )
    found = select(Feedback).where(Feedback.id == feedback_id, ~erased.exists())
    return (await session.scalars(found.with_for_update())).one_or_none()


async def is_restricted(session: AsyncSession, contact_id: UUID | None) -> bool:
    """Tell whether a person's data, or that of whom he lives on in, must not be used."""
    found = select(Contact.restricted_at).where(
        Contact.id == surviving(literal(contact_id, Uuid()))
    )
    return await session.scalar(found) is not None


async def claim_due(session: AsyncSession, now: datetime, *, limit: int) -> list[Case]:
    """Hold cases of which something is to be said; other workers pass them."""
    found = (
        select(Case)
        .where(Case.next_alarm_at <= now, Case.deleted_at.is_(None))
        .order_by(Case.id)
        .limit(limit)
    )
    return list(await session.scalars(found.with_for_update(skip_locked=True)))


async def claim_solved(session: AsyncSession, before: datetime, *, limit: int) -> list[Case]:
    """Hold cases that were solved so long ago that no customer can reopen them."""
    found = (
        select(Case)
        .where(
            Case.status == CaseStatus.SOLVED, Case.solved_at <= before, Case.deleted_at.is_(None)
        )
        .order_by(Case.id)
        .limit(limit)
    )
    return list(await session.scalars(found.with_for_update(skip_locked=True)))


async def head_of(session: AsyncSession, team_id: UUID | None) -> Row[UUID, str] | None:
    """Return the active head of a team, with the language he reads."""
    found = (
        select(User.id, User.language)
        .join(Team, Team.head_id == User.id)
        .where(Team.id == team_id, User.is_active)
    )
    return (await session.execute(found)).one_or_none()


async def worker(session: AsyncSession, user_id: UUID | None) -> Row[UUID, str] | None:
    """Return an active user, with the language he reads."""
    found = select(User.id, User.language).where(User.id == user_id, User.is_active)
    return (await session.execute(found)).one_or_none()
