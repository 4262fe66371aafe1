"""Rebuilding: byte-equal, while events arrive, and never on other settings unasked."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting import __main__ as program
from crm_reporting.consumers.streams import keep
from crm_reporting.custom_metrics.jobs import count_past
from crm_reporting.rebuilds import jobs, use_cases
from crm_reporting.rebuilds.errors import OtherBuildError, RebuildRunsError
from crm_reporting.rebuilds.jobs import Run, carry_out
from crm_reporting.rebuilds.queries import get_latest
from crm_reporting.settings import Settings
from crm_reporting.summaries.jobs import sum_some
from crm_reporting.testing import (
    DealStory,
    SubjectStory,
    Tell,
    company_told,
    line,
    moment,
    named,
    pipeline_created,
    snapshot,
)
from crm_shared.actor import SYSTEM
from crm_shared.db.engine import Sessions
from crm_shared.events.consumer import Pause
from crm_shared.testing.plugin import ClientAs
from crm_shared.worker import JobContext

START = moment("2026-02-20 22:30")


def stories(first: int, last: int) -> Sequence[DealStory]:
    return [
        DealStory(
            f"{n}",
            at=START + timedelta(days=n),
            owner_id=named(f"seller {n % 3}"),
            channel="web" if n % 2 else None,
            line_items=[line("crane", "70")],
            currency="EUR" if n % 5 == 0 else "UAH",
            company_id=named(f"company {n % 4}") if n % 7 else None,
        )
        .move("Qualified", days=n / 7)
        .move("Won" if n % 3 else "Lost", days=3)
        .update(amount="55.5000", days=1)
        for n in range(first, last)
    ]


def beside() -> Sequence[SubjectStory]:
    """Subjects with kinds, channels, stays, measures and sums below nought."""
    return [
        SubjectStory("lead", "a", at=START, source="fair", channel="web", status="working",
                     company_id=named("company 1"))
        .say("responded", days=1, first_responded_at=START + timedelta(hours=1))
        .say("updated", days=2, owner_id=named("seller 1"))
        .say("disqualified", days=3, status="disqualified", disqualify_reason="spam"),
        SubjectStory("lead", "gone", at=START, source="fair").say("deleted", days=1),
        SubjectStory("call", "a", "logged", at=START, started_at=START, answered=False),
        SubjectStory("call", "b", "logged", at=START, started_at=START, answered=True,
                     duration_s=60, company_id=named("company 2")),
        SubjectStory("case", "a", at=START, topic="delivery", channel="email"),
        SubjectStory("invoice", "a", "issued", at=START, issue_date="2026-02-20",
                     due_date="2026-02-25").say("updated", days=9, due="7.5000"),
        # more than one row has room for: three that are alike
        SubjectStory("lookup", "busy", "measured", at=START, kind="view",
                     buckets=[{"up_to_ms": 50, "count": 90_000}]),
        SubjectStory("payment", "back", "recorded", at=START, kind="refund", paid_on="2026-02-27"),
        *paid_back("1"), *paid_back("2", "50.0000", "50.0000"), *paid_back("4", "20.0000"),
        # of a deal that is lost, one that comes while a rebuild runs, and one that never comes
        *paid_back("3"), *paid_back("10"), *paid_back("of another"),
    ]  # fmt: skip


def paid_back(deal: str, *sums: str) -> Iterator[SubjectStory]:
    """Money that came for a deal and went back in one sum or several."""
    moved = [("payment", "100.0000"), *(("refund", one) for one in sums or ["100.0000"])]
    for n, (kind, sum_) in enumerate(moved):
        yield SubjectStory(
            "payment", f"{n} of {deal}", "received", at=START, kind=kind,
            paid_on="2026-03-01", amount=sum_, deal_id=str(named(deal)),
        )  # fmt: skip


@dataclass
class Meanwhile:
    """Lets events arrive between the steps of a rebuild."""

    sessions: Sessions
    waiting: list[DealStory | SubjectStory]

    async def arrive(self) -> None:
        for story in [self.waiting.pop() for _ in range(3)]:
            async with self.sessions.begin() as session:
                await keep(session, story.events)


async def ask(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await use_cases.ask_for_rebuild(session, SYSTEM)


async def build_anew(sessions: Sessions, settings: Settings) -> None:
    await ask(sessions)
    assert await carry_out(sessions, settings) == 1
    async with sessions() as session:
        # one that failed would leave the same bytes too
        assert (await get_latest(session)).state == "done"


async def define_own(client: httpx.AsyncClient, key: str) -> None:
    """Define a metric of one's own: how often deals moved."""
    moved = {"events": ["crm.deals.deal.stage_changed.v1"], "function": "count"}
    body = {"key": key, "title": {"en": key}, "unit": "count", "numerator": moved}
    answer = await client.post("/v1/custom-metrics", json=body)
    assert answer.status_code == 201, answer.text


