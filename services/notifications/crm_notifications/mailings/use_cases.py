"""What can be done with a mailing, and filling its queue."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import Interval, literal, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.channels.rules import Channel, Purpose
from crm_notifications.events import (
    MailingCancelled,
    MailingCreated,
    MailingDeleted,
    MailingEvent,
    MailingFacts,
    MailingFailed,
    MailingFilled,
    MailingFinished,
    MailingPaused,
    MailingResumed,
    MailingStarted,
    MailingUpdated,
    MessageClicked,
    MessageFacts,
    MessageOpened,
    MessageUnsubscribed,
)
from crm_notifications.mailings import queries
from crm_notifications.mailings.errors import MailingPairError, MailingTemplateError
from crm_notifications.mailings.models import Mailing
from crm_notifications.mailings.rules import (
    Move,
    Status,
    is_machine,
)
from crm_notifications.mailings.statements import letters_to
from crm_notifications.messages.models import DUE, Message
from crm_notifications.messages.statements import MESSAGES, entry_of, queue
from crm_notifications.templates import queries as templates
from crm_notifications.templates.errors import TemplateNotFoundError
from crm_notifications.templates.rules import names_way_out
from crm_shared import context
from crm_shared.clock import utc_now
from crm_shared.events import outbox, refs
from crm_shared.events.refs import RefItem

FACTS = tuple(MailingFacts.model_fields)


async def create_mailing(session: AsyncSession, values: Mapping[str, Any]) -> Mailing:
    """Draft a mailing."""
    nothing_yet = {"is_filled": False, "members": 0, "recipients": 0}
    mailing = Mailing(**values, status=Status.DRAFT.value, **nothing_yet)
    await _check(session, mailing)
    session.add(mailing)
    event = MailingCreated(mailing=facts_of(mailing), changed=[], previous={})
    await outbox.record(session, mailing, event)
    return mailing


async def change_mailing(
    session: AsyncSession, mailing: Mailing, values: Mapping[str, Any]
) -> Mailing:
    """Change a draft."""
    mailing.must_be_a_draft()
    for name, value in values.items():
        setattr(mailing, name, value)
    await _check(session, mailing)
    await _record(session, mailing, MailingUpdated)
    return mailing


async def delete_mailing(session: AsyncSession, mailing: Mailing) -> None:
    """Drop a draft."""
    mailing.must_be_a_draft()
    mailing.deleted_at = utc_now()
    await _record(session, mailing, MailingDeleted)


async def start_mailing(session: AsyncSession, mailing: Mailing) -> Mailing:
    """Let a mailing begin, at once or at its time; its templates are looked at once more."""
    mailing.take(Move.START)
    await _check(session, mailing)
    mailing.started_at = utc_now()
    await _record(session, mailing, MailingStarted)
    return mailing


async def pause_mailing(session: AsyncSession, mailing: Mailing) -> Mailing:
    """Hold back every letter that is not on its way yet."""
    mailing.take(Move.PAUSE)
    mailing.paused_at = utc_now()
    await _record(session, mailing, MailingPaused)
    return mailing


async def resume_mailing(session: AsyncSession, mailing: Mailing) -> Mailing:
    """Go on: letters keep their pace, each as much later as the pause was long."""
    mailing.take(Move.RESUME)
    pause = utc_now() - (mailing.paused_at or utc_now())
    await session.execute(
        update(MESSAGES)
        .where(MESSAGES.c.mailing_id == mailing.id, DUE)
        .values(
            next_attempt_at=MESSAGES.c.next_attempt_at + literal(pause, Interval),
            expires_at=MESSAGES.c.expires_at + literal(pause, Interval),
        )
    )
    mailing.paused_at = None
    await _record(session, mailing, MailingResumed)
    return mailing


async def cancel_mailing(session: AsyncSession, mailing: Mailing) -> Mailing:
    """Stop for good; what waits is called off by and by."""
    mailing.take(Move.CANCEL)
    mailing.finished_at = utc_now()
    await _record(session, mailing, MailingCancelled)
    return mailing


async def fail_mailing(session: AsyncSession, mailing: Mailing, reason: str) -> None:
    """Give up before anything was queued."""
    mailing.take(Move.FAIL)
    mailing.reason, mailing.finished_at = reason, utc_now()
    await _record(session, mailing, MailingFailed)


async def finish_mailing(session: AsyncSession, mailing: Mailing) -> None:
    """Nothing is left to send."""
    mailing.take(Move.FINISH)
    mailing.finished_at = utc_now()
    await _record(session, mailing, MailingFinished)


async def take_members(
    session: AsyncSession, mailing: Mailing, members: Sequence[RefItem], *, key: str
) -> None:
    """Queue a letter to each of these, once each, and remember how far the segment was read.

    Letters, what is known of their recipients and how far we are stand in one transaction: after a
    crash the same page is read again, and whoever has his letter gets no second one.
    """
    if not members:
        mailing.is_filled = True
        await _record(session, mailing, MailingFilled)
        return
    known = await queries.known_revisions(session, [one.id for one in members])
    fresh = [one for one in members if known.get(one.id, 0) < one.revision]
    await refs.keep(session, "contact", fresh)
    rows = letters_to(mailing, members, key)
    around = replace(context.Context(), correlation_id=mailing.id, bulk=True)
    with context.use(around):
        entries = [entry_of(row, revision=1) for row in rows]
    added = await queue(session, messages=rows, entries=entries, runs=[])
    mailing.read_up_to = members[-1].id
    mailing.members += len(members)
    mailing.recipients += len(added)


async def _check(session: AsyncSession, mailing: Mailing) -> None:
    if (mailing.window_from is None) != (mailing.window_until is None):
        raise MailingPairError("window_from", "window_until")
    await _check_template(session, mailing, "template_id")
    if mailing.template_b_id is not None:
        await _check_template(session, mailing, "template_b_id")


async def _check_template(session: AsyncSession, mailing: Mailing, field: str) -> None:
    try:
        template = await templates.get_template(session, getattr(mailing, field))
    except TemplateNotFoundError as missing:
        raise MailingTemplateError(field, missing.detail) from missing
    if template.channel != mailing.channel:
        detail = f"The template is for {template.channel}, the mailing for {mailing.channel}."
        raise MailingTemplateError(field, detail)
    needs_way_out = mailing.channel == Channel.EMAIL.value
    if needs_way_out and mailing.purpose != Purpose.SERVICE.value:
        lacking = [
            language for language, text in template.says().items() if not names_way_out(text)
        ]
        if lacking:
            detail = f"Without recipient.unsubscribe_url in: {', '.join(sorted(lacking))}."
            raise MailingTemplateError(field, detail)


async def _record(session: AsyncSession, mailing: Mailing, event: type[MailingEvent]) -> None:
    changes = outbox.changes_of(mailing, MailingFacts)
    if not changes:
        return
    told = event(mailing=facts_of(mailing), changed=changes.changed, previous=changes.previous)
    await outbox.record(session, mailing, told)


def facts_of(mailing: Mailing) -> MailingFacts:
    """What everyone may know of a mailing."""
    return MailingFacts.model_validate(
        {name: getattr(mailing, "name" if name == "label" else name) for name in FACTS}
    )


async def note_opening(session: AsyncSession, message_id: UUID, user_agent: str) -> None:
    """Note the first opening of a letter by a person, and the first by a machine."""
    await _note(session, message_id, "opened_at", MessageOpened, user_agent)


async def note_click(session: AsyncSession, message_id: UUID, user_agent: str) -> None:
    """Note the first click in a letter by a person, and the first by a machine."""
    await _note(session, message_id, "clicked_at", MessageClicked, user_agent)


async def _note(
    session: AsyncSession,
    message_id: UUID,
    moment: str,
    event: type[MessageOpened | MessageClicked],
    user_agent: str,
) -> None:
    message = await session.get(Message, message_id, with_for_update=True)
    if message is None:
        return
    now = utc_now()
    by_machine = is_machine(user_agent, message.handed_at or message.sent_at, now)
    column = f"machine_{moment}" if by_machine else moment
    if getattr(message, column) is not None:
        return
    setattr(message, column, now)
    facts = MessageFacts.model_validate(message, from_attributes=True)
    await outbox.record(session, message, event(message=facts, is_machine=by_machine))


async def note_refusal(session: AsyncSession, contact_id: UUID, channel: str, purpose: str) -> None:
    """Note on the last letter of a mailing to a person that he wants no more of the kind.

    A withdrawal counts for the last letter within thirty days, whatever way it was said.
    """
    message = await queries.last_letter(session, contact_id, channel, purpose, utc_now())
    if message is None or message.unsubscribed_at is not None:
        return
    message.unsubscribed_at = utc_now()
    facts = MessageFacts.model_validate(message, from_attributes=True)
    await outbox.record(session, message, MessageUnsubscribed(message=facts))
