"""What happens to a conversation: somebody writes, a colleague answers, closes or assigns it."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.channels.rules import Channel, Purpose
from crm_notifications.conversations import queries
from crm_notifications.conversations.errors import (
    CannotAnswerError,
    ConversationOutsideScopeError,
)
from crm_notifications.conversations.models import (
    Conversation,
    ConversationFile,
    ConversationMessage,
)
from crm_notifications.conversations.rules import (
    NOBODY,
    About,
    Direction,
    Said,
    Status,
    is_erased,
)
from crm_notifications.events import (
    ConversationAnswered,
    ConversationClosed,
    ConversationFacts,
    ConversationOpened,
    ConversationUpdated,
    MessageFacts,
    MessageQueued,
    MessageReceived,
    ReceivedFacts,
)
from crm_notifications.messages.models import Message
from crm_notifications.messages.rules import RecipientKind
from crm_notifications.messages.rules import Status as MessageStatus
from crm_shared.actor import Access, Actor
from crm_shared.clock import utc_now
from crm_shared.events import outbox
from crm_shared.ids import new_id

# a channel that something can be sent on to whoever wrote
ANSWERED = frozenset(channel.value for channel in Channel if channel is not Channel.IN_APP)
# a visitor of a web page reads what is answered where he wrote: nothing need be sent
READ_HERE = "web_chat"
ANSWER_IS_OF_USE = timedelta(days=3)
ABOUT = ("contact_id", "company_id", "lead_id", "deal_id", "owner_id", "team_id")


async def receive(session: AsyncSession, said: Said, about: About) -> ConversationMessage:
    """Put a message from outside into its conversation, once, and announce it.

    A conversation that nobody knew whose it is becomes the sender's. A colleague's own letter that
    was copied here counts as an answer.
    """
    conversation = await queries.hold_conversation(session, said.channel, said.address)
    is_first = conversation is None
    if conversation is None:
        conversation = await _open(session, said, about)
    elif said.reference is not None:
        known = await queries.find_message(session, conversation.id, said.reference)
        if known is not None:
            return known
    message = ConversationMessage.of(conversation, said)
    session.add(message)
    is_inbound = said.direction == Direction.INBOUND.value
    if not is_first:
        is_heard = is_inbound and not said.is_automatic
        _learn(conversation, about)
        if is_heard:
            conversation.hear(said.at)
        await _note_change(session, conversation, is_heard=is_heard)
    facts = _received(conversation, message, said, is_first=is_first)
    await outbox.record(session, message, MessageReceived(message=facts), at=said.at)
    session.add_all(
        ConversationFile(
            id=new_id(),
            message_id=message.id,
            name=file.name,
            kind=file.kind,
            size=len(file.content),
            content=file.content,
        )
        for file in said.files
    )
    if not is_inbound:
        await note_answer(session, conversation, message)
    return message


async def answer(
    session: AsyncSession,
    actor: Actor,
    conversation: Conversation,
    text: str,
    *,
    subject: str | None,
) -> ConversationMessage:
    """Answer on the channel that somebody wrote on; the message goes its way like any other."""
    is_answered = conversation.channel in ANSWERED or conversation.channel == READ_HERE
    if not is_answered or is_erased(conversation.address):
        raise CannotAnswerError(conversation.channel)
    if subject is None and conversation.channel == Channel.EMAIL.value:
        last = await queries.last_subject(session, conversation.id)
        subject = last if last is None or last.lower().startswith("re:") else f"Re: {last}"
    now = utc_now()
    said = Said(
        channel=conversation.channel,
        address=conversation.address,
        text=text,
        at=now,
        subject=subject,
        direction=Direction.OUTBOUND.value,
        author_id=actor.id,
    )
    message = ConversationMessage.of(conversation, said)
    session.add(message)
    await note_answer(session, conversation, message)
    if conversation.channel != READ_HERE:
        await _send(session, conversation, message)
    return message


async def _send(
    session: AsyncSession, conversation: Conversation, said: ConversationMessage
) -> None:
    """Queue what was answered: one id for the words and the message, states of its own."""
    message = Message(
        id=said.id,
        rule_id=conversation.id,
        rule_version=1,
        source_event_id=said.id,
        source_type=ConversationAnswered.type,
        source_revision=conversation.revision,
        subject_id=conversation.id,
        correlation_id=said.id,
        happened_at=said.at,
        recipient_kind=RecipientKind.CONVERSATION.value,
        recipient_id=conversation.id,
        template_id=said.id,
        channel=conversation.channel,
        purpose=Purpose.SERVICE.value,
        facts={},
        status=MessageStatus.QUEUED.value,
        next_attempt_at=said.at,
        expires_at=said.at + ANSWER_IS_OF_USE,
        **{name: getattr(conversation, name) for name in ABOUT if name != "lead_id"},
    )
    session.add(message)
    await session.flush()
    facts = MessageFacts.model_validate(message, from_attributes=True)
    await outbox.record(session, message, MessageQueued(message=facts))


async def note_answer(
    session: AsyncSession, conversation: Conversation, message: ConversationMessage
) -> None:
    """Say that somebody of ours answered, and how long that was waited for."""
    is_first = conversation.first_answered_at is None
    before = conversation.status
    waited_s = conversation.answer(message.at)
    event = ConversationAnswered(
        conversation=facts_of(conversation),
        changed=["status"],
        previous={"status": before},
        message_id=message.id,
        waited_s=waited_s,
        is_first=is_first,
    )
    await outbox.record(session, conversation, event, at=message.at)


async def assign(
    session: AsyncSession, conversation: Conversation, values: Mapping[str, UUID | None]
) -> Conversation:
    """Note whose a conversation is and what it is about, and tell when that is new."""
    for name, value in values.items():
        setattr(conversation, name, value)
    await _note_change(session, conversation)
    return conversation


async def give(
    session: AsyncSession,
    access: Access,
    conversation: Conversation,
    values: Mapping[str, UUID | None],
) -> Conversation:
    """Say by hand whose a conversation is, but not beyond one's own scope."""
    whose = {"owner_id": conversation.owner_id, "team_id": conversation.team_id, **values}
    if not access.may_see(whose["owner_id"], whose["team_id"]):
        raise ConversationOutsideScopeError
    return await assign(session, conversation, values)


