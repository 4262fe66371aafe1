"""I9: campaign, lead, deal, invoice and payment as one question; counted by hand."""

from typing import Any

import httpx
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.testing import DealStory, SubjectStory, Tell, day, line, named, won
from crm_shared.testing.plugin import ClientAs
from crm_shared.testing.policies import decide

MARCH = "from=2026-03-01&to=2026-04-01"
PETRO, LVIV = str(named("Petro")), str(named("Lviv"))
SPRING: dict[str, Any] = {"labels": {"campaign": "spring", "utm_source": "x"}, "channel": "web"}


def lead(name: str, **facts: Any) -> SubjectStory:
    return SubjectStory("lead", name, at=day("03-02"), **facts)


def converted(name: str, deal: DealStory, **facts: Any) -> SubjectStory:
    return lead(name, **facts).say("converted", status="converted", deal_id=deal.id)


def paid(name: str, deal: DealStory, amount: str, *, on: str = "04-05") -> SubjectStory:
    return SubjectStory(
        "payment", name, "received", at=day(on), amount=amount, paid_on=f"2026-{on}",
        deal_id=deal.id,
    )  # fmt: skip


def by_key(report: dict[str, Any]) -> dict[Any, dict[str, Any]]:
    [table] = report["tables"]
    return {
        row["key"]: row["values"] for row in [*table["rows"], {**table["total"], "key": "total"}]
    }


