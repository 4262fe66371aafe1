"""C1: a merge reaches every service, in whatever order its news comes, and so does its end."""

import json
from typing import Any
from uuid import UUID

import pytest
from story import Story

from crm_shared.embedded.nats import NatsServer
from crm_shared.events.jetstream import Link, Publisher
from crm_shared.ids import new_id
from crm_shared.testing.system import System

ANY = {"If-Match": "*"}
LISTENERS = ("deals", "notifications", "reporting")
ALIASES = "SELECT loser_id, survivor_id FROM aliases WHERE survivor_id <> loser_id"


async def merge(story: Story, noun: str, survivor: str, loser: str) -> None:
    answer = await story.contacts.post(
        f"/v1/{noun}/{survivor}/merge", json={"loser_id": loser}, headers=ANY
    )
    assert answer.status_code == 200, answer.text


async def unmerge(story: Story, noun: str, survivor: str, loser: str) -> None:
    answer = await story.contacts.post(
        f"/v1/{noun}/{survivor}/unmerge", json={"loser_id": loser}, headers=ANY
    )
    assert answer.status_code == 200, answer.text


async def contact(story: Story, **values: Any) -> str:
    made = await story.make(story.contacts, "/v1/contacts", last_name="Українка", **values)
    return str(made["id"])


async def company(story: Story, name: str) -> str:
    return str((await story.make(story.contacts, "/v1/companies", name=name))["id"])


async def aliases(system: System, service: str) -> dict[str, str]:
    rows = await system[service].sql(ALIASES)
    return {str(row["loser_id"]): str(row["survivor_id"]) for row in rows}


