"""C19: support cases: intake, limits in working time, waiting, merging, reopening, alarms."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.belongings.use_cases import give
from crm_contacts.cases.models import Case, CaseComment, Feedback
from crm_contacts.cases.rules import CaseTerms
from crm_contacts.cases.use_cases.limits import close_rested, tell_limits
from crm_contacts.cases.use_cases.writing import new_case
from crm_contacts.events import (
    CaseAssigned,
    CaseClosed,
    CaseCreated,
    CaseFirstResponded,
    CaseLimitBreached,
    CaseLimitWarned,
    CaseMerged,
    CaseReopened,
    CaseResumed,
    CaseSolved,
    CaseUnmerged,
    CaseWaiting,
)
from crm_contacts.persons.queries import person_of_contact, rows_of
from crm_contacts.persons.use_cases import erase_person
from crm_contacts.retention.statements import count_case_texts
from crm_contacts.tasks.models import Task
from crm_contacts.testing import make_case, make_contact, make_team, make_user
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.db.infrastructure import OUTBOX
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded, silence
from crm_shared.testing.plugin import ClientAs
from crm_shared.working_time import WorkingCalendar

ANY = {"If-Match": "*"}
HOUR = timedelta(hours=1)
LIMITS = {"normal": {"first_response_s": 3600, "solution_s": 8 * 3600}}
TERMS = CaseTerms(WorkingCalendar(ZoneInfo("Europe/Kyiv")), LIMITS)
# a Monday, ten o'clock in Kyiv
MONDAY = datetime(2026, 3, 16, 8, 0, tzinfo=UTC)


def running(at: datetime = MONDAY, **values: Any) -> Case:
    case = new_case({"number": 1, "subject": "Стілець хитається", "revision": 1, **values})
    case.created_at = case.clock_started_at = at
    case.start(TERMS)
    return case


async def queue_of(client: httpx.AsyncClient, **values: Any) -> str:
    body = {"name": "Support", "team_id": str(new_id()), "limits": LIMITS, **values}
    answer = await client.post("/v1/case-queues", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def opened(client: httpx.AsyncClient, **values: Any) -> dict[str, Any]:
    body = {"subject": "Стілець хитається", "contact_id": str(new_id()), **values}
    answer = await client.post("/v1/cases", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def move(client: httpx.AsyncClient, case: dict[str, Any], verb: str, **body: Any) -> Any:
    answer = await client.post(f"/v1/cases/{case['id']}/{verb}", json=body, headers=ANY)
    assert answer.status_code < 300, answer.text
    return answer.json()


class TestC19Clock:
    def test_counts_working_time_and_stands_still_while_waiting(self) -> None:
        case = running()
        assert case.first_response_due_at == MONDAY + HOUR
        assert case.solution_due_at == MONDAY + 8 * HOUR
        case.respond(at=MONDAY + HOUR / 2)

        case.wait(at=MONDAY + 2 * HOUR)
        assert {case.solution_due_at, case.next_alarm_at} == {None}
        # until Tuesday, ten o'clock: nine working hours have passed since the start
        case.resume(TERMS, at=MONDAY + 24 * HOUR)

        assert case.waited_s == 7 * 3600
        # eight hours of work, two are used: six more from Tuesday ten o'clock
        assert case.solution_due_at == MONDAY + 30 * HOUR

    def test_a_limit_that_has_passed_is_not_forgotten_by_waiting(self) -> None:
        case = running()

        case.wait(at=MONDAY + 2 * HOUR)

        assert case.first_response_due_at == MONDAY + HOUR
        assert case.alarm(MONDAY + 2 * HOUR) == ("first_response", "breached")

    def test_warns_before_and_says_each_thing_once(self) -> None:
        case = running()
        said = []
        for minutes in range(0, 9 * 60, 5):
            now = MONDAY + timedelta(minutes=minutes)
            while (due := case.alarm(now)) is not None:
                case.ring(*due, at=now, head_id=None)
                said.append((minutes, *due))

        assert said == [
            (50, "first_response", "warned"),
            (60, "first_response", "breached"),
            (385, "solution", "warned"),
            (480, "solution", "breached"),
        ]
        assert case.next_alarm_at is None

    def test_an_answer_that_came_late_is_still_late(self) -> None:
        case, prompt = running(), running()
        case.respond(at=MONDAY + 2 * HOUR)
        prompt.respond(at=MONDAY + HOUR / 2)

        assert case.alarm(MONDAY + 2 * HOUR) == ("first_response", "breached")
        assert prompt.alarm(MONDAY + 2 * HOUR) is None

    def test_begins_anew_for_the_solution_when_reopened(self) -> None:
        case = running()
        case.respond(at=MONDAY)
        case.solve(TERMS, new_id(), "success", at=MONDAY + HOUR)

        case.reopen(TERMS, at=MONDAY + 24 * HOUR)

        assert case.solution_due_at == MONDAY + 32 * HOUR
        assert (case.solved_at, case.outcome, case.reopened_count) == (None, None, 1)

    def test_counts_by_another_priority_without_what_was_waited(self) -> None:
        terms = CaseTerms(TERMS.calendar, {**LIMITS, "urgent": {"solution_s": 3600}})
        case = running(waited_s=1800)

        case.apply({"priority": "urgent"}, terms)

        assert case.first_response_due_at is None
        assert case.solution_due_at == MONDAY + HOUR * 1.5


class TestC19Intake:
    async def test_comes_into_its_queue_with_a_number_and_limits(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        team = str(new_id())
        queue = await queue_of(client, team_id=team)

        one = await opened(client, queue_id=queue, channel="email", topic="delivery")
        two = await opened(client, queue_id=queue, description="Хитається дуже")

        assert two["number"] > one["number"]
        assert (one["status"], one["team_id"], one["owner_id"]) == ("new", team, None)
        assert one["first_response_due_at"] < one["solution_due_at"]
        first, _ = await recorded(session, CaseCreated)
        assert (first.data.case.channel, first.data.case.topic) == ("email", "delivery")
        texts = " ".join(await session.scalars(select(OUTBOX.c.envelope)))
        assert "Стілець" not in texts
        assert "Хитається" not in texts
        assert "Support" not in texts

    async def test_is_taken_from_the_queue_by_the_team_and_unseen_by_others(
        self, client_as: ClientAs
    ) -> None:
        team, me = new_id(), new_id()
        queue = await queue_of(client_as("admin"), team_id=str(team))
        case = await opened(client_as("admin"), queue_id=queue)
        mate = client_as("seller", user_id=me, team_ids=(team,))
        stranger = client_as("seller", team_ids=(new_id(),))

        assert (await stranger.get(f"/v1/cases/{case['id']}")).status_code == 404
        taken = await move(mate, case, "assign", owner_id=str(me))
        assert (taken["owner_id"], taken["team_id"]) == (str(me), str(team))

    async def test_refuses_a_queue_that_takes_nothing(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        closed = await queue_of(client, is_active=False)
        async with silence(session):
            for queue in (closed, str(new_id())):
                answer = await client.post("/v1/cases", json={"subject": "x", "queue_id": queue})
                assert (answer.status_code, answer.json()["code"]) == (422, "unknown-case-queue")

    async def test_another_system_writes_it_twice_and_there_is_one(
        self, client: httpx.AsyncClient
    ) -> None:
        path = "/v1/cases/by-external/helpdesk/77"

        answers = [await client.put(path, json={"subject": "Once"}) for _ in range(2)]
        batch = await client.post(
            "/v1/cases/batch",
            json={
                "items": [
                    {"subject": "Twice", "source_system": "helpdesk", "external_id": "77"},
                    {"subject": "Other"},
                ]
            },
        )

        assert [answer.status_code for answer in answers] == [201, 200]
        assert batch.status_code == 200, batch.text
        listed = (await client.get("/v1/cases", params={"sort": "number"})).json()["items"]
        assert [one["subject"] for one in listed] == ["Twice", "Other"]


class TestC19Moves:
    async def test_the_first_public_word_of_a_person_is_the_first_response(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        case = await opened(client)
        await move(client, case, "comments", text="внутрішнє")
        await move(client, case, "comments", text="робот", is_public=True, is_automatic=True)
        assert await recorded(session, CaseFirstResponded) == []

        for _ in range(2):
            await move(client, case, "comments", text="Добрий день", is_public=True)

        [envelope] = await recorded(session, CaseFirstResponded)
        assert (envelope.data.case.status, envelope.data.worked_s >= 0) == ("open", True)
        texts = " ".join(await session.scalars(select(OUTBOX.c.envelope)))
        assert "Добрий" not in texts
        said = (await client.get(f"/v1/cases/{case['id']}/comments")).json()
        assert [one["text"] for one in said][:2] == ["внутрішнє", "робот"]

    async def test_the_customers_word_ends_waiting_and_reopens_for_some_days(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        case = await opened(client)
        await move(client, case, "wait")
        await move(client, case, "comments", text="ось фото", by_customer=True)
        solved = await move(client, case, "solve")
        assert (solved["status"], solved["outcome"]) == ("solved", "success")

        await move(client, case, "comments", text="знову", by_customer=True)

        for kind in (CaseWaiting, CaseResumed, CaseSolved, CaseReopened):
            assert len(await recorded(session, kind)) == 1
        await move(client, case, "solve", outcome="failure")
        await session.execute(update(Case).values(solved_at=utc_now() - timedelta(days=8)))
        await session.commit()
        async with silence(session):
            late = await client.post(
                f"/v1/cases/{case['id']}/comments", json={"text": "x", "by_customer": True}
            )
        assert (late.status_code, late.json()["code"]) == (409, "case-reopen-too-late")
        assert (await move(client, case, "reopen"))["reopened_count"] == 2

    @pytest.mark.parametrize("verb", ["close", "reopen", "resume", "unmerge", "feedback"])
    async def test_refuses_a_move_that_its_state_does_not_allow(
        self, client: httpx.AsyncClient, session: AsyncSession, verb: str
    ) -> None:
        case = await opened(client)

        async with silence(session):
            answer = await client.post(f"/v1/cases/{case['id']}/{verb}", headers=ANY)

        assert (answer.status_code, answer.json()["code"]) == (409, "case-move-refused")

    async def test_merges_and_takes_it_back(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        survivor, loser = await opened(client), await opened(client)
        await move(client, loser, "comments", text="з другого")
        await move(client, survivor, "merge", loser_id=loser["id"])

        path = f"/v1/cases/{survivor['id']}/comments"
        assert [one["text"] for one in (await client.get(path)).json()] == ["з другого"]
        [merged] = await recorded(session, CaseMerged)
        assert (str(merged.subject), str(merged.data.survivor_id)) == (loser["id"], survivor["id"])
        itself = await client.post(
            f"/v1/cases/{survivor['id']}/merge", json={"loser_id": survivor["id"]}, headers=ANY
        )
        assert itself.json()["code"] == "merge-refused"

        # on into a third: all that was said is read there, and ages with that one
        third = await opened(client)
        await move(client, third, "merge", loser_id=survivor["id"])
        said = await client.get(f"/v1/cases/{third['id']}/comments")
        assert [one["text"] for one in said.json()] == ["з другого"]
        year = timedelta(days=365)
        assert await count_case_texts(session, utc_now() - year) == 0
        ended = update(Case).where(Case.id == third["id"])
        await session.execute(ended.values(status="closed", closed_at=utc_now() - 2 * year))
        assert await count_case_texts(session, utc_now() - year) == 1
        await session.rollback()
        await move(client, survivor, "unmerge")

        back = await move(client, loser, "unmerge")

        assert (back["status"], back["merged_into_id"]) == ("new", None)
        assert (await client.get(path)).json() == []
        assert len(await recorded(session, CaseUnmerged)) == 2


class TestC19Limits:
    async def test_two_workers_tell_of_a_limit_once_and_the_head_gets_a_task(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        head = make_user(role="head", language="uk")
        team = make_team(head_id=head.id)
        late = running(utc_now() - timedelta(days=14), team_id=team.id)
        session.add_all([head, team, late])
        await session.commit()

        async def work() -> int:
            async with sessions.begin() as own:
                return await tell_limits(own)

        done = [sum(await asyncio.gather(work(), work())), await work()]

        assert done == [2, 0]
        assert await recorded(session, CaseLimitWarned) == []
        told = await recorded(session, CaseLimitBreached)
        assert [one.data.limit for one in told] == ["first_response", "solution"]
        assert [one.revision for one in told] == [2, 3]
        assert {one.data.case.escalated_to_id for one in told} == {head.id}
        tasks = list(await session.scalars(select(Task)))
        assert {task.assignee_id for task in tasks} == {head.id}
        assert "прострочено" in tasks[0].title

    async def test_says_nothing_of_what_is_done_waits_or_was_put_away(
        self, session: AsyncSession
    ) -> None:
        begun = utc_now() - timedelta(days=14)
        prompt, gone, merged = (running(begun, number=number) for number in (2, 3, 4))
        prompt.respond(at=begun)
        prompt.solve(TERMS, new_id(), "success", at=begun)
        gone.deleted_at = utc_now()
        merged.merge_into(prompt)
        session.add_all([prompt, gone, merged])
        await session.commit()

        assert await tell_limits(session) == 0

    async def test_closes_what_no_customer_can_reopen(self, session: AsyncSession) -> None:
        cases = [running(number=number) for number in (5, 6)]
        for case, days in zip(cases, (8, 6), strict=True):
            case.solve(TERMS, new_id(), "success", at=utc_now() - timedelta(days=days))
        session.add_all(cases)
        await session.commit()

        assert await close_rested(session, after=timedelta(days=7)) == 1
        [envelope] = await recorded(session, CaseClosed)
        assert envelope.subject == cases[0].id


class TestC19AmongOtherNouns:
    async def test_follows_a_client_who_was_merged_until_he_is_parted_again(
        self, client: httpx.AsyncClient
    ) -> None:
        ids = []
        for name in ("Леся", "Олеся"):
            made = await client.post("/v1/contacts", json={"last_name": name})
            ids.append(made.json()["id"])
        case = await opened(client, contact_id=ids[1])
        await client.post(f"/v1/contacts/{ids[0]}/merge", json={"loser_id": ids[1]}, headers=ANY)

        listed = (await client.get("/v1/cases", params={"contact_id": ids[0]})).json()["items"]
        one = (await client.get(f"/v1/cases/{case['id']}")).json()
        assert [(row["id"], row["contact_id"]) for row in listed] == [(case["id"], ids[0])]
        assert one["contact_id"] == ids[0]

        await client.post(f"/v1/contacts/{ids[0]}/unmerge", json={"loser_id": ids[1]}, headers=ANY)
        assert (await client.get(f"/v1/cases/{case['id']}")).json()["contact_id"] == ids[1]

    async def test_stays_with_the_team_of_its_queue_when_handed_over(
        self, session: AsyncSession
    ) -> None:
        team, elsewhere, heir = new_id(), new_id(), new_id()
        queued = make_case(queue_id=new_id(), team_id=team, number=7)
        own = make_case(team_id=team, number=8)
        session.add_all([queued, own])
        await session.commit()

        await give(session, [(queued, heir), (own, heir)], {heir: elsewhere})

        assert [one.team_id for one in (queued, own)] == [team, elsewhere]
        told = await recorded(session, CaseAssigned)
        assert {one.data.case.owner_id for one in told} == {heir}

    async def test_is_told_to_its_person_and_emptied_with_him(self, session: AsyncSession) -> None:
        contact = make_contact()
        case = make_case("zqc", contact_id=contact.id, description="zqc", source_system="helpdesk")
        case.personal_fields = {"serial": "zqc"}
        comment = CaseComment(
            id=new_id(), case_id=case.id, author_id=new_id(), text="zqc", is_public=True,
            by_customer=True, is_automatic=False, created_at=utc_now(),
        )  # fmt: skip
        feedback = Feedback(
            id=new_id(), case_id=case.id, contact_id=contact.id, scale="csat", score=2, text="zqc",
            created_at=utc_now(), updated_at=utc_now(), revision=1,
        )  # fmt: skip
        session.add_all([contact, case, comment, feedback])
        await session.flush()
        person = await person_of_contact(session, contact.id)

        kept = await rows_of(session, person)
        told = await erase_person(session, person)

        nouns = ("cases", "case_comments", "feedback")
        assert [len(kept[noun]) for noun in nouns] == [told[noun] for noun in nouns] == [1, 1, 1]
        assert str(kept).count("zqc") == 6
        left = await rows_of(session, person)
        assert "zqc" not in str(left)
        assert (left["cases"][0]["status"], left["feedback"][0]["score"]) == ("new", 2)
