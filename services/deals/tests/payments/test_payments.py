"""F1, F2: payments and expenses in one call, allocation, advances, refunds, voids, balances."""

import asyncio
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals.models import Deal
from crm_deals.events import (
    ExpenseRecorded,
    InvoicePaid,
    InvoiceUpdated,
    PaymentReceived,
    PaymentRefunded,
    PaymentUpdated,
    PaymentVoided,
)
from crm_deals.pipelines.models import Pipeline
from crm_deals.testing import make_deal, stage_called
from crm_shared.clock import local_day, utc_now
from crm_shared.ids import new_id
from crm_shared.testing.events import announced, recorded
from crm_shared.testing.plugin import ClientAs

TODAY = local_day(utc_now(), ZoneInfo("Europe/Kyiv"))
ANY = {"If-Match": "*"}


@pytest.fixture
async def deal(session: AsyncSession, pipeline: Pipeline) -> Deal:
    deal = make_deal(stage_called(pipeline, "New"), owner_id=new_id(), company_id=new_id())
    session.add(deal)
    await session.commit()
    return deal


async def invoice(client: httpx.AsyncClient, deal: Deal, amount: str, **values: Any) -> str:
    body = {"deal_id": str(deal.id), "amount": amount, "status": "issued", **values}
    answer = await client.post("/v1/invoices", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def pay(client: httpx.AsyncClient, amount: str, *ids: str, **values: Any) -> dict[str, Any]:
    allocations = [{"invoice_id": one} for one in ids]
    answer = await client.post(
        "/v1/payments", json={"amount": amount, "allocations": allocations, **values}
    )
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def state(client: httpx.AsyncClient, invoice_id: str) -> tuple[str, str, str]:
    body = (await client.get(f"/v1/invoices/{invoice_id}")).json()
    return body["status"], body["paid"], body["due"]


class TestF1BookPayment:
    async def test_books_account_category_day_and_deal_in_one_call(
        self, client: httpx.AsyncClient, session: AsyncSession, deal: Deal
    ) -> None:
        day = str(TODAY - timedelta(days=3))
        first, second = await invoice(client, deal, "100"), await invoice(client, deal, "50")

        body = await pay(
            client, "120.00", first, second, account="bank", category="sales", paid_on=day
        )

        assert (body["deal_id"], body["company_id"]) == (str(deal.id), str(deal.company_id))
        assert (body["direction"], body["unallocated"], body["paid_on"]) == ("in", "0.00", day)
        assert await state(client, first) == ("paid", "100.00", "0.00")
        assert await state(client, second) == ("partly_paid", "20.00", "30.00")
        [event] = await recorded(session, PaymentReceived)
        assert [one.amount for one in event.data.payment.allocations] == [100, 20]
        [paid] = await recorded(session, InvoicePaid)
        assert str(paid.data.invoice.paid_on) == day
        [partly] = await recorded(session, InvoiceUpdated)
        assert partly.data.previous == {"status": "issued", "paid": "0.00"}

    async def test_books_an_expense_in_one_call(
        self, client: httpx.AsyncClient, session: AsyncSession, deal: Deal
    ) -> None:
        body = await pay(
            client,
            "42.50",
            kind="expense",
            category="delivery",
            account="cash",
            deal_id=str(deal.id),
            note="zqcanary",
        )

        assert (body["direction"], body["company_id"]) == ("out", None)
        [event] = await recorded(session, ExpenseRecorded)
        assert (event.data.payment.category, event.data.payment.account) == ("delivery", "cash")
        everything = [one.model_dump_json() for one in await announced(session)]
        assert "zqcanary" not in "".join(everything)

    async def test_is_idempotent_by_external_id(
        self, client: httpx.AsyncClient, session: AsyncSession, deal: Deal
    ) -> None:
        url, one = "/v1/payments/by-external/bank/77", await invoice(client, deal, "100")
        body = {"amount": "100", "allocations": [{"invoice_id": one}]}

        first, again = [await client.put(url, json=body) for _ in range(2)]
        rebooked = await client.put(url, json={**body, "account": "bank"})
        dearer = await client.put(url, json={**body, "amount": "101"})
        posted = await client.post(
            "/v1/payments", json={**body, "source_system": "bank", "external_id": "77"}
        )

        results = [one.headers["crm-result"] for one in (first, again, rebooked)]
        assert results == ["created", "unchanged", "updated"]
        assert (dearer.status_code, dearer.json()["code"]) == (409, "payment-differs")
        assert posted.status_code == 409
        assert await state(client, one) == ("paid", "100.00", "0.00")
        assert len(await recorded(session, PaymentReceived)) == 1

    @pytest.mark.parametrize(
        ("bad", "pointer"),
        [
            ({"amount": "0"}, "/amount"),
            ({"amount": "1.001"}, "/amount"),
            ({"amount": "NaN"}, "/amount"),
            ({"amount": "1", "currency": "ZZZ"}, "/currency"),
            ({"amount": "1", "paid_on": str(TODAY + timedelta(days=2))}, "/paid_on"),
            (
                {"amount": "1", "allocations": [{"invoice_id": str(new_id())}]},
                "/allocations/0/invoice_id",
            ),
            (
                {
                    "amount": "1",
                    "kind": "expense",
                    "allocations": [{"invoice_id": str(new_id())}],
                },
                "/allocations",
            ),
            ({"amount": "1", "deal_id": str(new_id())}, "/deal_id"),
            ({"amount": "1", "nickname": "zqcanary"}, "/nickname"),
        ],
    )
    async def test_says_what_is_wrong(
        self,
        client: httpx.AsyncClient,
        session: AsyncSession,
        bad: dict[str, Any],
        pointer: str,
    ) -> None:
        answer = await client.post("/v1/payments", json=bad)

        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["pointer"] == pointer
        assert "zqcanary" not in answer.text
        assert await announced(session) == []

    async def test_never_gives_an_invoice_more_than_is_due_or_other_money(
        self, client: httpx.AsyncClient, deal: Deal
    ) -> None:
        one, euros = (
            await invoice(client, deal, "100"),
            await invoice(client, deal, "5", currency="EUR"),
        )
        too_much = [{"invoice_id": one, "amount": "100.01"}]
        mixed = [{"invoice_id": one}, {"invoice_id": euros}]
        draft = await client.post("/v1/invoices", json={"deal_id": str(deal.id), "amount": "1"})

        answers = [
            await client.post("/v1/payments", json={"amount": "200", "allocations": allocations})
            for allocations in (too_much, mixed, [{"invoice_id": draft.json()["id"]}])
        ]

        assert [answer.json()["errors"][0]["code"] for answer in answers] == [
            "more-than-due",
            "unknown-invoice",
            "unknown-invoice",
        ]
        assert await state(client, one) == ("issued", "0.00", "100.00")


class TestF2AtOnce:
    async def test_two_payments_of_one_moment_never_pay_an_invoice_twice(
        self, client: httpx.AsyncClient, session: AsyncSession, deal: Deal
    ) -> None:
        one = await invoice(client, deal, "100")

        bodies = await asyncio.gather(*(pay(client, "60", one) for _ in range(5)))

        assert await state(client, one) == ("paid", "100.00", "0.00")
        given = sorted(sum(float(part["amount"]) for part in b["allocations"]) for b in bodies)
        assert given == [0, 0, 0, 40, 60]
        assert len(await recorded(session, InvoicePaid)) == 1

    async def test_two_refunds_of_one_moment_never_give_back_more_than_was_paid(
        self, client: httpx.AsyncClient, deal: Deal
    ) -> None:
        body = await pay(client, "100", deal_id=str(deal.id))
        url = f"/v1/payments/{body['id']}/refund"

        answers = await asyncio.gather(
            *(client.post(url, json={"amount": "60"}, headers=ANY) for _ in range(4))
        )

        assert sorted(one.status_code for one in answers) == [201, 422, 422, 422]


class TestF2Reallocate:
    async def test_an_advance_finds_its_invoice(
        self, client: httpx.AsyncClient, session: AsyncSession, deal: Deal
    ) -> None:
        advance = await pay(client, "150", deal_id=str(deal.id))
        one, other = await invoice(client, deal, "100"), await invoice(client, deal, "100")
        url = f"/v1/payments/{advance['id']}"

        first = await client.patch(
            url, json={"allocations": [{"invoice_id": one}]}, headers={"If-Match": '"1"'}
        )
        both = await client.patch(
            url, json={"allocations": [{"invoice_id": other}, {"invoice_id": one}]}, headers=ANY
        )
        none = await client.patch(url, json={"allocations": []}, headers=ANY)

        assert advance["unallocated"] == "150.00"
        assert first.json()["unallocated"] == "50.00"
        assert [part["amount"] for part in both.json()["allocations"]] == ["100.00", "50.00"]
        assert none.json()["unallocated"] == "150.00"
        assert await state(client, one) == ("issued", "0.00", "100.00")
        assert await state(client, other) == ("issued", "0.00", "100.00")
        assert len(await recorded(session, PaymentUpdated)) == 3


class TestF2Refund:
    async def test_takes_what_is_free_first_then_the_invoices(
        self, client: httpx.AsyncClient, session: AsyncSession, deal: Deal, pipeline: Pipeline
    ) -> None:
        one = await invoice(client, deal, "100")
        body = await pay(client, "130", one, account="bank")
        url = f"/v1/payments/{body['id']}"

        free = await client.post(f"{url}/refund", json={"amount": "30"}, headers=ANY)
        part = await client.post(f"{url}/refund", json={"amount": "40"}, headers=ANY)
        more = await client.post(f"{url}/refund", json={"amount": "60.01"}, headers=ANY)

        assert (free.json()["allocations"], free.json()["direction"]) == ([], "out")
        assert part.json()["allocations"] == [{"invoice_id": one, "amount": "40.00"}]
        assert more.json()["errors"][0]["code"] == "more-than-paid"
        assert await state(client, one) == ("partly_paid", "60.00", "40.00")
        assert (await client.get(url)).json()["refunded"] == "70.00"
        refunds = await recorded(session, PaymentRefunded)
        assert [str(event.data.payment.refunds_id) for event in refunds] == [body["id"]] * 2
        moved = await client.patch(url, json={"allocations": []}, headers=ANY)
        assert moved.status_code == 200, moved.text
        assert moved.json()["allocations"] == [{"invoice_id": one, "amount": "40.00"}]
        assert await state(client, one) == ("issued", "0.00", "100.00")

        # booked elsewhere, it takes its refunds along: none stays behind as a debt
        session.add(elsewhere := make_deal(stage_called(pipeline, "New")))
        await session.commit()
        await client.patch(url, json={"deal_id": str(elsewhere.id)}, headers=ANY)
        sums = [
            (await client.get(f"/v1/deals/{one}/balance")).json()["items"]
            for one in (deal.id, elsewhere.id)
        ]
        assert [[item["paid"] for item in items] for items in sums] == [["0.00"], ["60.00"]]

    async def test_a_void_one_gives_the_payment_back(
        self, client: httpx.AsyncClient, deal: Deal
    ) -> None:
        one = await invoice(client, deal, "100")
        body = await pay(client, "100", one)
        url = f"/v1/payments/{body['id']}"
        refund = await client.post(f"{url}/refund", json={}, headers=ANY)
        void = {"reason": "mistake"}

        early = await client.post(f"{url}/void", json=void, headers=ANY)
        assert await state(client, one) == ("issued", "0.00", "100.00")
        other = await pay(client, "60", one)
        late = await client.post(f"/v1/payments/{refund.json()['id']}/void", json=void, headers=ANY)
        await client.post(f"/v1/payments/{other['id']}/void", json=void, headers=ANY)
        done = await client.post(f"/v1/payments/{refund.json()['id']}/void", json=void, headers=ANY)

        assert (early.json()["code"], late.json()["code"]) == (
            "payment-has-refunds",
            "settled-meanwhile",
        )
        assert done.status_code == 200, done.text
        assert await state(client, one) == ("paid", "100.00", "0.00")
        assert (await client.get(url)).json()["refunded"] == "0.00"


class TestF1Void:
    async def test_what_it_settled_is_owed_again(
        self,
        client: httpx.AsyncClient,
        client_as: ClientAs,
        session: AsyncSession,
        deal: Deal,
        pipeline: Pipeline,
    ) -> None:
        session.add(handed_over := make_deal(stage_called(pipeline, "New"), owner_id=deal.owner_id))
        await session.commit()
        one, other = await invoice(client, deal, "100"), await invoice(client, handed_over, "50")
        body = await pay(client, "100", one)
        url = f"/v1/payments/{body['id']}"
        # what settles the invoice of a deal that is another's by now is undone whole
        both = await pay(client, "50", other, deal_id=str(deal.id))
        handed_over.owner_id = new_id()
        await session.commit()
        seller = client_as("seller", user_id=deal.owner_id)
        undoing = f"/v1/payments/{both['id']}"
        back = await seller.post(f"{undoing}/refund", json={"amount": "20"}, headers=ANY)
        await seller.post(
            f"/v1/payments/{back.json()['id']}/void", json={"reason": "mistake"}, headers=ANY
        )
        undone = await seller.post(f"{undoing}/void", json={"reason": "mistake"}, headers=ANY)
        assert (back.status_code, undone.status_code) == (201, 200), undone.text
        assert await state(client, other) == ("issued", "0.00", "50.00")

        blocked = await client.post(
            f"/v1/invoices/{one}/void", json={"reason": "mistake"}, headers=ANY
        )
        void = await client.post(f"{url}/void", json={"reason": "bounced"}, headers=ANY)
        again = await client.post(f"{url}/void", json={"reason": "bounced"}, headers=ANY)
        patched = await client.patch(url, json={"account": "bank"}, headers=ANY)

        assert blocked.json()["code"] == "invoice-has-payments"
        assert void.json()["void_reason"] == "bounced"
        assert (again.status_code, patched.status_code) == (409, 409)
        assert await state(client, one) == ("issued", "0.00", "100.00")
        assert (await recorded(session, PaymentVoided))[-1].revision == 2


class TestF2Balance:
    async def test_of_a_deal_and_of_a_customer(
        self, client: httpx.AsyncClient, client_as: ClientAs, deal: Deal
    ) -> None:
        late = {"issue_date": "2026-01-01", "due_date": "2026-01-15"}
        one = await invoice(client, deal, "100", **late)
        await invoice(client, deal, "7", currency="EUR")
        await client.post("/v1/invoices", json={"deal_id": str(deal.id), "amount": "999"})
        await pay(client, "40", one)
        await pay(client, "15", deal_id=str(deal.id))
        await pay(client, "8", kind="expense", deal_id=str(deal.id))
        other = await invoice(client, deal, "20")
        await pay(client, "20", other)
        await client.post(f"/v1/invoices/{other}/credit", json={"amount": "5"}, headers=ANY)

        of_deal = await client.get(f"/v1/deals/{deal.id}/balance")
        of_customer = await client.get(
            "/v1/invoices/balance", params={"company_id": str(deal.company_id)}
        )
        strangers = await client_as("seller").get(
            "/v1/invoices/balance", params={"company_id": str(deal.company_id)}
        )

        euros, hryvnias = of_deal.json()["items"]
        assert (euros["currency"], euros["due"], euros["paid"]) == ("EUR", "7.00", "0.00")
        assert hryvnias == {
            "currency": "UAH",
            "invoiced": "120.00",
            "credited": "5.00",
            "paid": "75.00",
            "due": "60.00",
            "overdue": "60.00",
            "overdue_count": 1,
            "advance": "15.00",
            "overpaid": "5.00",
            "expenses": "8.00",
        }
        assert of_customer.json()["items"][1]["due"] == "60.00"
        assert strangers.json() == {"items": []}
        refused = await client_as("seller").get(f"/v1/deals/{deal.id}/balance")
        assert refused.status_code == 404


class TestF1Scope:
    async def test_follows_the_deal(
        self, client: httpx.AsyncClient, client_as: ClientAs, deal: Deal
    ) -> None:
        assert deal.owner_id is not None
        body = await pay(client, "1", deal_id=str(deal.id))
        rent = await pay(client, "1", kind="expense", category="rent")
        mine, other = client_as("seller", user_id=deal.owner_id), client_as("seller")

        assert (await mine.get(f"/v1/payments/{body['id']}")).status_code == 200
        assert (await other.get(f"/v1/payments/{body['id']}")).status_code == 404
        assert (await mine.get(f"/v1/payments/{rent['id']}")).status_code == 404
        accountant = client_as("accountant")
        assert len((await accountant.get("/v1/payments")).json()["items"]) == 2
        booked = await accountant.post("/v1/payments", json={"amount": "5"})
        assert booked.status_code == 201
        refused = await client_as("viewer").post("/v1/payments", json={"amount": "5"})
        assert refused.status_code == 403
