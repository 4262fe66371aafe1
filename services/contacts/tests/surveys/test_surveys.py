"""M11, C18, C13: clients are asked once by a link of their own, and what they say is counted."""

import io
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from httpx import AsyncClient
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.consumers import SUBSCRIPTIONS
from crm_contacts.contacts.models import Contact
from crm_contacts.events import TaskCreated
from crm_contacts.events.surveys import SurveyInvitationAnswered, SurveyInvitationCreated
from crm_contacts.surveys.models import SurveyInvitation
from crm_contacts.surveys.queries import segments_of_people
from crm_shared.actor import SYSTEM_ACCESS
from crm_shared.clock import utc_now
from crm_shared.events.envelope import AnyEvent, Envelope
from crm_shared.ids import new_id
from crm_shared.testing.events import announced, recorded
from crm_shared.testing.plugin import ClientAs

ANY = {"If-Match": "*"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def said(**texts: str) -> dict[str, str]:
    return {"en": texts["en"], "uk": texts["uk"], "ru": texts["ru"]}


SURVEY: dict[str, Any] = {
    "name": "After a deal",
    "kind": "nps",
    "titles": said(en="Would you recommend us?", uk="Чи порадите нас?", ru="Порекомендуете нас?"),
    "thanks": said(en="Thank you!", uk="Дякуємо!", ru="Спасибо!"),
    "score_key": "recommend",
    "low_score": 6,
    "questions": [
        {
            "key": "recommend",
            "type": "scale",
            "from": 0,
            "to": 10,
            "required": True,
            "texts": said(en="From 0 to 10", uk="Від 0 до 10", ru="От 0 до 10"),
        },
        {
            "key": "channel",
            "type": "choice",
            "texts": said(en="Where from?", uk="Звідки?", ru="Откуда?"),
            "options": [
                {"code": "shop", "texts": said(en="The shop", uk="Крамниця", ru="Магазин")},
                {"code": "web", "texts": said(en="The web", uk="Інтернет", ru="Интернет")},
            ],
        },
        {"key": "words", "type": "text", "texts": said(en="Why?", uk="Чому?", ru="Почему?")},
    ],
}


async def person(client: AsyncClient, **given: Any) -> str:
    body = {"first_name": "Олена", "language": "uk", **given}
    made = await client.post("/v1/contacts?on_duplicate=off", json=body)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def survey(client: AsyncClient, **given: Any) -> dict[str, Any]:
    made = await client.post("/v1/surveys", json={**SURVEY, **given})
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


async def link(client: AsyncClient, survey_id: str, contact_id: str, **about: Any) -> str:
    body = {"contact_id": contact_id, **about}
    made = await client.post(f"/v1/surveys/{survey_id}/invitations", json=body)
    assert made.status_code == 201, made.text
    return str(urlsplit(made.json()["url"]).path)


class TestM11OneAnswerPerInvitation:
    """M11, C13: asked by a link, answered once, linked to its fact, a low score is followed up."""

    async def test_is_given_changed_and_told_without_words(
        self, client: AsyncClient, client_as: ClientAs, session: AsyncSession
    ) -> None:
        asked = await survey(client)
        contact, deal = await person(client), str(new_id())
        path = await link(client, asked["id"], contact, deal_id=deal)
        nobody = client_as(None)

        shown = await nobody.get(path)
        other = await nobody.get(f"{path}?lang=ru")
        empty = await nobody.post(path, content="channel=moon", headers=FORM)
        first = "recommend=3&channel=web&words=%D0%97%D0%BE%D0%B7%D1%83%D0%BB%D1%8F"
        thanks = await nobody.post(path, content=first, headers=FORM)
        again = await nobody.get(path)
        await nobody.post(path, content="recommend=2&channel=web", headers=FORM)
        await nobody.post(path, content="recommend=9&channel=shop", headers=FORM)
        forged = await nobody.get(path[:-3] + "abc", headers={"Accept": "text/html"})

        assert ("Чи порадите нас?" in shown.text, 'lang="uk"' in shown.text) == (True, True)
        assert "script-src" not in shown.headers["content-security-policy"]
        assert "Порекомендуете" in other.text
        assert (empty.status_code, 'role="alert"' in empty.text) == (422, True)
        assert "Дякуємо!" in thanks.text
        assert "Зозуля" in again.text
        assert (forged.status_code, "<form" in forged.text) == (404, False)
        [created] = await recorded(session, SurveyInvitationCreated)
        assert str(created.data.survey_invitation.deal_id) == deal
        answered = await recorded(session, SurveyInvitationAnswered)
        told = [one.data.survey_invitation for one in answered]
        assert [int(one.score or -1) for one in told] == [3, 2, 9]
        assert told[0].answers == {"recommend": 3, "channel": "web"}
        events = "".join([one.model_dump_json() for one in await announced(session)])
        assert "Зозуля" not in events
        # once for the answer, however low the next one is
        assert len(await recorded(session, TaskCreated)) == 1
        [kept] = (await client.get(f"/v1/surveys/answers?contact_id={contact}")).json()["items"]
        assert (kept["answers"], kept["words"]) == ({"recommend": 9, "channel": "shop"}, {})

    async def test_ends_with_its_survey_and_its_time(
        self, client: AsyncClient, client_as: ClientAs, session: AsyncSession
    ) -> None:
        asked = await survey(client)
        path = await link(client, asked["id"], await person(client))
        url, nobody = f"/v1/surveys/{asked['id']}", client_as(None)
        changed = [{**SURVEY["questions"][0], "to": 5}, *SURVEY["questions"][1:]]

        in_use = await client.patch(url, json={"questions": changed, "kind": "form"}, headers=ANY)
        other = await client.patch(url, json={"questions": SURVEY["questions"][:2]}, headers=ANY)
        closed = await client.patch(url, json={"is_active": False}, headers=ANY)
        over = await nobody.post(path, content="recommend=9", headers=FORM)
        crowded = await nobody.post(path, content="a&" * 500, headers=FORM)
        refused = await client.post(f"{url}/invitations", json={"contact_id": await person(client)})
        await client.patch(url, json={"is_active": True}, headers=ANY)
        [invitation] = await session.scalars(select(SurveyInvitation))
        invitation.expires_at = utc_now()
        await session.commit()
        late = await nobody.get(path)
        invitation.expires_at = utc_now() + timedelta(days=1)
        [contact] = await session.scalars(
            select(Contact).where(Contact.id == invitation.contact_id)
        )
        contact.restricted_at = utc_now()
        await session.commit()
        again = {"contact_id": str(contact.id)}
        spared = await client.post(f"{url}/invitations", json=again)
        many = await nobody.post(path, content="a=1&" * 500, headers=FORM)
        contact.erased_at = utc_now()
        await session.commit()
        forgotten = await nobody.post(path, content="recommend=9", headers=FORM)

        assert (spared.status_code, spared.json()["code"]) == (409, "not-to-be-asked")
        assert (crowded.status_code, many.status_code) == (410, 422)
        assert forgotten.status_code == 404, forgotten.text
        assert (in_use.status_code, other.json()["code"]) == (422, "survey-in-use")
        assert closed.json()["is_active"] is False
        assert (over.status_code, late.status_code) == (410, 410)
        assert "завершено" in late.text
        assert refused.json()["code"] == "survey-closed"


class TestInvitationsByLetter:
    async def test_are_made_once_of_each_letter_that_asks(
        self, client: AsyncClient, session: AsyncSession
    ) -> None:
        asked = await survey(client)
        contact, case = await person(client), new_id()
        [durable] = [one for one in SUBSCRIPTIONS if one.durable == "contacts-survey-invitations"]
        letter, bare, stranger = (new_id() for _ in range(3))
        told = {"survey_id": asked["id"], "contact_id": contact, "subject_id": str(case)}
        sent = [
            message(letter, "sent", **told),
            message(letter, "delivered", **told),
            message(bare, "sent", **{**told, "survey_id": None}),
            message(stranger, "sent", **{**told, "contact_id": str(new_id())}),
        ]
        await durable.handle(session, sent)
        await durable.handle(session, sent)
        await session.commit()

        [invitation] = await session.scalars(select(SurveyInvitation))
        assert (invitation.id, invitation.case_id) == (letter, case)
        [created] = await recorded(session, SurveyInvitationCreated)
        assert created.causationid in {one.id for one in sent}


def message(subject: UUID, fact: str, **told: Any) -> Envelope[AnyEvent]:
    kind = f"crm.notifications.message.{fact}.v1"
    data = {"message": {"deal_id": None, "source_type": "crm.contacts.case.closed.v1", **told}}
    return Envelope[AnyEvent](
        id=new_id(),
        source="/crm/notifications",
        type=kind,
        subject=subject,
        time=utc_now(),
        dataschema=f"/contracts/{kind}.json",
        recordedtime=utc_now(),
        revision=2,
        actorid=UUID(int=0),
        correlationid=new_id(),
        bulk=False,
        data=AnyEvent.model_validate(data),
    )


class TestC18Research:
    """C18: answers per contact, counted by attributes, questions and segments."""

    async def test_counts_answers_by_questions_attributes_and_segments(
        self, client: AsyncClient, client_as: ClientAs, session: AsyncSession
    ) -> None:
        asked = await survey(client)
        nobody, people = client_as(None), []
        for place in range(12):
            people.append(await person(client, sex="female" if place % 2 else "male"))
            path = await link(client, asked["id"], people[-1])
            if place < 11:
                answer = f"recommend={10 if place % 2 else 0}&channel=shop"
                await nobody.post(path, content=answer, headers=FORM)
        segment = (await client.post("/v1/segments", json={"name": "VIP"})).json()["id"]
        await client.post(f"/v1/segments/{segment}/members", json={"add": people})
        base = f"/v1/surveys/{asked['id']}"

        results = (await client.get(f"{base}/results")).json()
        table = f"{base}/table?row=question.recommend&column=contact.sex"
        cells = (await client.get(table)).json()
        by_segment = await client.get(f"{base}/table?row=question.recommend&column=segment")
        csv = await client.get(f"{table}&format=csv")
        xlsx = await client.get(f"{table}&format=xlsx")
        odd = await client.get(f"{base}/table?row=contact.sex&column=contact.city")
        unknown = await client.get(f"{base}/table?row=question.words&column=contact.sex")
        stranger = (await client_as("seller").get(f"{base}/results")).json()

        assert (results["invited"], results["answered"]) == (12, 11)
        assert results["response_rate"] == "0.9167"
        assert results["score"]["value"] == "-9.1"
        assert results["questions"][1]["shares"] == [{"value": "shop", "n": 11, "share": "1.0000"}]
        counts = {one["value"]: [each["n"] for each in one["cells"]] for one in cells["rows"]}
        assert counts == {"0": [0, 6], "10": [5, 0]}
        assert by_segment.json()["n"] == 11
        assert csv.text.splitlines()[1] == "0,female,0,0.0000,0.0000,"
        book = load_workbook(io.BytesIO(xlsx.content)).active
        assert book is not None
        assert [one.value for one in book[3]][:3] == ["0", "male", 6]
        assert [one.status_code for one in (odd, unknown)] == [422, 422]
        crowd = [UUID(int=one) for one in range(40_000)]
        assert await segments_of_people(session, SYSTEM_ACCESS, crowd) == {}
        assert (stranger["invited"], stranger["score"]["value"]) == (0, None)

    @pytest.mark.parametrize("role", ["seller", "viewer", "accountant"])
    async def test_is_written_by_those_who_may(self, client_as: ClientAs, role: str) -> None:
        assert (await client_as(role).post("/v1/surveys", json=SURVEY)).status_code == 403
