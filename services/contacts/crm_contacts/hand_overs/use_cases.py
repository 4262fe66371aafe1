"""Handing over what a leaving user owns: begun in a call, carried out in portions, once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.assignment_rules.errors import AssignmentRuleNotFoundError
from crm_contacts.assignment_rules.models import AssignmentTurn
from crm_contacts.assignment_rules.queries import get_assignment_rule
from crm_contacts.assignment_rules.rules import Field
from crm_contacts.assignment_rules.use_cases import class_of, open_field
from crm_contacts.belongings.queries import count_owned, first_teams, hold_owned
from crm_contacts.belongings.rules import MODELS, Owned
from crm_contacts.belongings.use_cases import give
from crm_contacts.events import HandOverFacts, HandOverFinished, HandOverStarted, HandOverStopped
from crm_contacts.gates.use_cases import open_gates
from crm_contacts.hand_overs import queries
from crm_contacts.hand_overs.errors import NoReceiverError
from crm_contacts.hand_overs.models import OF_DEALS, RUNNING, HandOver
from crm_contacts.users.models import User
from crm_contacts.users.queries import get_user
from crm_contacts.users.use_cases import update_user
from crm_shared.clock import utc_now
from crm_shared.events import outbox
from crm_shared.events.outbox import changes_of
from crm_shared.ids import new_id

# as many as one transaction holds
PORTION = 200


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to go over: of which nouns, to whom, and whether what is closed goes too."""

    to: UUID | None
    rule_id: UUID | None
    nouns: Sequence[str]
    include_closed: bool
    deactivate: bool
    today: date


async def count(session: AsyncSession, user_id: UUID, plan: Plan) -> dict[str, int]:
    """Count what a plan would hand over, noun by noun."""
    ours = [noun for noun in plan.nouns if noun in MODELS]
    counts = await count_owned(session, user_id, ours, closed=plan.include_closed)
    if "deal" in plan.nouns:
        counts["deal"] = await queries.count_deals(session, user_id)
    return counts


async def receivers(session: AsyncSession, user_id: UUID, plan: Plan) -> list[UUID]:
    """Return who gets it, in turn; raises NoReceiverError when nobody can."""
    if plan.rule_id is not None:
        rule = await get_assignment_rule(session, plan.rule_id)
        _, field = await open_field(session, rule, today=plan.today)
        # absent today is no heir: the work would lie for as long as with the one who left
        free = [one.id for one in field.candidates if one.id != user_id and not one.is_absent]
        if not free:
            raise NoReceiverError("rule_id", "The rule names nobody else who is here.")
        return free
    receiver = None if plan.to is None else await session.get(User, plan.to)
    if receiver is None or not receiver.is_active or receiver.id == user_id:
        raise NoReceiverError("to", "Name somebody else who works here.")
    return [receiver.id]


async def begin_hand_over(
    session: AsyncSession, requested_by: UUID, user_id: UUID, plan: Plan
) -> HandOver:
    """Switch the user off if asked, write the hand-over down and announce it.

    While one of the same user runs, it is returned instead: asking again does nothing twice.
    """
    user = await get_user(session, user_id)
    # two callers at once wait for each other here
    await session.refresh(user, with_for_update=True)
    running = await queries.find_running(session, user_id)
    if running is None:
        owner_ids = await receivers(session, user_id, plan)
        running = HandOver(
            id=new_id(),
            created_at=utc_now(),
            user_id=user_id,
            owner_ids=owner_ids,
            rule_id=plan.rule_id,
            nouns=list(plan.nouns),
            include_closed=plan.include_closed,
            status=RUNNING,
            requested_by=requested_by,
            found=await count(session, user_id, plan),
            moved={},
        )
        session.add(running)
        told = HandOverStarted(hand_over=facts_of(running), changed=[], previous={})
        await outbox.record(session, running, told)
    if plan.deactivate and user.is_active:
        await update_user(session, user, {"is_active": False})
    return running


async def proceed(session: AsyncSession, hand_over: HandOver, *, today: date) -> int:
    """Hand over one more portion, or finish; returns how many records moved.

    Who has left meanwhile gets nothing more; when nobody is left, it stops.
    """
    heirs = await queries.who_still_works(session, hand_over.owner_ids)
    if not heirs:
        hand_over.stop(at=utc_now())
        await _tell_end(session, hand_over, HandOverStopped)
        return 0
    for noun in hand_over.nouns:
        # deals are handed over where they live, by the event that began this
        if noun in OF_DEALS:
            continue
        rows = await hold_owned(
            session,
            hand_over.user_id,
            noun,
            closed=hand_over.include_closed,
            limit=PORTION,
        )
        if rows:
            await _give(session, hand_over, rows, heirs, today=today)
            hand_over.count(noun, len(rows))
            # one noun a portion: a worker that dies loses at most this transaction
            return len(rows)
    hand_over.finish(at=utc_now())
    await _tell_end(session, hand_over, HandOverFinished)
    return 0


async def _tell_end(
    session: AsyncSession,
    hand_over: HandOver,
    kind: type[HandOverFinished] | type[HandOverStopped],
) -> None:
    changes = changes_of(hand_over, HandOverFacts)
    told = kind(
        hand_over=facts_of(hand_over),
        moved=hand_over.moved,
        changed=changes.changed,
        previous=changes.previous,
    )
    await outbox.record(session, hand_over, told)


async def _give(
    session: AsyncSession,
    hand_over: HandOver,
    rows: Sequence[Owned],
    heirs: Sequence[UUID],
    *,
    today: date,
) -> None:
    opened = await _opened(session, hand_over, today=today)
    field = opened[1] if opened else None
    gifts: list[tuple[Owned, UUID]] = []
    for row in rows:
        chosen = None
        if field is not None:
            without = hand_over.user_id
            chosen = field.choose(await class_of(session, row), without=without).user_id
        # limits of a rule keep nothing with somebody who has left
        gifts.append((row, chosen or _in_turn(hand_over, heirs, len(gifts))))
    if opened is not None:
        turn, chooser = opened
        turn.last_user_id = chooser.last
    teams = await first_teams(session, {owner_id for _, owner_id in gifts})
    # as deals does: what somebody leaves behind must not stay with him
    with open_gates():
        await give(session, gifts, teams)


async def _opened(
    session: AsyncSession, hand_over: HandOver, *, today: date
) -> tuple[AssignmentTurn, Field] | None:
    """Return the rule's turn and who can be chosen; None without a rule, or without one still.

    A rule that was deleted meanwhile stops nothing: those it named at the beginning get the rest.
    """
    if hand_over.rule_id is None:
        return None
    try:
        rule = await get_assignment_rule(session, hand_over.rule_id)
    except AssignmentRuleNotFoundError:
        return None
    return await open_field(session, rule, today=today)


def _in_turn(hand_over: HandOver, heirs: Sequence[UUID], place: int) -> UUID:
    # goes on where the portion before ended, whichever worker did that
    gone = sum(hand_over.moved.values()) + place
    return heirs[gone % len(heirs)]


def facts_of(hand_over: HandOver) -> HandOverFacts:
    return HandOverFacts.model_validate(hand_over)