async def kept(sessions: Sessions) -> dict[str, list[Any]]:
    async with sessions.begin() as session:
        while await sum_some(session):
            pass
        return await snapshot(session)


class TestCarryOut:
    """G8: byte-equal from nothing."""

    async def test_comes_to_the_same_bytes(
        self, client: httpx.AsyncClient, worker_sessions: Sessions, tell: Tell,
        crm_settings: Settings,
    ) -> None:  # fmt: skip
        """R2: of the company's own metrics too."""
        await define_own(client, "moves")
        told = [event for story in stories(0, 30) for event in story.events]
        await tell(pipeline_created(), company_told("Silpo", sector="retail"), *beside())
        # customers are summed time and again, of histories of which the end is told first
        await tell(*told[len(told) // 2 :], batch=13)
        await kept(worker_sessions)
        await tell(*reversed(told), batch=13)
        before = await kept(worker_sessions)
        assert all(before[name] for name in ("customer_days", "decisions", "busy_spans"))
        assert not before["stale_customers"]
        assert len(before["custom_facts"]) == 60
        # whatever became of them
        async with worker_sessions.begin() as session:
            await session.execute(text("DELETE FROM custom_facts WHERE owner IS NOT NULL"))

        await build_anew(worker_sessions, crm_settings)

        assert await kept(worker_sessions) == before

    async def test_comes_to_the_same_bytes_while_events_arrive(
        self,
        worker_sessions: Sessions,
        tell: Tell,
        crm_settings: Settings,
        monkeypatch: pytest.MonkeyPatch,
        client: httpx.AsyncClient,
    ) -> None:
        await define_own(client, "moves")
        await tell(*stories(0, 20))
        waiting: list[DealStory | SubjectStory] = []
        for n, story in enumerate(stories(20, 60)):
            # money goes back of deals that are there, that come meanwhile, and that never do
            waiting += [story, *paid_back(f"{n}")]
        meanwhile = Meanwhile(worker_sessions, waiting)
        monkeypatch.setattr(jobs, "EVENTS_A_PAGE", 9)
        monkeypatch.setattr(jobs, "EVENTS_A_PORTION", 7)
        monkeypatch.setattr(jobs, "FEW_EVENTS", 0)  # so by processes of its own
        real = Run.note

        async def note(run: Run, **values: object) -> None:
            if values.get("step") == "indexes":
                await define_own(client, "later")
            await meanwhile.arrive()
            await real(run, **values)

        monkeypatch.setattr(Run, "note", note)
        await build_anew(worker_sessions, crm_settings)
        monkeypatch.undo()
        # what was defined while it ran is counted by its own job, from the first event on
        await count_past(JobContext(worker_sessions, None, crm_settings))  # type: ignore[arg-type]
        swapped = await kept(worker_sessions)
        assert len({row[0] for row in swapped["custom_facts"]}) == 2

        await build_anew(worker_sessions, crm_settings)

        assert len(meanwhile.waiting) < 90
        assert await kept(worker_sessions) == swapped

    async def test_comes_to_the_same_bytes_beside_a_running_projector(
        self, worker_sessions: Sessions, tell: Tell, crm_settings: Settings
    ) -> None:
        await tell(*stories(0, 20))

        await asyncio.gather(
            build_anew(worker_sessions, crm_settings),
            tell(*stories(20, 60), *(one for n in range(60) for one in paid_back(f"{n}")), batch=3),
        )

        swapped = await kept(worker_sessions)
        await build_anew(worker_sessions, crm_settings)
        assert await kept(worker_sessions) == swapped

    async def test_keeps_names_of_keys_and_indexes(
        self, worker_sessions: Sessions, worker: AsyncSession, crm_settings: Settings
    ) -> None:
        indexes = text(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
        )
        before = (await worker.execute(indexes)).all()

        await build_anew(worker_sessions, crm_settings)

        assert (await worker.execute(indexes)).all() == before

    async def test_leaves_what_was_there_when_it_fails(
        self,
        worker_sessions: Sessions,
        tell: Tell,
        crm_settings: Settings,
        monkeypatch: pytest.MonkeyPatch,
        client: httpx.AsyncClient,
    ) -> None:
        await tell(*stories(0, 3))
        before = await kept(worker_sessions)

        async def fail(_run: Run) -> None:
            raise ArithmeticError

        monkeypatch.setattr(Run, "count", fail)
        await ask(worker_sessions)
        await carry_out(worker_sessions, crm_settings)

        told = (await client.get("/ops/rebuild")).json()
        assert (told["state"], told["problem"]) == ("failed", "ArithmeticError")
        assert await kept(worker_sessions) == before


class TestRoute:
    async def test_starts_one_at_a_time_and_tells_how_far_it_is(
        self,
        client: httpx.AsyncClient,
        worker_sessions: Sessions,
        tell: Tell,
        crm_settings: Settings,
    ) -> None:
        await tell(*stories(0, 3))

        started = await client.post("/ops/rebuild")
        again = await client.post("/ops/rebuild")
        await carry_out(worker_sessions, crm_settings)
        told = (await client.get("/ops/rebuild")).json()

        assert (started.status_code, again.status_code) == (202, 409)
        assert again.json()["code"] == RebuildRunsError.problem
        assert (told["id"], told["state"], told["done"]) == (started.json()["id"], "done", 12)

    async def test_is_for_admins(self, client_as: ClientAs) -> None:
        for role in ("head", "seller", "viewer", "accountant", "integration"):
            assert (await client_as(role).post("/ops/rebuild")).status_code == 403


class TestOtherSettings:
    @pytest.mark.parametrize(
        ("name", "change"),
        [("CRM_TIME_ZONE", {"time_zone": "Europe/Lisbon"}), ("CRM_CURRENCY", {"currency": "EUR"})],
    )
    async def test_are_refused_by_name_until_rebuilt(
        self,
        worker_sessions: Sessions,
        tell: Tell,
        crm_settings: Settings,
        name: str,
        change: dict[str, str],
    ) -> None:
        await tell(*stories(0, 3))
        other = crm_settings.model_copy(update=change)
        other.__dict__.pop("zone", None)

        with pytest.raises(OtherBuildError, match=rf"{name}[\s\S]*rebuild"):
            await program.check(other)
        assert await program.rebuild(other, as_json=True)
        await program.check(other)

        with pytest.raises(Pause):
            await tell(*stories(3, 4))

    async def test_move_days_with_the_zone(
        self, tell: Tell, crm_settings: Settings, worker: AsyncSession
    ) -> None:
        await tell(DealStory("late", at=moment("2026-03-01 22:30")))
        days = text("SELECT day FROM contributions WHERE part = 1 AND product IS NULL")
        in_kyiv = await worker.scalar(days)
        await worker.rollback()
        other = crm_settings.model_copy(update={"time_zone": "Europe/Lisbon"})
        other.__dict__.pop("zone", None)

        await program.rebuild(other, as_json=False)

        assert (str(in_kyiv), str(await worker.scalar(days))) == ("2026-03-02", "2026-03-01")


class TestMend:
    """What `migrate` does after an upgrade."""

    async def test_builds_anew_what_older_rules_counted_and_nothing_else(
        self, worker_sessions: Sessions, tell: Tell, crm_settings: Settings
    ) -> None:
        await tell(*stories(0, 3))
        before = await kept(worker_sessions)
        async with worker_sessions.begin() as session:
            await session.execute(text("UPDATE builds SET rules = 1"))
            await session.execute(text("DELETE FROM contributions"))
        with pytest.raises(OtherBuildError, match="rules of this version"):
            await program.check(crm_settings)

        await program.mend(crm_settings)

        await program.check(crm_settings)
        assert await kept(worker_sessions) == before
        elsewhere = crm_settings.model_copy(update={"currency": "EUR"})
        await program.mend(elsewhere)
        with pytest.raises(OtherBuildError, match="CRM_CURRENCY"):
            await program.check(elsewhere)
