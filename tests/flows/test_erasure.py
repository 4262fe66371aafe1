"""S4, G10: a person is told all that is kept of him, and forgotten everywhere, for good."""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from story import Story

from crm_contacts.erasures.jobs import erase_who_came_back
from crm_deals.persons.jobs import erase_again
from crm_shared.events.erasure import missing
from crm_shared.events.jetstream import Bus, Link
from crm_shared.ids import new_id
from crm_shared.observability.logging import configure_logging
from crm_shared.testing.system import RunningService, System

ANY = {"If-Match": "*"}
WORD = "zqcy"
PHONES = ("+380671112233", "+380671112244")
# bytes are shown in hexadecimal
PLANTED = re.compile(f"{WORD}|{WORD.encode().hex()}|67111(2233|2244)", re.IGNORECASE)


class Planter:
    """Puts another word into every field, and knows them all."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def word(self) -> str:
        self.words.append(f"{WORD}{len(self.words):02}x")
        return self.words[-1]

    def mail(self) -> str:
        return f"{self.word()}@example.org"


async def plant(story: Story, planter: Planter) -> UUID:
    """Put a word into every personal field of one person, through every route that takes one."""
    word, contacts = planter.word, story.contacts
    for client, noun in ((contacts, "contacts"), (contacts, "leads"), (story.deals, "deals")):
        field = {"key": "hobby", "type": "text", "labels": {"en": "Hobby"}}
        await story.make(client, f"/v1/{noun}/custom-fields", **field)
    # he rings before anybody knows him
    await story.make(
        contacts,
        "/v1/calls",
        direction="inbound",
        answered=True,
        from_number=PHONES[0],
        started_at="2026-02-27T09:00:00Z",
        recording_url=f"https://calls.example.org/{word()}",
    )
    lead = await story.make(
        contacts,
        "/v1/leads",
        first_name=word(),
        last_name=word(),
        company_name=word(),
        job_title=word(),
        note=word(),
        emails=[{"value": planter.mail(), "label": word()}],
        phones=[{"value": PHONES[0]}],
        utm={"source": word(), "term": word()},
        custom_fields={"hobby": word()},
        owner_id=str(story.seller),
    )
    company = await story.make(contacts, "/v1/companies", name="Library")
    told = await contacts.post(
        f"/v1/leads/{lead['id']}/convert",
        json={"company_id": company["id"], "pipeline_id": str(story.pipeline), "title": word()},
        headers=ANY,
    )
    assert told.status_code == 200, told.text
    contact_id = told.json()["contact_id"]
    changed = await contacts.patch(
        f"/v1/contacts/{contact_id}",
        json={
            "first_name": word(),
            "middle_name": word(),
            "last_name": word(),
            "job_title": word(),
            "birth_date": "1981-02-03",
            "emails": [{"value": planter.mail(), "label": word(), "is_primary": True}],
            "phones": [{"value": PHONES[1], "label": word()}],
            "utm": {"campaign": word()},
            "custom_fields": {"hobby": word()},
        },
        headers=ANY,
    )
    assert changed.status_code == 200, changed.text
    said = {"channel": "email", "purpose": "marketing", "granted": True, "source": word()}
    await contacts.post(f"/v1/contacts/{contact_id}/consents", json=said, headers=ANY)
    await plant_work(story, planter, contact_id)
    await plant_money(story, planter, contact_id)
    return UUID(contact_id)


async def plant_work(story: Story, planter: Planter, contact_id: str) -> None:
    """Notes, tasks, activities, cases and calls; a note is sent twice under one key."""
    word, contacts = planter.word, story.contacts
    body = {"text": word(), "contact_id": contact_id}
    for _ in range(2):
        kept = await contacts.post("/v1/notes", json=body, headers={"Idempotency-Key": "note-1"})
        assert kept.status_code == 201, kept.text
    await story.make(
        contacts, "/v1/tasks", title=word(), contact_id=contact_id, assignee_id=str(story.seller)
    )
    await story.make(
        contacts,
        "/v1/activities",
        kind="meeting",
        subject=word(),
        contact_ids=[contact_id],
        assignee_id=str(story.seller),
    )
    case = await story.make(
        contacts, "/v1/cases", subject=word(), description=word(), contact_id=contact_id
    )
    said = {"text": word(), "by_customer": True}
    await story.make(contacts, f"/v1/cases/{case['id']}/comments", **said)
    await story.make(
        contacts,
        "/v1/calls",
        direction="inbound",
        from_number=PHONES[1],
        started_at="2026-03-01T09:00:00Z",
        recording_url=f"https://calls.example.org/{word()}",
        contact_id=contact_id,
    )
    await plant_calls(contacts, word(), contact_id)


async def plant_calls(contacts: httpx.AsyncClient, comment: str, contact_id: str) -> None:
    """Call him from a list; what the caller noted stays there."""
    made = await contacts.post("/v1/call-lists", json={"name": "Autumn"})
    path = f"/v1/call-lists/{made.json()['id']}"
    filled = await contacts.post(f"{path}/fill", json={"contact_ids": [contact_id]})
    assert filled.json()["added"] == 1, filled.text
    taken = (await contacts.post(f"{path}/next")).json()["entry"]["id"]
    result = {"result": "no_answer", "comment": comment}
    logged = await contacts.post(f"{path}/entries/{taken}/result", json=result)
    assert logged.is_success, logged.text


async def plant_money(story: Story, planter: Planter, contact_id: str) -> None:
    """A deal that is moved and lost, an invoice, a payment and a claim."""
    word = planter.word
    hobby = {"hobby": word()}
    deal = await story.new_deal(title=word(), contact_id=contact_id, custom_fields=hobby)
    deal = await story.move(deal, "Proposal")
    # the letters about this move go out with the names of now
    await story.system.settle()
    deal = (await story.deals.get(f"/v1/deals/{deal['id']}")).json()
    await story.move(deal, "Lost", reason_note=word())
    about = {"deal_id": deal["id"], "note": word()}
    await story.make(story.deals, "/v1/invoices", **about, amount="10")
    await story.make(story.deals, "/v1/payments", deal_id=deal["id"], note=word(), amount="10")
    await story.make(
        story.deals,
        "/v1/claims",
        contact_id=contact_id,
        note=word(),
        kind="complaint",
        cause="quality",
    )


async def found_in(service: RunningService) -> list[str]:
    """Return every table of a service's database in which a planted word stands."""
    tables = await service.sql(
        "SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = 'public' AND c.relkind = 'r' ORDER BY 1"
    )
    found = []
    for table in tables:
        rows = await service.sql(f'SELECT t::text AS line FROM "{table["name"]}" AS t')  # noqa: S608
        found += [f"{service.name}.{table['name']}" for row in rows if PLANTED.search(row["line"])]
    return sorted(set(found))