class TestC1Merge:
    async def test_shows_the_deals_of_both_under_the_survivor_until_it_is_undone(
        self, system: System, story: Story
    ) -> None:
        one, other = await contact(story), await contact(story)
        firm, twin = await company(story, "Лан"), await company(story, "Лан ТОВ")
        first = await story.make(story.deals, "/v1/deals", title="A", contact_id=one)
        second = await story.make(
            story.deals, "/v1/deals", title="B", contact_id=other, company_id=twin
        )
        await merge(story, "contacts", one, other)
        await merge(story, "companies", firm, twin)
        await system.settle()

        for asked in (one, other):
            found = (await story.deals.get(f"/v1/deals?contact_id={asked}")).json()["items"]
            assert {item["id"] for item in found} == {first["id"], second["id"]}
            assert {item["contact_id"] for item in found} == {one}
        [of_firm] = (await story.deals.get(f"/v1/deals?company_id={firm}")).json()["items"]
        assert (of_firm["id"], of_firm["company_id"]) == (second["id"], firm)
        seen = (await story.deals.get(f"/v1/deals/{second['id']}")).json()
        assert (seen["contact_id"], seen["company_id"]) == (one, firm)
        third = await story.make(story.deals, "/v1/deals", title="C", contact_id=other)
        assert third["contact_id"] == one, "what is written to the loser goes to the survivor"

        await unmerge(story, "contacts", one, other)
        await system.settle()

        found = (await story.deals.get(f"/v1/deals?contact_id={other}")).json()["items"]
        assert [item["id"] for item in found] == [second["id"]]
        found = (await story.deals.get(f"/v1/deals?contact_id={one}")).json()["items"]
        assert {item["id"] for item in found} == {first["id"], third["id"]}

    async def test_counts_the_sales_of_both_companies_as_one_customers(
        self, system: System, story: Story
    ) -> None:
        """G9: facts follow the survivor; an unmerge gives them back."""
        firm, twin = await company(story, "Лан"), await company(story, "Лан ТОВ")
        for owner in (firm, twin):
            deal = await story.new_deal(amount="100.00", company_id=owner)
            await story.move(deal, "Won")
        await system.settle()
        assert await sold_by_company(story, system) == {firm: "100.00", twin: "100.00"}
        assert [await figures(story, one) for one in (firm, twin)] == [("A", "100.00")] * 2

        await merge(story, "companies", firm, twin)
        await system.settle()
        assert await sold_by_company(story, system) == {firm: "200.00"}
        assert await figures(story, firm) == ("A", "200.00")

        await unmerge(story, "companies", firm, twin)
        await system.settle()
        assert await sold_by_company(story, system) == {firm: "100.00", twin: "100.00"}
        assert [await figures(story, one) for one in (firm, twin)] == [("A", "100.00")] * 2

    async def test_puts_the_deals_of_the_other_into_the_survivors_timeline(
        self, system: System, story: Story
    ) -> None:
        one, other = await contact(story), await contact(story)
        deal = await story.make(story.deals, "/v1/deals", title="A", contact_id=other)
        await system.settle()
        await merge(story, "contacts", one, other)
        await system.settle()

        entries = (await story.contacts.get(f"/v1/contacts/{one}/timeline")).json()["items"]
        assert deal["id"] in {entry["subject_id"] for entry in entries}
        assert [entry["fact"] for entry in entries].count("merged") == 2

    async def test_follows_chains_in_every_service(self, system: System, story: Story) -> None:
        first, second, third = [await contact(story) for _ in range(3)]
        await merge(story, "contacts", second, first)
        await merge(story, "contacts", third, second)
        await system.settle()
        for service in ("contacts", *LISTENERS):
            assert await aliases(system, service) == {first: third, second: third}, service

        await unmerge(story, "contacts", third, second)
        await system.settle()
        for service in ("contacts", *LISTENERS):
            assert await aliases(system, service) == {first: second}, service

    async def test_catches_up_after_a_worker_was_away(self, system: System, story: Story) -> None:
        one, other, third = [await contact(story) for _ in range(3)]
        await system["deals"].stop_worker()
        await merge(story, "contacts", one, other)
        await unmerge(story, "contacts", one, other)
        await merge(story, "contacts", one, third)
        await system.settle()

        await system["deals"].start_worker()
        await system.settle()

        # the news came on two durables, the second merge perhaps before the unmerge
        assert await aliases(system, "deals") == {third: one}

    @pytest.mark.parametrize("order", [(1, 0, 2), (2, 1, 0)])
    async def test_comes_to_the_same_by_any_order_and_told_twice(
        self, system: System, story: Story, nats_server: NatsServer, order: tuple[int, ...]
    ) -> None:
        one, other, twin = await contact(story), await contact(story), str(new_id())
        await merge(story, "contacts", one, other)
        await unmerge(story, "contacts", one, other)
        await merge(story, "contacts", one, other)
        await system.settle()
        # the same news about another record, which nobody has heard yet
        said = [
            (kind, str(new_id()), event_id, text.replace(other, twin))
            for kind, event_id, text in await news_of(system, other)
        ]

        publisher = await Publisher.connect(Link(nats_server.url, "tests"))
        for turn, place in enumerate((*order, *order)):
            kind, new, old, text = said[place]
            # another message id each time: the broker would keep a repetition to itself
            told = [(kind, f"{new}-{turn}", text.replace(old, new))]
            await publisher.publish("contacts", told)
            await system.settle()
        await publisher.close()

        for service in LISTENERS:
            assert await aliases(system, service) == {other: one, twin: one}, service

    async def test_buries_news_that_cannot_be_read_and_goes_on(
        self, system: System, story: Story, nats_server: NatsServer
    ) -> None:
        one, other, third = [await contact(story) for _ in range(3)]
        await merge(story, "contacts", one, other)
        await system.settle()
        [(kind, _, text)] = await news_of(system, other)
        poisoned = json.loads(text)
        poisoned["id"], poisoned["data"]["loser_id"] = str(UUID(int=7)), "nobody"
        publisher = await Publisher.connect(Link(nats_server.url, "tests"))
        await publisher.publish("contacts", [(kind, poisoned["id"], json.dumps(poisoned))])
        await publisher.close()
        await merge(story, "contacts", one, third)
        await system.settle()

        assert await aliases(system, "deals") == {other: one, third: one}
        letters = await system["deals"].sql("SELECT durable FROM dead_letters")
        assert [letter["durable"] for letter in letters] == ["deals-contacts-merged"]


async def figures(story: Story, company_id: str) -> tuple[str, str]:
    """What contacts was told of a company as a customer: reporting counted it."""
    told = await story.contacts.get(f"/v1/companies/{company_id}/figures")
    newest = told.json()["items"][0]
    return newest["abc_class"], newest["purchase_sum"]


async def sold_by_company(story: Story, system: System) -> dict[str, str]:
    answer = await system.client("reporting").get(
        "/v1/metrics/sales_volume?from=2020-01-01&to=2100-01-01&by=company"
    )
    assert answer.status_code == 200, answer.text
    return {row["key"]: row["value"] for row in answer.json()["breakdown"]}


async def news_of(system: System, loser: str) -> list[tuple[str, str, str]]:
    """Return what the loser said of its merges: type, id and envelope, in order."""
    rows = await system["contacts"].sql(
        "SELECT type, event_id, envelope FROM outbox WHERE aggregate_id = :loser"
        " AND type LIKE '%merged.v1' ORDER BY revision",
        loser=UUID(loser),
    )
    return [(row["type"], str(row["event_id"]), row["envelope"]) for row in rows]
