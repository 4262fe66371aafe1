"""F1, F2: invoices and payments come in from files, once, and are told as of the past."""

from typing import Any

import httpx
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.events import InvoiceIssued, InvoicePaid, PaymentReceived
from crm_shared.testing.events import recorded
from crm_shared.testing.imports import ImportTrial, counts

INVOICES: dict[str, Any] = {
    "external_id": "no",
    "fields": {
        "number": "no",
        "company_id": "customer",
        "amount": "sum",
        "issue_date": "on",
        "due_date": "due",
    },
}
PAYMENTS: dict[str, Any] = {
    "external_id": "id",
    "fields": {
        "amount": "sum",
        "paid_on": "on",
        "account": {"constant": "bank"},
        "invoice_id": {"column": "invoice", "by": "number"},
    },
}
INVOICE_FILE = (
    "no,customer,sum,on,due\n"
    "A-1,Кав'ярня,100.00,2026-01-10,2026-01-20\n"
    "A-2,Кав'ярня,50.00,2026-01-11,2026-01-21\n"
    "A-3,,10.00,2026-01-11,\n"
)
PAYMENT_FILE = (
    "id,sum,on,invoice\nP1,60,2026-01-15,A-1\nP2,60,2026-01-16,A-1\nP3,5,2026-01-16,A-9\n"
)


class TestF2Imports:
    async def test_bring_invoices_and_their_payments_in_once(
        self, trial: ImportTrial, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        one = {"noun": "invoice", "mapping": INVOICES}
        first = await trial.bring_in(INVOICE_FILE, **one)
        again = await trial.bring_in(INVOICE_FILE, **one)
        paid = await trial.bring_in(PAYMENT_FILE, noun="payment", mapping=PAYMENTS)
        paid_again = await trial.bring_in(PAYMENT_FILE, noun="payment", mapping=PAYMENTS)

        assert counts(first) == {"created": 2, "failed": 1}
        assert counts(again) == {"unchanged": 2, "failed": 1}
        assert counts(paid) == {"created": 2, "failed": 1}
        assert counts(paid_again) == {"unchanged": 2, "failed": 1}
        listed = await client.get("/v1/invoices", params={"sort": "number"})
        a1, a2 = listed.json()["items"]
        assert (a1["status"], a1["paid"], a1["paid_on"]) == ("paid", "100.00", "2026-01-16")
        # nobody wants an alarm for every old invoice: noted, not announced
        assert (a2["is_overdue"], a2["overdue_at"] is None) == (True, False)
        advance = await client.get("/v1/payments", params={"unallocated[gt]": "0"})
        assert [item["unallocated"] for item in advance.json()["items"]] == ["20.00"]
        assert all(event.bulk for event in await recorded(session, InvoiceIssued))
        assert len(await recorded(session, PaymentReceived)) == 2
        assert len(await recorded(session, InvoicePaid)) == 1