async def on_the_wire(system: System) -> Iterator[str]:
    """Return every message that the broker holds."""
    bus = await Bus.connect(Link(system.nats.url, "erasure"))
    lines = []
    for name in system.services:
        stream, durable = f"CRM_{name.upper()}", f"erasure-{name}"
        await bus.ensure_durable(stream, durable, f"crm.{name}.>")
        puller = bus.puller(stream, durable)
        await puller.open()
        while batch := await puller.pull_now(limit=200):
            for delivery in batch:
                lines.append(delivery.data.decode())
                await delivery.ack()
    await bus.close()
    assert lines
    return iter(lines)


async def erase(story: Story, contact_id: UUID) -> dict[str, Any]:
    """Ask for an erasure, look at the plan and confirm it."""
    planned = await story.make(story.contacts, "/v1/erasures", contact_id=str(contact_id))
    await story.system.settle()
    path = f"/v1/erasures/{planned['id']}"
    plan = (await story.contacts.get(path)).json()
    confirmed = await story.contacts.post(f"{path}/confirm", headers=ANY)
    assert confirmed.status_code == 200, confirmed.text
    return {"path": path, "plan": plan, "confirmed": confirmed.json()}


class TestErasePerson:
    """S4: erase per person across all four services and the event log."""

    async def test_nothing_is_left_of_him_anywhere(
        self, system: System, story: Story, capfd: pytest.CaptureFixture[str]
    ) -> None:
        for service in system.services.values():
            configure_logging(service.name, "debug")
        planter = Planter()
        contact_id = await plant(story, planter)
        await system.settle()
        before = [name for one in system.services.values() for name in await found_in(one)]
        assert {"contacts.contacts", "contacts.versions", "deals.deals"} <= set(before)
        assert "notifications.mailbox_letters" in before

        told = await erase(story, contact_id)
        assert told["confirmed"]["waiting_for"] == ["deals", "notifications", "reporting"]
        await system.settle()

        left = [name for one in system.services.values() for name in await found_in(one)]
        assert left == []
        assert not [line for line in await on_the_wire(system) if PLANTED.search(line)]
        printed = capfd.readouterr()
        assert not PLANTED.search(printed.out + printed.err), "logs"
        done = (await story.contacts.get(told["path"])).json()
        assert (done["state"], done["waiting_for"]) == ("completed", [])
        plan = {one["service"]: one["planned"] for one in told["plan"]["answers"]}
        assert plan["contacts"]["notes"] == 1
        assert plan["contacts"]["call_attempts"] == 1
        assert plan["deals"]["deals"] == 2
        assert plan["notifications"]["letters"] >= 1
        await self.sums_stay(system)
        await self.nobody_comes_back(system, story, contact_id)

    async def sums_stay(self, system: System) -> None:
        """G10: an erasure keeps sums and counts."""
        [money] = await system["deals"].sql("SELECT count(*) AS n, sum(amount) AS s FROM payments")
        facts = await system["reporting"].sql("SELECT count(*) AS n FROM deal_facts")
        assert (money["n"], str(money["s"])) == (1, "10.0000")
        assert facts[0]["n"] >= 3

    async def nobody_comes_back(self, system: System, story: Story, contact_id: UUID) -> None:
        """Not by restoring the contact, and not by restoring a backup of any database."""
        path = f"/v1/contacts/{contact_id}"
        assert (await story.contacts.get(path)).status_code == 404
        assert (await story.contacts.post(f"{path}/restore", headers=ANY)).status_code == 404
        for service, change in (
            (
                "deals",
                "UPDATE deals SET title = 'zqcy again'; DELETE FROM erased; "
                "DELETE FROM outbox WHERE type = 'crm.deals.erasure.completed.v1'",
            ),
            (
                "contacts",
                "UPDATE contacts SET last_name = 'zqcy again', erased_at = NULL, deleted_at = NULL "
                "WHERE id = :contact_id; DELETE FROM erased",
            ),
        ):
            async with system[service].worker.sessions.begin() as session:
                for statement in change.split(";"):
                    await session.execute(text(statement), {"contact_id": contact_id})
        await erase_who_came_back(system["contacts"].worker.context())
        await erase_again(system["deals"].worker.context())
        await system.settle()
        left = [name for one in system.services.values() for name in await found_in(one)]
        assert left == []

    async def test_waits_for_a_service_that_is_away_and_says_so(
        self, system: System, story: Story
    ) -> None:
        """And it is the whole person: whoever names a merged record means him."""
        other = await story.make(story.contacts, "/v1/contacts", last_name="zqcy")
        await story.new_deal(title="zqcy", contact_id=other["id"])
        merged = await story.contacts.post(
            f"/v1/contacts/{story.contact}/merge", json={"loser_id": other["id"]}, headers=ANY
        )
        assert merged.is_success, merged.text
        await system["deals"].stop_worker()
        told = await erase(story, UUID(other["id"]))
        await system.settle()

        waiting = (await story.contacts.get(told["path"])).json()
        plans = {one["service"]: one["planned"] for one in told["plan"]["answers"]}
        assert (waiting["state"], waiting["waiting_for"]) == ("running", ["deals"])
        assert plans["deals"] is None
        assert waiting["contact_id"] == str(story.contact)
        kept = await story.contacts.get(f"/v1/contacts/{story.contact}")
        assert kept.status_code == 404
        await system["deals"].start_worker()
        await system.settle()
        done = (await story.contacts.get(told["path"])).json()
        assert done["state"] == "completed"
        left = [name for one in system.services.values() for name in await found_in(one)]
        assert left == []
        [answers] = await system["contacts"].sql(
            "SELECT min(cardinality(answered_for)) AS least FROM erasure_answers"
        )
        assert answers["least"] == 2, "each service has answered for both records"

        again = await story.contacts.post(f"{told['path']}/confirm", headers=ANY)
        assert (again.status_code, again.json()["code"]) == (409, "erasure-not-planned")

    async def test_a_lead_that_never_became_a_client_is_forgotten_at_once(
        self, system: System, story: Story
    ) -> None:
        lead = await story.make(story.contacts, "/v1/leads", last_name="zqcy", note="zqcy")
        planned = await story.make(story.contacts, "/v1/erasures", lead_id=lead["id"])

        path = f"/v1/erasures/{planned['id']}/confirm"
        done = await story.contacts.post(path, headers=ANY)

        assert done.json()["state"] == "completed"
        assert await found_in(system["contacts"]) == []
        back = await story.contacts.post(f"/v1/leads/{lead['id']}/restore", headers=ANY)
        assert back.status_code == 404
        # a backup from before is restored, in which he is known
        restored = "UPDATE leads SET last_name = 'zqcy', erased_at = NULL, deleted_at = NULL"
        async with system["contacts"].worker.sessions.begin() as session:
            await session.execute(text(restored))
        await erase_who_came_back(system["contacts"].worker.context())
        assert await found_in(system["contacts"]) == []
        # however many were ever erased, they are asked about at once
        many = {UUID(int=one) for one in range(1, 40_000)}
        async with system["contacts"].worker.sessions() as session:
            assert await missing(session, many | {UUID(lead["id"])}) == many

    async def test_may_be_withdrawn_until_it_is_confirmed(self, story: Story) -> None:
        body = {"contact_id": str(story.contact)}
        planned = await story.make(story.contacts, "/v1/erasures", **body)
        path = f"/v1/erasures/{planned['id']}"

        withdrawn = await story.contacts.post(f"{path}/withdraw", headers=ANY)

        assert withdrawn.json()["state"] == "withdrawn"
        assert (await story.contacts.post(f"{path}/confirm", headers=ANY)).status_code == 409
        assert (await story.contacts.get(f"/v1/contacts/{story.contact}")).status_code == 200
        for wrong in ({}, {**body, "lead_id": str(new_id())}):
            refused = await story.contacts.post("/v1/erasures", json=wrong)
            assert (refused.status_code, refused.json()["code"]) == (422, "one-person")


