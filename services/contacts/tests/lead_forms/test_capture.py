"""C3: web forms: what a visitor sends becomes a lead, and he learns nothing either way."""

from typing import Any, ClassVar

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.events import LeadCreated, LeadFormCreated, LeadFormDeleted, LeadFormUpdated
from crm_contacts.lead_forms.models import LeadForm, LeadFormGuard
from crm_contacts.lead_forms.rules import MOST_LETTERS
from crm_contacts.leads.models import Lead
from crm_contacts.testing import make_lead_form, make_user
from crm_shared.db.infrastructure import OUTBOX
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded
from crm_shared.testing.plugin import ClientAs

ANY = {"If-Match": "*"}
VISITOR: dict[str, Any] = {
    "first_name": "Іван",
    "email": "Ivan@Franko.example.com",
    "phone": "067 765 43 21",
    "message": "call me",
    "utm_source": "google",
    "utm_term": "ivan franko kyiv",
}


async def form_with_key(session: AsyncSession, **values: Any) -> tuple[LeadForm, str]:
    given = {
        "fields": ["first_name", "email", "phone", "message", "utm_source", "utm_term"],
        "source": "landing page",
        "campaign": "spring",
        "utm_labels": {"source": ["google", "meta"]},
        **values,
    }
    form, key = make_lead_form(**given)
    session.add(form)
    await session.commit()
    return form, key


async def leads_in(session: AsyncSession) -> list[Lead]:
    session.expunge_all()
    return list(await session.scalars(select(Lead).order_by(Lead.created_at)))


async def send(client: httpx.AsyncClient, key: str, body: dict[str, Any]) -> None:
    answer = await client.post(f"/v1/leads/capture/{key}", json=body)
    assert (answer.status_code, answer.json()) == (202, {"status": "accepted"})


