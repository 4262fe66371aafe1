"""What reporting does with the streams: keeps all, counts once, mends gaps."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.consumers.jobs import repair, watch_streams
from crm_reporting.ledger import queries
from crm_reporting.ledger.models import LedgerEntry, Projection
from crm_reporting.settings import Settings
from crm_reporting.testing import DealStory, Tell, envelope, moment, named, snapshot
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.events.consumer import Discard
from crm_shared.events.envelope import Envelope
from crm_shared.events.jetstream import Bus, BusUnavailableError
from crm_shared.worker import JobContext

NOW = timedelta(0)
START = moment("2026-03-02 10:00")


@dataclass
class Publisher:
    """The publisher's end of the bus: what it has in its log, and what still waits."""

    log: Sequence[Envelope[Any]] = ()
    waiting: int = 0
    away: bool = False
    asked: list[dict[str, Any]] = field(default_factory=list)

    async def request(self, subject: str, question: dict[str, Any]) -> dict[str, Any]:
        self.asked.append({"asked": subject, **question})
        if self.away:
            raise BusUnavailableError(subject)
        known = [one for one in self.log if one.revision >= question["from_revision"]]
        return {"events": [one.model_dump(mode="json") for one in known], "next": None}

    async def pending(self, stream: str, durable: str) -> int:
        if self.away:
            raise BusUnavailableError(f"{stream} {durable}")
        return self.waiting


def context_of(sessions: Sessions, publisher: Publisher, settings: Settings) -> JobContext:
    return JobContext(sessions, cast("Bus", publisher), settings)


class TestKeep:
    async def test_keeps_any_valid_event_once(self, tell: Tell, worker: AsyncSession) -> None:
        message = envelope(
            "crm.notifications.message.sent.v1",
            {"message": {"status": "sent"}},
            subject=named("message"),
            revision=1,
            at=utc_now(),
        )
        story = DealStory("deal", at=START).move("Won", days=1)

        await tell(message, story)
        before = await snapshot(worker)
        await worker.rollback()
        await tell(message, story, batch=1)

        assert await worker.scalar(select(func.count()).select_from(LedgerEntry)) == 3
        assert await snapshot(worker) == before

    async def test_keeps_events_in_the_partition_of_their_month(
        self, tell: Tell, worker: AsyncSession
    ) -> None:
        await tell(DealStory("deal", at=START))

        name = f"ledger_{utc_now():%Y_%m}"
        assert await worker.scalar(text(f"SELECT count(*) FROM {name}")) == 1  # noqa: S608

    async def test_gives_back_what_does_not_fit_naming_the_field(self, tell: Tell) -> None:
        story = DealStory("deal", at=START, amount="a lot")

        with pytest.raises(Discard, match=r"data\.deal\.amount"):
            await tell(story)


class TestRepair:
    async def test_fetches_what_never_came(
        self, tell: Tell, worker_sessions: Sessions, worker: AsyncSession, crm_settings: Settings
    ) -> None:
        story = DealStory("deal", at=START).move("Qualified", days=1).move("Won", days=1)
        await tell(story.events[0], story.events[2])
        publisher = Publisher(log=story.events)

        repaired = await repair(
            context_of(worker_sessions, publisher, crm_settings), older_than=NOW
        )

        assert repaired == 1
        assert await queries.count_gaps(worker, older_than=NOW) == 0
        assert publisher.asked[0]["asked"] == "crm-events.deals"

    async def test_waits_while_events_are_pending_or_the_gap_is_young(
        self, tell: Tell, worker_sessions: Sessions, crm_settings: Settings
    ) -> None:
        story = DealStory("deal", at=START).move("Won", days=1)
        await tell(story.events[1])
        busy = Publisher(log=story.events, waiting=3)
        idle = Publisher(log=story.events)

        assert not await repair(context_of(worker_sessions, busy, crm_settings), older_than=NOW)
        young = context_of(worker_sessions, idle, crm_settings)
        assert not await repair(young, older_than=timedelta(seconds=60))
        assert not busy.asked
        assert not idle.asked

    async def test_keeps_the_gap_while_its_publisher_is_away(
        self, tell: Tell, worker_sessions: Sessions, worker: AsyncSession, crm_settings: Settings
    ) -> None:
        await tell(DealStory("deal", at=START).move("Won", days=1).events[1])

        await repair(
            context_of(worker_sessions, Publisher(away=True), crm_settings), older_than=NOW
        )

        assert await queries.count_gaps(worker, older_than=NOW) == 1


class TestWatchStreams:
    async def test_tells_since_when_events_wait(
        self, worker_sessions: Sessions, worker: AsyncSession, crm_settings: Settings
    ) -> None:
        publisher = Publisher(waiting=2)
        await watch_streams(context_of(worker_sessions, publisher, crm_settings))
        first = await worker.scalar(
            select(Projection.behind_since).where(Projection.publisher == "deals")
        )
        await worker.rollback()

        await watch_streams(context_of(worker_sessions, publisher, crm_settings))
        second = await worker.scalar(
            select(Projection.behind_since).where(Projection.publisher == "deals")
        )
        await worker.rollback()
        publisher.waiting = 0
        await watch_streams(context_of(worker_sessions, publisher, crm_settings))

        assert first is not None
        assert first == second
        assert await queries.lag_seconds(worker) == 0
