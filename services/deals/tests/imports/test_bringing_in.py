"""C16: every noun of deals comes in, is found by its keys, and is undone."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.claims.models import Claim
from crm_deals.competitors.models import Competitor
from crm_deals.deals.models import Deal
from crm_deals.events import DealDeleted, DealUpdated
from crm_deals.imports.catalogue import ROOM
from crm_deals.invoices.models import Invoice
from crm_deals.payments.models import Payment
from crm_deals.pipelines.models import Pipeline
from crm_deals.price_lists.models import PriceList
from crm_deals.products.models import Product
from crm_deals.reasons.models import Reason
from crm_shared.db.engine import Sessions
from crm_shared.settings import ServiceSettings
from crm_shared.testing.events import recorded
from crm_shared.testing.imports import ImportTrial, counts

TITLES: dict[str, Any] = {
    "external_id": "id",
    "fields": {"title": "title", "amount": "sum", "stage_id": {"column": "stage", "by": "label"}},
}


@pytest.fixture
def trial(
    client: httpx.AsyncClient, sessions: Sessions, settings: ServiceSettings, pipeline: Pipeline
) -> ImportTrial:
    return ImportTrial(client, sessions, settings, ROOM, "/v1/deal-imports", "deal", TITLES)


async def undo(trial: ImportTrial, import_id: str) -> dict[str, Any]:
    """Take an import back to the end."""
    answer = await trial.client.post(f"{trial.path}/{import_id}/undo")
    assert answer.status_code == 200, answer.text
    for _ in range(4):
        await trial.step()
    return await trial.see(import_id)


def rule(**fields: Any) -> dict[str, Any]:
    """Return a mapping whose external id is the column id."""
    return {"external_id": "id", "fields": fields}


class TestC16Undoing:
    async def test_gives_deals_their_fields_and_stages_back(
        self, trial: ImportTrial, session: AsyncSession
    ) -> None:
        for noun in ("deals", "products"):
            words = {"key": "words", "type": "text", "labels": {"en": "Words"}}
            floors = {"key": "floors", "type": "integer", "labels": {"en": "Floors"}}
            for field in (words, floors):
                made = await trial.client.post(f"/v1/{noun}/custom-fields", json=field)
                assert made.status_code == 201, made.text
        goods = rule(label="l", **{"custom.words": "words", "custom.floors": "floors"})
        for row in ("P,Chair,old,", "P,Stool,new,7"):
            table = f"id,l,words,floors\n{row}\n"
            wares = await trial.bring_in(table, noun="product", mapping=goods)
        other = (await trial.client.post("/v1/products", json={"label": "Desk"})).json()["id"]
        lines = [{"product_id": {"column": "product", "by": "label"}}]
        mapping = rule(
            **TITLES["fields"],
            line_items=lines,
            **{"custom.words": "words", "custom.floors": "floors"},
        )
        header = "id,title,sum,stage,product,words,floors\n"
        await trial.bring_in(header + "1,One,100,New,Desk,old,\n", mapping=mapping)
        second = await trial.bring_in(
            header + "1,Uno,200,Proposal,Stool,new,7\n2,Two,5,New,Stool,,\n", mapping=mapping
        )

        seen = await undo(trial, second["id"])
        back = await undo(trial, wares["id"])

        assert (seen["state"], seen["undone"]) == ("undone", 2)
        found = select(Deal).execution_options(populate_existing=True)
        deals = {one.external_id: one for one in await session.scalars(found)}
        one = (await trial.client.get(f"/v1/deals/{deals['1'].id}")).json()
        assert (one["title"], one["amount"], one["stage_label"]) == ("One", "100.00", "New")
        # personal fields and what is made of the lines go back as well, and what was added goes
        assert (one["custom_fields"], deals["1"].product_ids) == ({"words": "old"}, [UUID(other)])
        ware = await session.scalar(select(Product).where(Product.external_id == "P"))
        assert ware is not None
        assert (back["undone"], ware.label, ware.all_fields) == (1, "Chair", {"words": "old"})
        assert deals["2"].deleted_at is not None
        [gone] = await recorded(session, DealDeleted)
        assert gone.bulk
        assert all(one.bulk for one in await recorded(session, DealUpdated))

    async def test_voids_what_has_a_number(self, trial: ImportTrial, session: AsyncSession) -> None:
        customer = f"{'id,who,sum'}\nA,01900000-0000-7000-8000-000000000001,120\n"
        mapping = rule(amount="sum", contact_id={"column": "who", "by": "id"})
        made = await trial.bring_in(customer, noun="invoice", mapping=mapping)
        paid = await trial.bring_in(
            "id,sum,invoice\nP,120,A\n",
            noun="payment",
            mapping=rule(amount="sum", invoice_id="invoice"),
        )

        money = await undo(trial, paid["id"])
        bill = await undo(trial, made["id"])

        payment = await session.scalar(select(Payment))
        invoice = await session.scalar(select(Invoice))
        assert payment is not None
        assert invoice is not None
        assert (money["undone"], payment.void_reason) == (1, "mistake")
        # the invoice was changed by its payment and by its taking back: it is told, not guessed
        assert (bill["undone"], invoice.status) == (0, "issued")
        assert await trial.faults(made["id"]) == [(2, None, "changed-since")]


class TestC16EveryNoun:
    async def test_dictionaries_and_claims_come_in_twice_the_same(
        self, trial: ImportTrial, session: AsyncSession
    ) -> None:
        product = rule(label="label", sku="sku", price="price", cost="cost")
        prices = [{"product_id": "id", "price": "price"}]
        nouns: list[tuple[str, dict[str, Any], str, Any]] = [
            ("product", product, "id,label,sku,price,cost\nP1,Chair,CH,100,60\n", Product),
            (
                "price_list",
                rule(label="label", currency={"constant": "UAH"}, prices=prices),
                "id,label,price\nP1,Retail,90\n",
                PriceList,
            ),
            ("reason", rule(label="l", outcome="o"), "id,l,o\n1,Too dear,lost\n", Reason),
            ("competitor", rule(label="l"), "id,l\n1,Rivals\n", Competitor),
            (
                "claim",
                rule(
                    kind={"constant": "complaint"},
                    cause={"constant": "quality"},
                    contact_id={"column": "who", "by": "id"},
                ),
                "id,who\n1,01900000-0000-7000-8000-000000000001\n",
                Claim,
            ),
        ]
        made: list[tuple[str, Any]] = []
        for noun, mapping, text, model in nouns:
            first = await trial.bring_in(text, noun=noun, mapping=mapping)
            again = await trial.bring_in(text, noun=noun, mapping=mapping)
            assert await trial.faults(first["id"]) == [], noun
            assert (counts(first), counts(again)) == ({"created": 1}, {"unchanged": 1}), noun
            made.append((first["id"], model))

        for import_id, model in reversed(made):
            seen = await undo(trial, import_id)
            assert (seen["state"], seen["undone"]) == ("undone", 1), model
            found = select(model).execution_options(populate_existing=True)
            [row] = await session.scalars(found)
            assert row.deleted_at is not None, model

    async def test_products_are_found_by_sku(
        self, trial: ImportTrial, session: AsyncSession
    ) -> None:
        made = await trial.client.post("/v1/products", json={"label": "Chair", "sku": "CH"})
        mapping = {"key": {"column": "sku", "by": "sku"}, "fields": {"label": "l", "price": "p"}}

        seen = await trial.bring_in(
            "sku,l,p\nCH,Armchair,150\nNEW,Stool,9\n", noun="product", mapping=mapping
        )

        assert counts(seen) == {"created": 1, "updated": 1}
        changed = (await trial.client.get(made.headers["location"])).json()
        assert (changed["label"], changed["price"]) == ("Armchair", "150.00")