class TestC3CaptureLead:
    async def test_makes_a_lead_with_the_forms_source_campaign_and_owner(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        team_id = new_id()
        session.add(owner := make_user(team_ids=[team_id]))
        form, key = await form_with_key(session, owner_id=owner.id)

        await send(client_as(None), key, VISITOR)

        [lead] = await leads_in(session)
        assert (lead.first_name, lead.source, lead.campaign) == ("Іван", "landing page", "spring")
        assert (lead.owner_id, lead.team_id, lead.form_id) == (owner.id, team_id, form.id)
        assert (lead.email_keys, lead.note) == (["ivan@franko.example.com"], "call me")
        assert lead.respond_by is not None

    async def test_takes_what_a_plain_html_form_sends_and_thanks_whoever_sent_it(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        _, key = await form_with_key(session, honeypot="website")
        url, visitor = f"/v1/leads/capture/{key}", client_as(None)
        browser = {"Accept": "text/html,*/*"}

        shown = await visitor.post(
            url, data={**VISITOR, "first_name": ["Петро", "Іван"]}, headers=browser
        )
        bot = await visitor.post(url, data={**VISITOR, "website": "x"}, headers=browser)
        script = await visitor.post(url, data=VISITOR)
        refused = [
            await visitor.post(url, content=b"[1]", headers={"Content-Type": "application/json"}),
            await visitor.post(url, content=b"{", headers={"Content-Type": "application/json"}),
            await visitor.post(
                url, content=b"[" * 60_000, headers={"Content-Type": "application/json"}
            ),
            await visitor.post(url, files={"first_name": ("a.txt", b"Ivan")}),
            await visitor.post(url, content=b"Ivan"),
        ]

        assert (shown.status_code, bot.text) == (202, shown.text)
        assert "Дякуємо" in shown.text
        assert script.json() == {"status": "accepted"}
        assert {one.json()["code"] for one in refused} == {"unreadable-answers"}
        assert {one.status_code for one in refused} == {422}
        lead, _script = await leads_in(session)
        assert (lead.first_name, lead.email_keys) == ("Іван", ["ivan@franko.example.com"])
        assert (lead.phone_keys, lead.utm) == (
            ["+380677654321"],
            {"source": "google", "term": "ivan franko kyiv"},
        )

    async def test_tells_only_labels_that_the_form_knows(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        _, key = await form_with_key(session)

        await send(client_as(None), key, VISITOR)
        await send(client_as(None), key, {**VISITOR, "utm_source": "my own words"})

        known, unknown = await recorded(session, LeadCreated)
        assert known.data.lead.labels == {"campaign": "spring", "utm_source": "google"}
        assert unknown.data.lead.labels == {"campaign": "spring"}
        told = " ".join(await session.scalars(select(OUTBOX.c.envelope)))
        for secret in ("Іван", "ivan", "7654321", "call me", "my own words"):
            assert secret not in told

    async def test_takes_nothing_that_the_form_does_not_ask_for(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        _, key = await form_with_key(session, fields=["first_name", "phone"])

        await send(
            client_as(None), key, {**VISITOR, "status": "qualified", "owner_id": str(new_id())}
        )

        [lead] = await leads_in(session)
        assert (lead.emails, lead.note, lead.status, lead.owner_id) == ([], None, "new", None)

    async def test_keeps_an_address_that_cannot_be_read_as_a_remark(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        _, key = await form_with_key(session)

        await send(client_as(None), key, {"first_name": "Іван", "email": "ivan at home"})

        [lead] = await leads_in(session)
        assert (lead.emails, lead.note) == ([], "email: ivan at home")

    async def test_loses_nobody_whose_page_cut_a_smiley_in_half(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        _, key = await form_with_key(session)
        # as JSON.stringify writes what text.slice(0, 10) left of it
        body = (
            r'{"first_name": "Іван\ud83d", "email": "ivan@franko.example.com", "message": "\u0000"}'
        )

        answer = await client_as(None).post(
            f"/v1/leads/capture/{key}",
            content=body.encode(),
            headers={"Content-Type": "application/json"},
        )

        assert answer.status_code == 202, answer.text
        [lead] = await leads_in(session)
        assert (lead.first_name, lead.note) == ("Іван", None)

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"first_name": ["Іван"], "email": {"x": 1}, "phone": 7},
            {"first_name": " \u0000 "},
            {**VISITOR, "website": "https://pills.example.com"},
        ],
    )
    async def test_makes_nothing_of_what_is_empty_or_fell_into_the_honeypot(
        self, client_as: ClientAs, session: AsyncSession, body: dict[str, Any]
    ) -> None:
        _, key = await form_with_key(session, honeypot="website")

        await send(client_as(None), key, body)

        assert await leads_in(session) == []

    async def test_says_the_same_for_a_key_that_opens_nothing(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        _, off = await form_with_key(session, is_active=False)

        for key in (off, "nonsense", "ї" * 20):
            await send(client_as(None), key, VISITOR)

        assert await leads_in(session) == []

    async def test_cuts_what_is_too_long(self, client_as: ClientAs, session: AsyncSession) -> None:
        _, key = await form_with_key(session)

        await send(client_as(None), key, {**VISITOR, "first_name": "І" * 5000})

        [lead] = await leads_in(session)
        assert lead.first_name == "І" * 100

    async def test_stops_a_visitor_who_sends_too_often_and_no_other(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        _, key = await form_with_key(session, per_address_hour=2)
        client, other = client_as(None), client_as(None)
        other.headers["X-Forwarded-For"] = "203.0.113.9"

        for turn in range(4):
            # what he writes himself stands before what our proxy adds, and helps him nothing
            client.headers["X-Forwarded-For"] = f"10.0.0.{turn}, 203.0.113.8"
            await send(client, key, VISITOR)
        await send(other, key, VISITOR)

        assert len(await leads_in(session)) == 3
        guards = list(await session.scalars(select(LeadFormGuard.subject)))
        assert not [one for one in guards if "203.0" in one]

    async def test_takes_no_more_than_the_form_may_bring(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        _, key = await form_with_key(session, per_minute=2)

        for _ in range(3):
            await send(client_as(None), key, VISITOR)

        assert len(await leads_in(session)) == 2

    async def test_waits_for_the_link_of_a_double_opt_in(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        _, key = await form_with_key(session, double_opt_in=True, per_address_hour=100)
        _, own = await form_with_key(session, double_opt_in=True, sends_letter=False)

        for _ in range(MOST_LETTERS + 1):
            await send(client_as(None), key, VISITOR)
        await send(client_as(None), key, {**VISITOR, "email": "taras@example.org"})
        await send(client_as(None), key, {"first_name": "Без адреси", "phone": "067 765 43 21"})
        await send(client_as(None), own, VISITOR)

        told = [envelope.data for envelope in await recorded(session, LeadCreated)]
        assert {one.lead.awaits_confirmation for one in told} == {True}
        # nobody's mailbox is filled through us, and no link goes beside another system's own
        assert [one.by_letter for one in told] == [True] * MOST_LETTERS + [
            False,
            True,
            False,
            False,
        ]


class TestLeadForms:
    BODY: ClassVar[dict[str, Any]] = {
        "name": "Canary form",
        "fields": ["email"],
        "honeypot": "website",
    }

    async def test_tells_the_key_once_and_keeps_its_hash(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        made = await client.post("/v1/leads/forms", json=self.BODY)

        assert made.status_code == 201, made.text
        key = made.json()["key"]
        seen = await client.get(f"/v1/leads/forms/{made.json()['id']}")
        assert "key" not in seen.json()
        [form] = await session.scalars(select(LeadForm))
        assert key not in form.key_hash
        [envelope] = await recorded(session, LeadFormCreated)
        assert "Canary" not in envelope.model_dump_json()

    async def test_changes_gets_another_key_and_goes(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        made = (await client.post("/v1/leads/forms", json=self.BODY)).json()
        path = f"/v1/leads/forms/{made['id']}"

        changed = await client.patch(path, json={"source": "ads"}, headers={"If-Match": '"1"'})
        renewed = await client.post(f"{path}/key", headers={"If-Match": '"2"'})
        await send(client, made["key"], {"email": "a@franko.example.com"})
        await send(client, renewed.json()["key"], {"email": "b@franko.example.com"})
        gone = await client.delete(path, headers={"If-Match": '"3"'})

        assert (changed.status_code, gone.status_code) == (200, 204)
        [lead] = await leads_in(session)
        assert lead.email_keys == ["b@franko.example.com"]
        first, second = await recorded(session, LeadFormUpdated)
        assert (first.data.changed, second.data.changed) == (["source"], ["key"])
        assert len(await recorded(session, LeadFormDeleted)) == 1
        assert (await client.get("/v1/leads/forms")).json()["items"] == []

    @pytest.mark.parametrize(
        ("change", "pointer"),
        [
            ({"fields": ["password"]}, "/fields/0"),
            ({"honeypot": "email"}, "/honeypot"),
            ({"per_minute": 0}, "/per_minute"),
            ({"utm_labels": {"colour": ["red"]}}, "/utm_labels/colour"),
        ],
    )
    async def test_names_the_field_that_is_wrong(
        self, client: httpx.AsyncClient, change: dict[str, Any], pointer: str
    ) -> None:
        answer = await client.post("/v1/leads/forms", json={**self.BODY, **change})

        assert answer.status_code == 422
        pointers = [one["pointer"] for one in answer.json()["errors"]]
        assert any(one.startswith(pointer) for one in pointers), pointers

    async def test_are_not_for_sellers(self, client_as: ClientAs) -> None:
        seller = client_as("seller")

        assert (await seller.get("/v1/leads/forms")).status_code == 403
        assert (await seller.post("/v1/leads/forms", json=self.BODY)).status_code == 403
