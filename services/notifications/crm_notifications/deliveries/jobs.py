"""Timed work: send what waits, and call unknown what a lost sender left behind."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.channels.rules import Channel, Letter, Outcome, Sender, Verdict
from crm_notifications.deliveries import queries
from crm_notifications.deliveries.rules import Hindrance, Known, Links, Row, compose
from crm_notifications.messages.rules import RecipientKind, Status, Step, after, retry_after
from crm_notifications.messages.statements import Change, hurry, settle
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.events import known_calendar, known_users, refs
from crm_shared.events.jetstream import Bus
from crm_shared.ids import new_id
from crm_shared.policies import Names

STEP_OF = {
    Outcome.SENT: Step.DELIVER,
    Outcome.REFUSED_FOR_NOW: Step.REFUSE_FOR_NOW,
    Outcome.REFUSED: Step.REFUSE,
    Outcome.UNKNOWN: Step.LOSE,
}


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


class MessageSender:
    """Claims a batch in one transaction, sends it outside of any, records it in another.

    A process that dies in between leaves messages in `sending`; the sweep calls them `unknown`.
    """

    def __init__(
        self,
        sessions: Sessions,
        senders: Mapping[Channel, Sender],
        *,
        languages: Sequence[str] = ("en",),
        links: Links | None = None,
        batch: int = 100,
        lease: timedelta = timedelta(seconds=120),
        crash_at: Callable[[str], None] = lambda point: None,
    ) -> None:
        self.sessions = sessions
        self.senders = senders
        self.languages = languages
        self.links = links
        self.batch = batch
        self.lease = lease
        self.crash_at = crash_at

    async def send_due(self) -> int:
        """Send what waits until nothing does; returns how many messages were looked at."""
        looked_at = 0
        while True:
            taken = await self.claim()
            looked_at += taken.seen
            if taken.claimed:
                await self.carry(taken.claimed)
            if taken.seen < self.batch:
                return looked_at

    async def carry(self, claimed: Sequence[Claimed]) -> None:
        """Send what was claimed and record what became of it."""
        self.crash_at("after_claim")
        verdicts = await self._send(claimed)
        self.crash_at("after_send")
        async with self.sessions.begin() as session:
            await settle(
                session,
                [_settled(one.message, verdicts[one.letter.id]) for one in claimed],
            )

    async def claim(self) -> Taken:
        """Take the next batch; what cannot go is settled or put back at once."""
        now, claim_id = utc_now(), new_id()
        taken = Taken()
        async with self.sessions.begin() as session:
            due = await queries.list_due(session, now, self.batch)
            if not due:
                return taken
            known = await self._look_up(session, due)
            changes = []
            for message in due:
                found = compose(message, known, now)
                if isinstance(found, Hindrance):
                    changes.append(_hindered(message, found))
                    continue
                change = _leased(message, claim_id, found, self.lease)
                changes.append(change)
                held = {
                    **message,
                    "claim_id": claim_id,
                    "status": change.status.value,
                    "attempts": change.attempts,
                }
                taken.claimed.append(Claimed(held, found, now + self.lease))
            await settle(session, changes)
        taken.seen = len(due)
        return taken

    async def sweep(self) -> int:
        """Call unknown what a sender took and never settled."""
        async with self.sessions.begin() as session:
            abandoned = await queries.list_abandoned(session, utc_now(), self.batch)
            lost = Verdict(Outcome.UNKNOWN, "sender-lost")
            return await settle(session, [_settled(message, lost) for message in abandoned])

    async def close(self) -> None:
        """Let go of the providers' connections."""
        for sender in self.senders.values():
            await sender.close()

    async def _send(self, claimed: Sequence[Claimed]) -> dict[UUID, Verdict]:
        until = min(one.until for one in claimed)
        by_channel: dict[Channel, list[Letter]] = {}
        for one in claimed:
            by_channel.setdefault(Channel(one.message["channel"]), []).append(one.letter)
        verdicts: dict[UUID, Verdict] = {}
        for channel, letters in by_channel.items():
            said = await self.senders[channel].send(letters, until=until)
            verdicts |= {letter.id: verdict for letter, verdict in zip(letters, said, strict=True)}
        return verdicts

    async def _look_up(self, session: AsyncSession, due: Sequence[Row]) -> Known:
        teams = _ids(due, RecipientKind.TEAM)
        heads = await known_users.team_heads(session, teams) if teams else {}
        users = _ids(due, RecipientKind.USER) | set(heads.values()) | _column(due, "owner_id")
        wanted = {
            "contact": _ids(due, RecipientKind.CONTACT) | _column(due, "contact_id"),
            "user": users,
            "company": _column(due, "company_id"),
            "deal": _column(due, "deal_id"),
        }
        return Known(
            labels={kind: await refs.labels(session, kind, ids) for kind, ids in wanted.items()},
            heads=heads,
            hidden=await _hidden_from(session, users),
            texts=await queries.texts_by_template(session, _column(due, "template_id")),
            languages=self.languages,
            links=self.links,
            channels=frozenset(channel.value for channel in self.senders),
        )


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


async def _hidden_from(session: AsyncSession, users: set[UUID]) -> dict[UUID, Names]:
    """Return what the roles of colleagues may not see; of whom nothing is known, everything."""
    policies = await known_calendar.known_policies(session)
    if not policies.hidden:
        return {}
    roles = await known_users.roles(session, users)
    return {one: policies.hidden_from(roles.get(one)) for one in users}


def _ids(rows: Iterable[Row], kind: RecipientKind) -> set[UUID]:
    return {row["recipient_id"] for row in rows if row["recipient_kind"] == kind.value}


def _column(rows: Iterable[Row], name: str) -> set[UUID]:
    return {row[name] for row in rows if row[name] is not None}


def _reached(message: Row, step: Step) -> Status:
    reached = after(Status(message["status"]), step)
    if reached is None:
        raise ValueError(f"a message that is {message['status']} cannot {step}")
    return reached


def _leased(message: Row, claim_id: UUID, letter: Letter, lease: timedelta) -> Change:
    return Change(
        message,
        _reached(message, Step.CLAIM),
        attempts=message["attempts"] + 1,
        next_attempt_at=message["next_attempt_at"],
        claim_id=claim_id,
        claimed_until=letter.written_at + lease,
        language=letter.language,
    )


def _hindered(message: Row, hindrance: Hindrance) -> Change:
    return Change(
        message,
        _reached(message, hindrance.step),
        attempts=message["attempts"] + 1,
        next_attempt_at=min(utc_now() + retry_after(message["attempts"]), message["expires_at"]),
        reason=hindrance.reason,
    )


def _settled(message: Row, verdict: Verdict) -> Change:
    return Change(
        message,
        _reached(message, STEP_OF[verdict.outcome]),
        attempts=message["attempts"],
        next_attempt_at=utc_now() + retry_after(message["attempts"]),
        reason=verdict.code,
        claim_id=message["claim_id"],
    )