class TestCampaignChain:
    """I9: marketing and sales joined: what a campaign cost and what came of it, in one query."""

    async def test_follows_a_campaign_down_to_its_payments(
        self, client: httpx.AsyncClient, client_as: ClientAs, tell: Tell, rate: Any
    ) -> None:
        await rate("EUR", "UAH", "2026-01-01", "40")
        for name, amount in (("spring", "1000"), ("winter", "500")):
            cost = {"category": "ads", "campaign": name, "amount": amount, "currency": "UAH",
                    "starts_on": "2026-03-01", "ends_on": "2026-03-31"}  # fmt: skip
            assert (await client.post("/v1/costs", json=cost)).status_code == 201
        chairs = [line("Chair", "3000.0000") | {"unit_cost": "1800"}]
        a = won("A", on="04-03", amount="3000.0000", line_items=chairs)
        c = won("C", on="03-09", amount="10.0000", currency="EUR", owner_id=PETRO, team_id=LVIV)
        d = DealStory("D", at=day("03-02"), amount="900.0000")
        moved = paid("moved", a, "700.0000").say("updated", deal_id=d.id)
        back = SubjectStory(
            "payment", "back", "refunded", at=day("04-09"), kind="refund", direction="out",
            amount="500.0000", paid_on="2026-04-09", deal_id=a.id,
        )  # fmt: skip
        bill = SubjectStory(
            "invoice", "bill", "issued", at=day("04-04"), issue_date="2026-04-04",
            net="3000.0000", deal_id=a.id,
        )  # fmt: skip
        await tell(
            a, c, d, moved, back, bill, paid("first", a, "2000.0000"),
            converted("a", a, **SPRING), lead("b", **SPRING), converted("d", d),
            converted("c", c, labels={"campaign": "autumn"}, owner_id=PETRO, team_id=LVIV),
            converted("again", a, **SPRING),  # two leads became one deal: it counts once
            lead("spam", **SPRING, awaits_confirmation=True),
            lead("early", **SPRING).say("deleted"),
        )  # fmt: skip

        answer = await client.get(f"/v1/reports/campaign_chain?{MARCH}")
        assert answer.status_code == 200, answer.text
        told = by_key(answer.json())
        assert list(told) == ["spring", "autumn", "winter", None, "total"]
        assert told["spring"] == {
            "cost": "1000.00", "leads": "3", "deals": "1", "won": "1", "won_amount": "3000.00",
            "invoiced": "3000.00", "paid": "2000.00", "refunded": "500.00",
            "return_on_advertising": "3.00", "return_on_marketing": "20.00",
        }  # fmt: skip
        # nothing was spent on it: no return; its sale was in another currency
        assert (told["autumn"]["cost"], told["autumn"]["won_amount"]) == ("0.00", "400.00")
        assert told["autumn"]["return_on_advertising"] is None
        # it brought nothing at all
        assert told["winter"]["return_on_marketing"] == "-100.00"
        assert (told[None]["leads"], told[None]["paid"]) == ("1", "700.00")
        assert (told["total"]["leads"], told["total"]["won_amount"]) == ("5", "3400.00")
        for kind in ("text/csv", "text/html"):
            file = await client.get(f"/v1/reports/campaign_chain?{MARCH}", headers={"Accept": kind})
            assert "spring" in file.text

        # the rows behind it, with the ids of all that followed
        facts = f"/v1/reports/campaign_chain/facts?{MARCH}"
        page = (await client.get(f"{facts}&campaign=spring&limit=2&total=true")).json()
        assert (len(page["items"]), page["total"], bool(page["next_cursor"])) == (2, 3, True)
        rest = await client.get(f"{facts}&campaign=spring&limit=2&cursor={page['next_cursor']}")
        items = {one["id"]: one for one in [*page["items"], *rest.json()["items"]]}
        followed = items[str(named("lead a"))]
        assert (followed["deal_id"], followed["won_on"]) == (str(a.id), "2026-04-03")
        assert [one["id"] for one in followed["invoices"]] == [str(bill.id)]
        assert [one["amount"] for one in followed["payments"]] == ["2000.0000", "-500.0000"]
        assert items[str(named("lead b"))]["deal_id"] is None

        # G18: a seller sees his own; who may not read costs gets no return either
        petro = client_as("seller", user_id=named("Petro"))
        seller = by_key((await petro.get(f"/v1/reports/campaign_chain?{MARCH}")).json())
        assert list(seller) == ["autumn", "total"]
        assert (seller["autumn"]["won_amount"], seller["autumn"]["cost"]) == ("400.00", None)
        head = client_as("head", team_ids=(named("Lviv"),))
        listed = (await head.get(facts)).json()["items"]
        assert [one["id"] for one in listed] == [str(named("lead c"))]
        assert (await client.get(f"{facts}&nonsense=1")).status_code == 422

    async def test_keeps_what_is_hidden(
        self, client: httpx.AsyncClient, client_as: ClientAs, tell: Tell, session: AsyncSession
    ) -> None:
        a = won("A", on="03-03", amount="3000.0000")
        await tell(a, converted("a", a, **SPRING), paid("first", a, "2000.0000"))
        path = f"/v1/reports/campaign_chain?{MARCH}"
        hidden = {"deal": ["amount"], "payment": ["amount"]}
        await decide(client, session, hidden_fields={"head": hidden})
        told = by_key((await client_as("head", team_ids=(named("Kyiv"),)).get(path)).json())
        assert (told["spring"]["won"], told["spring"]["won_amount"]) == ("1", None)
        assert (told["spring"]["paid"], told["spring"]["return_on_advertising"]) == (None, None)
        await decide(client, session, hidden_fields={"head": {"lead": ["labels"]}})
        head = client_as("head", team_ids=(named("Kyiv"),))
        assert (await head.get(path)).json()["tables"][0]["reason"] == "hidden"
        shut = await head.get(f"/v1/reports/campaign_chain/facts?{MARCH}")
        assert shut.status_code == 403
        await decide(client, session, hidden_fields={"head": {"payment": ["currency"]}})
        [seen] = (await head.get(f"/v1/reports/campaign_chain/facts?{MARCH}")).json()["items"]
        assert (seen["payments"][0]["currency"], seen["currency"]) == (None, "UAH")

    async def test_counts_a_deal_of_two_campaigns_once_in_its_total(
        self, client: httpx.AsyncClient, tell: Tell
    ) -> None:
        chairs = [line("Chair", "3000.0000") | {"unit_cost": "1800"}]
        a = won("A", on="03-03", amount="3000.0000", line_items=chairs)
        b = won("B", on="03-04", amount="100.0000")
        bill = SubjectStory(
            "invoice", "bill", "issued", at=day("03-04"), issue_date="2026-03-04",
            net="3000.0000", deal_id=a.id,
        )  # fmt: skip
        autumn = {"labels": {"campaign": "autumn"}}
        await tell(
            a, b, bill, paid("first", a, "2000.0000"), converted("a", a, **SPRING),
            converted("again", a, **autumn), converted("nameless", a),
            converted("b", b, **autumn),
        )  # fmt: skip
        report = (await client.get(f"/v1/reports/campaign_chain?{MARCH}")).json()
        told, names = by_key(report), ("leads", "deals", "won", "won_amount", "invoiced", "paid")
        rows = {key: [row[name] for name in names] for key, row in told.items()}
        assert rows == {
            "spring": ["1", "1", "1", "3000.00", "3000.00", "2000.00"],
            "autumn": ["2", "2", "2", "3100.00", "3000.00", "2000.00"],
            None: ["1", "1", "1", "3000.00", "3000.00", "2000.00"],
            "total": ["4", "2", "2", "3100.00", "3000.00", "2000.00"],
        }
        [note] = report["tables"][0]["notes"]
        assert "once in the total" in note

    async def test_tells_no_nought_of_what_nobody_knows(
        self, client: httpx.AsyncClient, tell: Tell
    ) -> None:
        """G4: sales, bills and payments without an amount or a rate."""
        cost = {"category": "ads", "campaign": "spring", "amount": "1000", "currency": "UAH",
                "starts_on": "2026-03-01", "ends_on": "2026-03-31"}  # fmt: skip
        assert (await client.post("/v1/costs", json=cost)).status_code == 201
        chairs = [line("Chair", "3000.0000") | {"unit_cost": "1800"}]
        a = won("A", on="03-03", amount="3000.0000", currency="USD", line_items=chairs)
        b = won("B", on="03-03", amount=None)
        bill = SubjectStory(
            "invoice", "bill", "issued", at=day("03-04"), issue_date="2026-03-04", currency="USD",
            deal_id=a.id,
        )  # fmt: skip
        await tell(a, b, bill, converted("a", a, **SPRING), converted("b", b))
        told = by_key((await client.get(f"/v1/reports/campaign_chain?{MARCH}")).json())
        unknown = ("won_amount", "invoiced", "return_on_advertising", "return_on_marketing")
        assert [told["spring"][name] for name in unknown] == [None] * 4
        assert (told["spring"]["won"], told["spring"]["paid"]) == ("1", "0.00")
        assert [told[None]["won_amount"], told["total"]["won_amount"]] == [None, None]

        then = "as_of=2026-03-10T00:00:00Z"
        past = await client.get(f"/v1/reports/campaign_chain/facts?{MARCH}&{then}")
        assert (past.status_code, past.json()["errors"][0]["code"]) == (422, "only-of-now")
