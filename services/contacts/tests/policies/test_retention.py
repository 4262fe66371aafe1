"""S5: kinds of data that are kept for some days, removed in portions, reported in counts."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.audit.models import AuditEntry
from crm_contacts.calls.models import Call
from crm_contacts.cases.models import Case, CaseComment
from crm_contacts.consumers.retention import RetentionCompleted as Heard
from crm_contacts.consumers.retention import keep_reports
from crm_contacts.events import CallUpdated, RetentionAsked, RetentionCompleted
from crm_contacts.retention.catalogue import KEEPING
from crm_contacts.testing import make_call, make_case
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.events.envelope import Envelope
from crm_shared.ids import new_id
from crm_shared.retention import RetentionAsked as Asked
from crm_shared.testing.events import recorded, silence
from crm_shared.testing.plugin import ClientAs

ANY = {"If-Match": "*"}
DAYS = {"audit_entries": 30, "call_recordings": 30, "case_texts": 30, "import_files": 30}
LINK = "https://calls.example.org/1"


async def aged(session: AsyncSession) -> dict[str, Any]:
    """One of each kind from two months ago, and one from today."""
    made: dict[str, Any] = {}
    for age, at in (("old", utc_now() - timedelta(days=60)), ("new", utc_now())):
        made[f"call_{age}"] = make_call(started_at=at, recording_url=LINK, duration_s=60)
        case = make_case(description="опис", status="closed", closed_at=at, number=len(made) + 1)
        made[f"case_{age}"] = case
        made[f"comment_{age}"] = CaseComment(
            id=new_id(), case_id=case.id, author_id=new_id(), text="слова", is_public=True,
            by_customer=True, is_automatic=False, created_at=at,
        )  # fmt: skip
        made[f"audit_{age}"] = AuditEntry(
            id=new_id(), at=at, service="deals", actor_id=new_id(), actor_kind="user",
            action="list-exported", subject_kind=None, subject_id=None, details={},
        )  # fmt: skip
    session.add_all(made.values())
    await session.commit()
    return made


async def keep_for(client: httpx.AsyncClient, **days: int | None) -> None:
    answer = await client.patch("/v1/workspace", json={"retention": days}, headers=ANY)
    assert answer.status_code == 200, answer.text


class TestS5Removing:
    async def test_takes_what_is_too_old_once_and_says_how_much(
        self, client: httpx.AsyncClient, session: AsyncSession, sessions: Sessions
    ) -> None:
        await aged(session)
        await keep_for(client, **DAYS)

        async def work() -> int:
            async with sessions.begin() as own:
                return await KEEPING.remove_some(own)

        done = [sum(await asyncio.gather(work(), work())), await work()]

        assert done == [4, 0]
        removed: dict[str, int] = {}
        for envelope in await recorded(session, RetentionCompleted):
            assert envelope.data.retention.is_dry_run is False
            for kind, count in envelope.data.retention.removed.items():
                removed[kind] = removed.get(kind, 0) + count
        assert removed == {"audit_entries": 1, "call_recordings": 1, "case_texts": 2}

    async def test_leaves_what_counts_are_made_of(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        made = await aged(session)
        ids = {name: row.id for name, row in made.items()}
        await keep_for(client, **DAYS)

        await KEEPING.remove_some(session)
        await session.commit()
        session.expunge_all()

        for age, link, text in (("old", None, ""), ("new", LINK, "слова")):
            call = await session.get_one(Call, ids[f"call_{age}"])
            assert (call.recording_url, call.duration_s) == (link, 60)
            comment = await session.get_one(CaseComment, ids[f"comment_{age}"])
            assert (comment.text, comment.by_customer) == (text, True)
            case = await session.get_one(Case, ids[f"case_{age}"])
            assert (case.description is None, case.status) == (age == "old", "closed")
        [told] = await recorded(session, CallUpdated)
        assert (told.subject, told.bulk) == (ids["call_old"], True)
        assert (told.data.call.has_recording, told.data.call.duration_s) == (False, 60)

    async def test_nothing_goes_until_somebody_says_so(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        await aged(session)
        await keep_for(client, audit_entries=None)

        async with silence(session):
            assert await KEEPING.remove_some(session) == 0
        short = await client.patch(
            "/v1/workspace", json={"retention": {"event_log": 10}}, headers=ANY
        )
        assert short.status_code == 422
        assert short.json()["errors"][0]["pointer"] == "/retention/event_log"


class TestS5DryRun:
    async def test_counts_and_removes_nothing(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        await aged(session)
        asked = await client.post("/v1/workspace/retention/dry-run", json={"retention": DAYS})
        assert asked.status_code == 202, asked.text
        [question] = await recorded(session, RetentionAsked)
        heard = Envelope[Asked].model_validate_json(question.model_dump_json(by_alias=True))

        await KEEPING.subscription().handler(session, [heard])
        await session.commit()

        [answer] = await recorded(session, RetentionCompleted)
        report = Envelope[Heard].model_validate_json(answer.model_dump_json(by_alias=True))
        for _ in range(2):
            await keep_reports(session, [report])
        await session.commit()
        path = "/v1/workspace/retention/reports"
        listed = (await client.get(path, params=asked.json())).json()["items"]
        assert [(one["service"], one["is_dry_run"]) for one in listed] == [("contacts", True)]
        assert listed[0]["removed"] == {
            "audit_entries": 1, "call_recordings": 1, "case_texts": 2, "import_files": 0,
        }  # fmt: skip
        assert await session.scalar(select(func.count()).select_from(AuditEntry)) == 2
        whole = (await client.get("/v1/workspace/retention")).json()
        assert whole["removed"] == []

    async def test_reports_add_up(self, client: httpx.AsyncClient, session: AsyncSession) -> None:
        await aged(session)
        await keep_for(client, **DAYS)
        await KEEPING.remove_some(session)
        [answer] = await recorded(session, RetentionCompleted)
        report = Envelope[Heard].model_validate_json(answer.model_dump_json(by_alias=True))
        await keep_reports(session, [report])
        await session.commit()

        told = (await client.get("/v1/workspace/retention")).json()

        assert [(one["service"], one["kind"], one["removed"]) for one in told["removed"]] == [
            ("contacts", "audit_entries", 1),
            ("contacts", "call_recordings", 1),
            ("contacts", "case_texts", 2),
        ]
        assert told["retention"]["call_recordings"] == 30

    @pytest.mark.parametrize("role", ["head", "seller", "integration"])
    async def test_is_for_admins(self, client_as: ClientAs, role: str) -> None:
        client = client_as(role)

        asked = await client.post("/v1/workspace/retention/dry-run", json={})
        read = await client.get("/v1/workspace/retention/reports")

        assert (asked.status_code, read.status_code) == (403, 403)
