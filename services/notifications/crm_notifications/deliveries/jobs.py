"""Timed work: send what waits, settle what a lost sender left behind, ask after what is open."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from crm_notifications.channels.queries import policy_of
from crm_notifications.channels.rules import (
    NOTHING_SET,
    Channel,
    Letter,
    Outcome,
    Policy,
    Purpose,
    Sender,
    Verdict,
    cost_of,
)
from crm_notifications.channels.senders.breaker import Breaker
from crm_notifications.channels.statements import take_tokens
from crm_notifications.deliveries import queries, statements
from crm_notifications.deliveries.rules import (
    UTC_ZONE,
    Hindrance,
    Known,
    letter_of,
)
from crm_notifications.deliveries.rules.links import Links, Row, key_of
from crm_notifications.deliveries.use_cases import note_readings
from crm_notifications.messages.rules import Status, Step, after, retry_after
from crm_notifications.messages.statements import Change, hand_over, hurry, settle
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.events import refs
from crm_shared.events.jetstream import Bus
from crm_shared.ids import new_id

STEP_OF = {
    Outcome.SENT: Step.DELIVER,
    Outcome.REFUSED_FOR_NOW: Step.REFUSE_FOR_NOW,
    Outcome.REFUSED: Step.REFUSE,
    Outcome.UNKNOWN: Step.LOSE,
}
# what may be unknown after a crash; more would save hardly any round trips
PORTION = 20


@dataclass(frozen=True)
class Claimed:
    """A message that only this sender may send, until its lease is over."""

    message: Row
    letter: Letter
    until: datetime


@dataclass
class Taken:
    """What a look at the queue brought: how many messages, and those that can go."""

    seen: int = 0
    claimed: list[Claimed] = field(default_factory=list)
    policy: Policy = NOTHING_SET


class MessageSender:
    """Claims a batch in one transaction, sends it outside of any, records it in another.

    Every channel has a queue of its own: a provider that hangs holds up nobody else's. Just before
    letters are handed over, in portions, that is noted: when a process dies, the sweep puts back
    what had not been handed over, and only the last portion is `unknown`. Tests take `waits` away:
    the patience with those it does not know yet.
    """

    def __init__(  # noqa: PLR0913
        self,
        sessions: Sessions,
        senders: Mapping[Channel, Sender],
        *,
        languages: Sequence[str] = ("en",),
        links: Links | None = None,
        zone: ZoneInfo = UTC_ZONE,
        batch: int = 100,
        lease: timedelta = timedelta(seconds=120),
        crash_at: Callable[[str], None] = lambda point: None,
        waits: bool = True,
    ) -> None:
        self.sessions = sessions
        self.senders = {channel: Breaker(sender) for channel, sender in senders.items()}
        self.languages = languages
        self.links = links
        self.zone = zone
        self.batch = batch
        self.lease = lease
        self.crash_at, self.waits = crash_at, waits

    async def send_due(self) -> int:
        """Send what waits on every channel until nothing does; returns how many were looked at."""
        looked_at = 0
        for channel in Channel:
            while seen := await self.send_some(channel):
                looked_at += seen
                if seen < self.batch:
                    break
        return looked_at

    async def send_some(self, channel: Channel) -> int:
        """Send one batch of what waits on a channel; returns how many were looked at."""
        taken = await self.claim(channel)
        if taken.claimed:
            await self.carry(channel, taken.claimed, taken.policy)
        return taken.seen

    async def carry(
        self, channel: Channel, claimed: Sequence[Claimed], policy: Policy = NOTHING_SET
    ) -> None:
        """Send what was claimed, portion by portion, and record what became of each."""
        self.crash_at("after_claim")
        for start in range(0, len(claimed), PORTION):
            portion = claimed[start : start + PORTION]
            async with self.sessions.begin() as session:
                ids = await queries.still_agreed(session, [one.message for one in portion])
                ours = await hand_over(session, ids, portion[0].message["claim_id"])
                held = [one for one in portion if one.letter.id in ours]
                await note_readings(session, [one.letter for one in held])
            if not held:
                continue
            self.crash_at("after_hand_over")
            until = min(one.until for one in held)
            letters = [one.letter for one in held]
            said = await self.senders[channel].send(letters, until=until)
            self.crash_at("after_send")
            provider = self.senders[channel].name
            async with self.sessions.begin() as session:
                await settle(session, list(_settled(held, said, provider, policy)))

    async def claim(self, channel: Channel) -> Taken:
        """Take the next batch; what cannot go is settled or put back at once."""
        now = utc_now()
        async with self.sessions.begin() as session:
            policy = await policy_of(session, channel)
            taken = Taken(policy=policy)
            most = self._most(channel)
            if policy.is_stopped or not most:
                return taken
            due = await statements.list_due(session, channel, now, most)
            if not due:
                return taken
            known = await queries.look_up(
                session, channel, due, policy=policy, now=now, around=self._around()
            )
            changes, ready = _sorted_out(due, known, now, waits=self.waits)
            granted = len(ready)
            if ready and policy.rate_per_s:
                granted = await take_tokens(session, channel, policy.rate_per_s, granted)
            claim_id = new_id()
            going = ready[:granted]
            await statements.spend(session, [message for message, _ in going])
            for message, letter in going:
                key = key_of(message, letter.to_address, self.links)
                changes.append(_leased(message, claim_id, letter, self.lease, key))
                taken.claimed.append(_claimed(message, claim_id, letter, self.lease))
            await settle(session, changes)
        taken.seen = len(changes)
        return taken

    async def sweep(self) -> int:
        """Put back what a lost sender never handed over, and call unknown what it did."""
        async with self.sessions.begin() as session:
            abandoned = await statements.list_abandoned(session, utc_now(), self.batch)
            return await settle(session, [_abandoned(message) for message in abandoned])

    async def close(self) -> None:
        """Let go of the providers' connections."""
        for sender in self.senders.values():
            await sender.close()

    def _most(self, channel: Channel) -> int:
        sender = self.senders.get(channel)
        return sender.allowance(self.batch) if sender else self.batch

    def _around(self) -> queries.Around:
        configured = frozenset(channel.value for channel in self.senders)
        return queries.Around(self.languages, self.links, self.zone, configured)


