"""T5: scripts with branches, their completion, and the next best action with its reason."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.contacts.models import Contact
from crm_contacts.events import ScriptCreated, ScriptStepCompleted
from crm_contacts.testing import make_contact, make_lead, make_promise, make_task
from crm_contacts.timeline.models import TimelineDeal, TimelineEntry
from crm_shared.clock import utc_now
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded
from crm_shared.testing.plugin import ClientAs

ANY = {"If-Match": "*"}


def words(text: str) -> dict[str, str]:
    return {"en": text, "uk": f"{text} (uk)", "ru": f"{text} (ru)"}


STEPS: list[dict[str, Any]] = [
    {
        "key": "greet",
        "action": "call",
        "text": words("Good day"),
        "answers": [
            {"key": "yes", "text": words("Has time")},
            {"key": "later", "text": words("Is busy"), "next": "ring_again"},
            {"key": "no", "text": words("Not interested"), "next": "end"},
        ],
    },
    {"key": "bill", "action": "issue_invoice", "text": words("Bill"), "next": "end"},
    {"key": "ring_again", "action": "call", "text": words("Ring again")},
]


async def script(client: httpx.AsyncClient, **values: Any) -> str:
    body = {"name": "First call", "noun": "contact", "steps": STEPS, **values}
    answer = await client.post("/v1/scripts", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def kept(session: AsyncSession, **values: Any) -> Contact:
    session.add(contact := make_contact(**values))
    await session.commit()
    return contact


async def complete(
    client: httpx.AsyncClient, script_id: str, record_id: UUID, step: str, answer: str | None = None
) -> httpx.Response:
    body = {"record_id": str(record_id), "step": step, "answer": answer}
    return await client.post(f"/v1/scripts/{script_id}/steps", json=body)


async def next_of(client: httpx.AsyncClient, path: str) -> dict[str, Any]:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


class TestT5CompleteAStep:
    @pytest.mark.parametrize(
        ("said", "then"), [("yes", "bill"), ("later", "ring_again"), ("no", None)]
    )
    async def test_goes_where_the_answer_leads(
        self, client: httpx.AsyncClient, session: AsyncSession, said: str, then: str | None
    ) -> None:
        contact = await kept(session)
        script_id = await script(client)

        answer = await complete(client, script_id, contact.id, "greet", said)

        assert answer.json()["step"] == then
        assert (answer.json()["finished_at"] is None) == (then is not None)
        [told] = await recorded(session, ScriptStepCompleted)
        assert (told.data.step, told.data.answer, told.data.script_run.record_id) == (
            "greet",
            said,
            contact.id,
        )

    @pytest.mark.parametrize(
        ("step", "said", "code"),
        [
            ("bill", None, "not-this-step"),
            ("greet", None, "unknown-answer"),
            ("greet", "perhaps", "unknown-answer"),
        ],
    )
    async def test_refuses_another_step_or_answer_and_counts_nothing(
        self,
        client: httpx.AsyncClient,
        session: AsyncSession,
        step: str,
        said: str | None,
        code: str,
    ) -> None:
        contact = await kept(session)
        script_id = await script(client)

        answer = await complete(client, script_id, contact.id, step, said)

        assert answer.json()["code"] == code
        assert await recorded(session, ScriptStepCompleted) == []
        measured = (await client.get(f"/v1/scripts/{script_id}/completion")).json()
        assert (measured["begun"], measured["completion"]) == (0, None)

    async def test_is_measured(self, client: httpx.AsyncClient, session: AsyncSession) -> None:
        one, other = await kept(session), await kept(session)
        script_id = await script(client)
        await complete(client, script_id, one.id, "greet", "no")
        await complete(client, script_id, other.id, "greet", "yes")

        measured = (await client.get(f"/v1/scripts/{script_id}/completion")).json()

        assert (measured["begun"], measured["finished"], measured["completion"]) == (2, 1, 0.5)
        assert {(s["step"], s["answer"]): s["completed"] for s in measured["steps"]} == {
            ("greet", "no"): 1,
            ("greet", "yes"): 1,
        }

    async def test_goes_on_by_the_version_it_began_with(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        contact = await kept(session)
        script_id = await script(client)
        await complete(client, script_id, contact.id, "greet", "yes")
        changed = await client.patch(
            f"/v1/scripts/{script_id}",
            json={"steps": [{**STEPS[0], "text": words("Hello")}, *STEPS[1:]]},
            headers=ANY,
        )
        assert changed.json()["revision"] == 2

        shown = await next_of(client, f"/v1/contacts/{contact.id}/next-action")

        assert (shown["step"]["key"], shown["script_version"]) == ("bill", 1)

    async def test_is_not_for_strangers(
        self, client: httpx.AsyncClient, client_as: ClientAs, session: AsyncSession
    ) -> None:
        contact = await kept(session, owner_id=new_id())
        script_id = await script(client)

        answer = await complete(client_as("seller"), script_id, contact.id, "greet", "yes")

        assert (answer.status_code, answer.json()["code"]) == (404, "record-not-found")
        assert await recorded(session, ScriptStepCompleted) == []


class TestT5NextAction:
    async def test_of_a_contact_puts_what_was_promised_first(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        contact = await kept(session)
        await script(client)
        past = utc_now() - timedelta(hours=2)
        about: dict[str, Any] = {"contact_id": contact.id}
        path = f"/v1/contacts/{contact.id}/next-action"
        reasons = [(await next_of(client, path))["reason"]]
        for row in (
            make_task(**about, due_at=past),
            make_task(**about, kind="call_back", due_at=utc_now()),
            make_lead(**about),
            make_promise(**about, due_at=past),
        ):
            session.add(row)
            await session.commit()
            reasons.append((await next_of(client, path))["reason"])

        assert reasons == [
            "script_step",
            "overdue_task",
            "missed_call",
            "unanswered_lead",
            "overdue_promise",
        ]
        # it is the next thing to do for whoever he lives on in, by either id
        survivor = await kept(session)
        merge = {"loser_id": str(contact.id)}
        merged = await client.post(
            f"/v1/contacts/{survivor.id}/merge", json=merge, headers={"If-Match": "*"}
        )
        assert merged.is_success, merged.text
        for one in (survivor, contact):
            shown = await next_of(client, f"/v1/contacts/{one.id}/next-action")
            assert shown["reason"] == "overdue_promise"

    async def test_says_that_nothing_is_planned(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        contact = await kept(session)

        shown = await next_of(client, f"/v1/contacts/{contact.id}/next-action")

        assert (shown["action"], shown["reason"], shown["id"]) == ("plan", "no_next_step", None)

    async def test_of_a_lead_follows_the_script_of_its_status(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add(lead := make_lead(status="working"))
        await session.commit()
        await script(client, noun="lead", name="Any status", priority=-5)
        wanted = await script(client, noun="lead", status="working")

        shown = await next_of(client, f"/v1/leads/{lead.id}/next-action")

        assert (shown["script_id"], shown["action"]) == (wanted, "call")
        assert shown["step"]["text"] == words("Good day")

    async def test_of_a_deal_follows_the_script_of_its_stage(
        self, client: httpx.AsyncClient, client_as: ClientAs, session: AsyncSession
    ) -> None:
        deal_id, stage_id, now = new_id(), new_id(), utc_now()
        session.add(TimelineDeal(id=deal_id, revision=2, owner_id=new_id(), team_id=None))
        session.add(
            TimelineEntry(
                anchor_id=deal_id,
                id=new_id(),
                at=now,
                recorded_at=now,
                author_id=new_id(),
                source="deals",
                noun="deal",
                fact="stage_changed",
                subject_id=deal_id,
                revision=2,
                details={"stage_id": str(stage_id)},
            )
        )
        await session.commit()
        await script(client, noun="deal", status=str(stage_id), steps=STEPS[1:])

        shown = await next_of(client, f"/v1/next-actions/{deal_id}")

        assert (shown["action"], shown["reason"]) == ("issue_invoice", "script_step")
        hidden = await client_as("seller").get(f"/v1/next-actions/{deal_id}")
        assert hidden.status_code == 404


class TestT5WriteAScript:
    @pytest.mark.parametrize(
        "steps",
        [
            [STEPS[1], STEPS[1]],
            [STEPS[1], {**STEPS[2], "next": "bill"}],
            [{**STEPS[1], "next": "nowhere"}],
        ],
    )
    async def test_refuses_steps_that_never_end_or_lead_nowhere(
        self, client: httpx.AsyncClient, session: AsyncSession, steps: list[dict[str, Any]]
    ) -> None:
        body = {"name": "Broken", "noun": "contact", "steps": steps}

        answer = await client.post("/v1/scripts", json=body)

        assert (answer.status_code, answer.json()["code"]) == (422, "broken-steps")
        assert await recorded(session, ScriptCreated) == []

    async def test_is_not_for_sellers(self, client_as: ClientAs, session: AsyncSession) -> None:
        body = {"name": "Mine", "noun": "contact", "steps": STEPS}

        answer = await client_as("seller").post("/v1/scripts", json=body)

        assert answer.status_code == 403
        assert await recorded(session, ScriptCreated) == []
