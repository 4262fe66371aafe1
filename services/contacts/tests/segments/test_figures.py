"""C6, C8: segments by what reporting counts of customers; how their class changed stays known."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest
from pydantic import ValidationError
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.consumers import SUBSCRIPTIONS
from crm_contacts.events.segments import SegmentMemberAdded, SegmentMemberRemoved
from crm_contacts.purchases.models import CustomerFigures
from crm_contacts.purchases.rules import CustomerFiguresChanged, ToldFigures
from crm_contacts.testing import make_contact
from crm_shared.clock import utc_now
from crm_shared.events.envelope import Envelope
from crm_shared.testing.events import envelope_of, recorded, silence
from crm_shared.testing.plugin import ClientAs

[figures] = [one for one in SUBSCRIPTIONS if one.durable == "contacts-customer-figures"]
DEAR: dict[str, Any] = {
    "and": [
        {"field": "abc_class", "op": "in", "value": ["A", "B"]},
        {"field": "lifetime_value", "op": "gte", "value": "1000"},
        {"field": "rhythm_broken", "op": "eq", "value": False},
    ]
}


def told(
    customer: UUID, revision: int, *, days_ago: int = 0, contact: bool = False, **changed: Any
) -> Envelope[CustomerFiguresChanged]:
    """What reporting says of a customer of class A who brings 2000, unless told otherwise."""
    given: dict[str, Any] = {
        "contact_id": customer if contact else None,
        "company_id": None if contact else customer,
        "currency": "UAH", "abc_class": "A", "state": "active", "purchases": 3,
        "first_purchase_on": date(2025, 11, 1), "last_purchase_on": date(2026, 10, 1),
        "purchase_sum": Decimal("9000.00"), "purchase_sum_year": Decimal("9000.00"),
        "average_check": Decimal("3000.00"), "lifetime_value": Decimal("2000.00"),
        "unconverted": 0, "purchase_interval": Decimal("167.00"), "rhythm_broken": False,
        "on_time_share": None, "late_invoices": 0, **changed,
    }  # fmt: skip
    event = CustomerFiguresChanged(customer=ToldFigures(**given))
    at = utc_now() - timedelta(days=days_ago)
    envelope: Envelope[CustomerFiguresChanged] = envelope_of(
        event, subject=UUID(int=customer.int ^ 1), revision=revision, at=at
    )
    return envelope


async def members(client: httpx.AsyncClient, segment: str) -> list[str]:
    answer = await client.get(f"/v1/segments/{segment}/members")
    assert answer.status_code == 200, answer.text
    return [item["member_id"] for item in answer.json()["items"]]


class TestC6Segments:
    async def test_follow_what_is_counted_of_customers_in_whatever_order_it_comes(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        body = {"name": "Вигідні", "noun": "company", "kind": "rule", "filter": DEAR}
        segment = (await client.post("/v1/segments", json=body)).json()["id"]
        company = (await client.post("/v1/companies", json={"name": "Нива"})).json()["id"]
        session.expire_all()

        first = told(UUID(company), 1, days_ago=40)
        await figures.handle(session, [first, first])
        await figures.handle(session, [first])
        await session.commit()

        assert await members(client, segment) == [company]
        [came] = await recorded(session, SegmentMemberAdded)
        assert came.causationid == first.id
        then = utc_now().isoformat()
        # the third word comes before the second: the newest holds, both stay known
        await figures.handle(session, [told(UUID(company), 3, abc_class="C")])
        async with silence(session):
            await figures.handle(session, [told(UUID(company), 2, days_ago=20, abc_class="B")])
        assert await members(client, segment) == []
        [left] = await recorded(session, SegmentMemberRemoved)
        assert left.data.segment_member.company_id == UUID(company)
        history = (await client.get(f"/v1/companies/{company}/figures")).json()["items"]
        assert [one["abc_class"] for one in history] == ["C", "B", "A"]
        past = await client.get(f"/v1/segments/{segment}/rerun", params={"at": then})
        assert [one["member_id"] for one in past.json()["items"]] == [company], past.text
        listed = await client.get(
            "/v1/companies", params={"abc_class": "C", "purchase_sum[gt]": "10"}
        )
        assert [one["id"] for one in listed.json()["items"]] == [company]

    @pytest.mark.parametrize(("field", "code"), [("abc_class", "Z"), ("customer_state", "late")])
    async def test_are_not_asked_for_codes_that_no_customer_can_have(
        self, client: httpx.AsyncClient, field: str, code: str
    ) -> None:
        body = {"name": "Ніхто", "kind": "rule"}
        asked = {"field": field, "op": "eq", "value": code}
        answer = await client.post("/v1/segments", json=body | {"filter": asked})
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["pointer"].startswith("/filter")

    async def test_know_nothing_of_what_names_no_customer(self, session: AsyncSession) -> None:
        with pytest.raises(ValidationError):
            ToldFigures.model_validate(
                told(UUID(int=5), 1).data.customer.model_dump() | {"company_id": None}
            )
        rows = select(func.count()).select_from(CustomerFigures)
        assert await session.scalar(rows) == 0


class TestC8Figures:
    async def test_are_shown_within_ones_scope_without_what_is_hidden(
        self, client: httpx.AsyncClient, client_as: ClientAs, session: AsyncSession
    ) -> None:
        contact = make_contact()
        session.add(contact)
        await session.commit()
        await figures.handle(session, [told(contact.id, 1, contact=True)])
        await session.commit()
        path = f"/v1/contacts/{contact.id}/figures"

        [shown] = (await client.get(path)).json()["items"]

        assert (shown["lifetime_value"], shown["customer_state"]) == ("2000.00", "active")
        assert (await client_as("seller").get(path)).status_code == 404
        rule = {"hidden_fields": {"viewer": {"deal": ["amount"]}}}
        workspace = await client.patch("/v1/workspace", json=rule, headers={"If-Match": "*"})
        assert workspace.status_code == 200, workspace.text
        await client._transport.app.state.directory.refresh()  # type: ignore[attr-defined]
        viewer = client_as("viewer")
        [seen] = (await viewer.get(path)).json()["items"]
        assert {"lifetime_value", "purchase_sum", "abc_class"} & set(seen) == set()
        asked = await viewer.get("/v1/contacts", params={"lifetime_value[gt]": "1"})
        assert (asked.status_code, asked.json()["code"]) == (403, "field-hidden")