async def ask_about_strangers(sessions: Sessions, bus: Bus) -> int:
    """Ask contacts about recipients nobody told us of; their messages go on at once.

    A job of its own: an owner that is away must not hold up letters to those we know.
    """
    async with sessions() as session:
        strangers = await queries.list_strangers(session, refs.MOST)
    met = 0
    for kind, ids in strangers.items():
        items = await refs.ask(bus, "contacts", kind, sorted(ids))
        async with sessions.begin() as session:
            await refs.keep(session, kind, items)
            await hurry(session, {item.id for item in items})
        met += len(items)
    return met


def _sorted_out(
    due: Sequence[Row], known: Known, now: datetime, *, waits: bool
) -> tuple[list[Change], list[tuple[Row, Letter]]]:
    """Part what cannot go now from what can."""
    changes: list[Change] = []
    ready: list[tuple[Row, Letter]] = []
    for message in due:
        found = letter_of(message, known, now)
        if isinstance(found, Hindrance):
            changes.append(_hindered(message, found, waits=waits))
            continue
        ready.append((message, found))
        if message["purpose"] != Purpose.SERVICE.value:
            who = message["recipient_id"]
            known.written[who] = known.written.get(who, 0) + 1
    return changes, ready


def _reached(message: Row, step: Step) -> Status:
    reached = after(Status(message["status"]), step)
    if reached is None:
        raise ValueError(f"a message that is {message['status']} cannot {step}")
    return reached


def _claimed(message: Row, claim_id: UUID, letter: Letter, lease: timedelta) -> Claimed:
    taken = {
        "claim_id": claim_id,
        "status": Status.SENDING.value,
        "attempts": message["attempts"] + 1,
    }
    return Claimed({**message, **taken}, letter, letter.written_at + lease)


def _leased(
    message: Row, claim_id: UUID, letter: Letter, lease: timedelta, key: str | None
) -> Change:
    return Change(
        message,
        _reached(message, Step.CLAIM),
        attempts=message["attempts"] + 1,
        next_attempt_at=message["next_attempt_at"],
        claim_id=claim_id,
        claimed_until=letter.written_at + lease,
        language=letter.language,
        address_key=key,
    )


def _hindered(message: Row, hindrance: Hindrance, *, waits: bool) -> Change:
    step = hindrance.step if waits or hindrance.step is not Step.WAIT else Step.REFUSE
    again = hindrance.until or utc_now() + retry_after(message["attempts"])
    return Change(
        message,
        _reached(message, step),
        attempts=message["attempts"] + (hindrance.until is None),
        next_attempt_at=min(again, message["expires_at"]),
        reason=hindrance.reason,
    )


def _abandoned(message: Row) -> Change:
    was_handed = message["handed_at"] is not None
    return Change(
        message,
        _reached(message, Step.LOSE if was_handed else Step.PUT_BACK),
        attempts=message["attempts"],
        next_attempt_at=utc_now(),
        reason="sender-lost",
        claim_id=message["claim_id"] if was_handed else None,
    )


def _settled(
    held: Sequence[Claimed], said: Sequence[Verdict], provider: str, policy: Policy
) -> Iterator[Change]:
    for one, verdict in zip(held, said, strict=True):
        message, is_sent = one.message, verdict.outcome is Outcome.SENT
        cost, currency = verdict.cost, verdict.currency
        if is_sent and cost is None:
            cost = cost_of(Channel(message["channel"]), one.letter.text, policy)
            currency = policy.currency
        wait = max(retry_after(message["attempts"]), timedelta(seconds=verdict.wait_s))
        yield Change(
            message,
            _reached(message, STEP_OF[verdict.outcome]),
            attempts=message["attempts"],
            next_attempt_at=utc_now() + wait,
            reason=verdict.code,
            claim_id=message["claim_id"],
            provider=provider,
            reference=verdict.reference,
            cost=cost if is_sent and currency else None,
            currency=currency if is_sent and cost is not None else None,
        )
