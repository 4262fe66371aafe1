"""C13: how content clients are, asked about a case, a deal or in general."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.cases.models import Feedback
from crm_contacts.events import FeedbackAnswered, FeedbackAsked
from crm_contacts.tasks.models import Task
from crm_contacts.testing import make_company, make_contact, make_user
from crm_shared.clock import utc_now
from crm_shared.db.infrastructure import OUTBOX
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded, silence
from crm_shared.testing.plugin import ClientAs


async def step(client: httpx.AsyncClient, path: str, **body: Any) -> Any:
    answer = await client.post(path, json=body, headers={"If-Match": "*"})
    assert answer.status_code < 300, answer.text
    return answer.json()


class TestC13Feedback:
    """C13, M11: asked once, answered once, a task on a bad score."""

    async def asked(self, client: httpx.AsyncClient, **values: Any) -> str:
        body = {"subject": "Стілець хитається", "contact_id": str(new_id()), **values}
        path = f"/v1/cases/{(await step(client, '/v1/cases', **body))['id']}"
        await step(client, f"{path}/solve")
        first = await step(client, f"{path}/feedback")
        again = await step(client, f"{path}/feedback")
        assert first["feedback_id"] == again["feedback_id"]
        return str(again["token"])

    async def test_a_bad_score_makes_one_task_and_the_last_word_counts(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        session.add(seller := make_user(language="ru"))
        await session.commit()
        contact = str(new_id())
        client = client_as("admin")
        token = await self.asked(client, owner_id=str(seller.id), contact_id=contact)

        for score in (1, 2):
            body = {"token": token, "score": score, "text": "Жахливо"}
            assert (await client_as(None).post("/v1/feedback", json=body)).status_code == 204

        [task] = await session.scalars(select(Task))
        assert (task.assignee_id, task.kind, str(task.contact_id)) == (
            seller.id,
            "low_score",
            contact,
        )
        texts = " ".join(await session.scalars(select(OUTBOX.c.envelope)))
        assert "feedback.requested" in texts
        assert texts.count("feedback.submitted") >= 2
        assert "Жахливо" not in texts
        [shown] = (await client.get("/v1/feedback", params={"contact_id": contact})).json()["items"]
        assert (shown["score"], shown["text"]) == (2, "Жахливо")

    async def test_refuses_what_is_forged_and_what_stands_for_a_day(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        token = await self.asked(client_as("admin"))
        nobody = client_as(None)
        assert (
            await nobody.post("/v1/feedback", json={"token": token, "score": 6})
        ).status_code == 422
        await nobody.post("/v1/feedback", json={"token": token, "score": 5})
        [row] = (await client_as("admin").get("/v1/feedback")).json()["items"]
        old = utc_now() - timedelta(hours=25)
        await session.execute(update(Feedback).values(submitted_at=old))
        await session.commit()

        async with silence(session):
            for one in (token, token[:-1] + ("0" if token[-1] != "0" else "1"), "nonsense"):
                answer = await nobody.post("/v1/feedback", json={"token": one, "score": 1})
                assert (answer.status_code, answer.json()["code"]) == (422, "feedback-refused")
        assert UUID(row["id"])

    async def test_a_client_is_asked_about_a_deal_once_and_in_general_again(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        """C13: also without a case; a bad score is somebody's task here, too."""
        session.add(seller := make_user(language="uk"))
        firm = make_company(owner_id=seller.id)
        person = make_contact(owner_id=seller.id, company_id=firm.id)
        session.add_all([firm, person, shut := make_contact(restricted_at=utc_now())])
        await session.commit()
        admin, nobody = client_as("admin"), client_as(None)
        path, deal_id = "/v1/feedback/requests", str(new_id())

        async def ask(**body: Any) -> dict[str, Any]:
            answer = await admin.post(path, json=body)
            assert answer.status_code == 200, answer.text
            told: dict[str, Any] = answer.json()
            return told

        of_deal = await ask(contact_id=str(person.id), deal_id=deal_id)
        bad = {"token": of_deal["token"], "score": 1, "text": "Канарейка"}
        assert (await nobody.post("/v1/feedback", json=bad)).status_code == 204
        again = await ask(contact_id=str(person.id), deal_id=deal_id)
        general = await ask(company_id=str(firm.id))
        unanswered = await ask(company_id=str(firm.id))
        await nobody.post("/v1/feedback", json={"token": general["token"], "score": 5})
        later = await ask(company_id=str(firm.id))
        firm_s = await ask(company_id=str(firm.id), deal_id=deal_id)

        assert firm_s["feedback_id"] != of_deal["feedback_id"]
        assert again["feedback_id"] == of_deal["feedback_id"]
        assert unanswered["feedback_id"] == general["feedback_id"] != later["feedback_id"]
        [task] = await session.scalars(select(Task))
        assert (task.assignee_id, task.contact_id, task.company_id) == (
            seller.id,
            person.id,
            firm.id,
        )
        asked, answered = (
            await recorded(session, FeedbackAsked),
            await recorded(session, FeedbackAnswered),
        )
        assert [str(one.subject) for one in asked] == [
            of_deal["feedback_id"],
            general["feedback_id"],
            later["feedback_id"],
            firm_s["feedback_id"],
        ]
        assert (str(answered[0].data.feedback.deal_id), answered[0].data.feedback.score) == (
            deal_id,
            1,
        )
        assert "Канарейка" not in "".join(one.model_dump_json() for one in answered)
        listed = await admin.get("/v1/feedback", params={"deal_id": deal_id})
        found = {(one["score"], one["case_id"]) for one in listed.json()["items"]}
        assert found == {(1, None), (None, None)}
        for body, expected in (
            ({"contact_id": str(shut.id)}, (409, "not-to-be-asked")),
            ({"deal_id": deal_id}, (422, "one-client")),
            ({"company_id": str(new_id())}, (404, "company-not-found")),
        ):
            refused = await admin.post(path, json=body)
            assert (refused.status_code, refused.json()["code"]) == expected
        stranger = client_as("seller")
        assert (await stranger.post(path, json={"company_id": str(firm.id)})).status_code == 404
