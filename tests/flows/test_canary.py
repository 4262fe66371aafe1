"""Nothing that people typed, and nothing about a person, leaves its own tables."""

import re
from typing import Any

import pytest
from story import Story

from crm_shared.events.jetstream import Bus, Link
from crm_shared.observability.logging import configure_logging
from crm_shared.testing.system import System

WORD = "zqcanary"
MAIL = f"{WORD}@example.org"
PHONE = "+380671112233"
SEARCHED = ("outbox", "inbox", "dead_letters", "rule_runs", "durables", "known_users")
PLANTED = re.compile(f"{WORD}|671112233", re.IGNORECASE)


async def plant(story: Story) -> None:
    """Put the canary into every field that people can type into, and into every refusal."""
    contact = await story.make(
        story.contacts,
        "/v1/contacts",
        first_name=WORD,
        last_name=WORD,
        job_title=WORD,
        emails=[{"value": MAIL, "is_primary": True}],
        phones=[{"value": PHONE, "is_primary": True}],
        owner_id=str(story.seller),
    )
    company = await story.make(story.contacts, "/v1/companies", name=f"{WORD} Ltd")
    await story.make(story.contacts, "/v1/tasks", title=WORD, assignee_id=str(story.seller))
    await story.make(story.contacts, "/v1/users", name=WORD, email=f"u-{MAIL}", role="seller")
    deal = await story.new_deal(title=WORD, contact_id=contact["id"], company_id=company["id"])
    hung = {"deal_id": deal["id"], "note": WORD}
    await story.make(story.deals, "/v1/invoices", amount="10", status="issued", **hung)
    await story.make(story.deals, "/v1/payments", amount="10", **hung)
    await story.make(story.deals, "/v1/claims", kind="complaint", cause="quality", **hung)
    await story.move(deal, "Proposal")
    await story.move({**deal, "revision": 2}, "Lost", reason_note=WORD)
    for client, path in (
        (story.contacts, "/v1/contacts"),
        (story.contacts, "/v1/companies"),
        (story.deals, "/v1/deals"),
        (story.deals, "/v1/invoices"),
        (story.deals, "/v1/payments"),
        (story.deals, "/v1/claims"),
        (story.notifications, "/v1/templates"),
    ):
        await refused(client, path)


async def refused(client: Any, path: str) -> None:
    """Meet every kind of refusal with the canary in hand; none may repeat it."""
    bodies: list[Any] = [
        {"nickname": WORD},
        {"title": [WORD], "name": {"x": WORD}, "emails": [{"value": f"{WORD} at home"}]},
        {"title": WORD, "amount": WORD, "currency": WORD, "first_name": 7, "phones": [WORD]},
    ]
    for body in bodies:
        answer = await client.post(path, json=body)
        assert 400 <= answer.status_code < 500
        assert not PLANTED.search(answer.text), f"{path} repeats what was typed: {answer.text}"
    for method, url in (("GET", f"{path}/{WORD}"), ("GET", f"{path}?nickname={WORD}")):
        answer = await client.request(method, url)
        assert 400 <= answer.status_code < 500
        assert not PLANTED.search(answer.text), answer.text


async def test_the_canary_is_found_nowhere_but_at_home(
    system: System, story: Story, capfd: pytest.CaptureFixture[str]
) -> None:
    for service in system.services.values():
        configure_logging(service.name, "debug")
    await plant(story)
    await system.settle()

    for service in system.services.values():
        tables = SEARCHED + (("ledger", "deal_facts") if service.name == "reporting" else ())
        for table in tables:
            rows = await service.sql(f"SELECT t::text AS line FROM {table} AS t")  # noqa: S608
            lines = "\n".join(row["line"] for row in rows)
            assert not PLANTED.search(lines), f"{service.name}.{table}"
        metrics = await system.client(service.name).get("/metrics")
        assert not PLANTED.search(metrics.text), f"metrics of {service.name}"
    assert not PLANTED.search(await everything_on_the_wire(system))
    printed = capfd.readouterr()
    assert not PLANTED.search(printed.out + printed.err), "logs"


async def everything_on_the_wire(system: System) -> str:
    """Return every message that the broker holds."""
    bus = await Bus.connect(Link(system.nats.url, "canary"))
    lines = []
    for name in system.services:
        stream, durable = f"CRM_{name.upper()}", f"canary-{name}"
        await bus.ensure_durable(stream, durable, f"crm.{name}.>")
        puller = bus.puller(stream, durable)
        await puller.open()
        while batch := await puller.pull_now(limit=200):
            for delivery in batch:
                lines.append(delivery.data.decode())
                await delivery.ack()
    await bus.close()
    assert lines
    return "\n".join(lines)