class TestExportPerson:
    """S4: export per person across all four services, complete."""

    async def test_tells_everything_that_was_planted(self, system: System, story: Story) -> None:
        planter = Planter()
        contact_id = await plant(story, planter)
        # all of it stands under the id of a record that lives on in another
        merge = {"loser_id": str(contact_id)}
        path = f"/v1/contacts/{story.contact}/merge"
        assert (await story.contacts.post(path, json=merge, headers=ANY)).is_success
        await system.settle()

        body = {"contact_id": str(contact_id)}
        asked = await story.contacts.post("/v1/person-exports", json=body)
        assert (asked.status_code, asked.json()["url"]) == (202, None)
        await system.settle()

        shown = (await story.contacts.get(f"/v1/person-exports/{asked.json()['id']}")).json()
        nobody = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=system["contacts"].app), base_url="http://contacts"
        )
        link = "/v1/" + shown["url"].partition("/v1/")[2]
        told = await nobody.get(link)
        packed = await nobody.get(f"{link}?format=zip")
        forged = await nobody.get(f"{link}0")
        await nobody.aclose()
        missing = [one for one in planter.words if one not in told.text]
        # the words that were changed since are in the history, the letters in what was kept
        assert missing == []
        assert set(told.json()) == {"contacts", "deals", "notifications", "reporting"}
        with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
            assert {"person.json", "contacts/notes.csv", "deals/invoices.csv"} <= set(
                archive.namelist()
            )
        assert (forged.status_code, forged.json()["code"]) == (422, "download-refused")
        of_him = f"/v1/audit?subject_id={story.contact}"
        audit = (await story.contacts.get(of_him)).json()["items"]
        assert [one["action"] for one in audit].count("person-export-downloaded") == 2


class TestRestrictPerson:
    """S4: restrict per person: kept, not used."""

    async def test_nobody_writes_to_him_and_nothing_is_changed(
        self, system: System, story: Story
    ) -> None:
        path = f"/v1/contacts/{story.contact}"
        await story.contacts.post(f"{path}/restrict", headers=ANY)
        await system.settle()
        deal = await story.new_deal()
        await story.move(deal, "Proposal")
        await system.settle()

        messages = (await story.notifications.get("/v1/messages")).json()["items"]
        refused = await story.contacts.patch(path, json={"last_name": "Інша"}, headers=ANY)
        assert [(one["status"], one["reason"]) for one in messages] == [
            ("cancelled", "processing-restricted")
        ]
        assert (refused.status_code, refused.json()["code"]) == (409, "contact-restricted")
        await story.contacts.post(f"{path}/release", headers=ANY)
        changed = await story.contacts.patch(path, json={"last_name": "Інша"}, headers=ANY)
        assert changed.status_code == 200