async def follow_lead(
    session: AsyncSession, lead_id: UUID, values: Mapping[str, UUID | None]
) -> None:
    """Note what a lead became on its conversations; what they were given before stays."""
    for conversation in await queries.hold_conversations_of_lead(session, lead_id):
        new = {name: to for name, to in values.items() if getattr(conversation, name) is None}
        await assign(session, conversation, new)


async def close(session: AsyncSession, conversation: Conversation) -> Conversation:
    """Say that nothing is left to answer."""
    before = conversation.status
    conversation.close()
    event = ConversationClosed(
        conversation=facts_of(conversation), changed=["status"], previous={"status": before}
    )
    await outbox.record(session, conversation, event)
    return conversation


def facts_of(conversation: Conversation) -> ConversationFacts:
    """What everyone may know of a conversation."""
    return ConversationFacts.model_validate(conversation, from_attributes=True)


async def _open(session: AsyncSession, said: Said, about: About) -> Conversation:
    waits = said.direction == Direction.INBOUND.value and not said.is_automatic
    conversation = Conversation(
        id=new_id(),
        channel=said.channel,
        address=said.address,
        name=said.name,
        status=Status.WAITING.value if waits else Status.ANSWERED.value,
        first_received_at=None,
        first_answered_at=None,
        waiting_since=None,
        last_at=said.at,
        consented_at=said.consented_at,
        **{name: getattr(about, name) for name in ABOUT},
    )
    if waits:
        conversation.hear(said.at)
    session.add(conversation)
    event = ConversationOpened(conversation=facts_of(conversation), changed=[], previous={})
    await outbox.record(session, conversation, event, at=said.at)
    return conversation


async def _note_change(
    session: AsyncSession, conversation: Conversation, *, is_heard: bool = False
) -> None:
    """Tell what is new of a conversation, when something is: a word that came late is, too."""
    changes = outbox.changes_of(conversation, ConversationFacts)
    if changes or is_heard:
        event = ConversationUpdated(
            conversation=facts_of(conversation), changed=changes.changed, previous=changes.previous
        )
        await outbox.record(session, conversation, event)


def _learn(conversation: Conversation, about: About) -> None:
    """Keep whose it is when that was not known; what people set stays."""
    is_known = About(*(getattr(conversation, name) for name in ABOUT)).is_known
    told = {name: getattr(about, name) for name in ABOUT if getattr(about, name) is not None}
    if about is NOBODY or is_known:
        # another deal of the same person: the newest letter says what is talked about
        told = {"deal_id": about.deal_id} if about.deal_id is not None else {}
    for name, value in told.items():
        setattr(conversation, name, value)


def _received(
    conversation: Conversation, message: ConversationMessage, said: Said, *, is_first: bool
) -> ReceivedFacts:
    return ReceivedFacts(
        **{name: getattr(conversation, name) for name in ABOUT},
        channel=said.channel,
        purpose="service",
        status="received",
        recipient_kind="house",
        direction=said.direction,
        conversation_id=conversation.id,
        answers_message_id=message.answers_message_id,
        mailing_id=said.mailing_id,
        variant=said.variant,
        is_automatic=said.is_automatic,
        is_first=is_first,
        files=len(said.files),
    )
