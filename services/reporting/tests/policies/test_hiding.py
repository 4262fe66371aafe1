"""S3 in reporting: what is hidden of deals is no figure, no detail, no row and no cut of one."""

from datetime import date

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.events import WatchedFieldsRead
from crm_reporting.metrics.rules.asks import Ask
from crm_reporting.metrics.rules.catalogue import CATALOGUE, Dimension
from crm_reporting.metrics.rules.classes import class_figure
from crm_reporting.metrics.rules.customers import FIGURES
from crm_reporting.metrics.rules.figures import figure_of, measure_of
from crm_reporting.metrics.rules.hiding import DETAILS, TOLD_BY
from crm_reporting.metrics.rules.numbers import Figure
from crm_reporting.metrics.rules.periods import Period
from crm_reporting.metrics.rules.tallies import Bag
from crm_reporting.metrics.use_cases.customers import OWN
from crm_reporting.metrics.use_cases.formulas import FORMULAS
from crm_reporting.testing import (
    DealStory,
    SubjectStory,
    Tell,
    day,
    line,
    named,
    pipeline_created,
    won,
)
from crm_shared.actor import Access, Actor, Role, Scope
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded
from crm_shared.testing.plugin import ClientAs
from crm_shared.testing.policies import decide

SPRING = "from=2026-03-01&to=2026-06-01"
CSV = {"Accept": "text/csv"}


@pytest.fixture
def viewer(client_as: ClientAs) -> httpx.AsyncClient:
    return client_as("viewer")


async def told(tell: Tell) -> None:
    """A deal that was won for 777, and one of 777 that is open."""
    await tell(
        pipeline_created(),
        won("a", on="03-05", amount="777.0000", line_items=[line("tea", "777.0000")]),
        DealStory("b", at=day("03-01"), amount="777.0000", currency="EUR"),
    )


async def hide(client: httpx.AsyncClient, session: AsyncSession, **nouns: list[str]) -> None:
    await decide(client, session, hidden_fields={"viewer": nouns})


class TestS3HiddenFields:
    async def test_are_no_figures(
        self,
        client: httpx.AsyncClient,
        viewer: httpx.AsyncClient,
        session: AsyncSession,
        tell: Tell,
    ) -> None:
        await told(tell)
        await hide(client, session, deal=["amount"])
        # who may not read costs or plans is refused those before anything else
        sums = [
            f"{one.id}?{SPRING}"
            for one in CATALOGUE.values()
            if "deal.amount" in one.tells and not one.reads
        ]

        for asked in [*sums, f"sales_volume/facts?{SPRING}"]:
            for headers in ({}, CSV):
                answer = await viewer.get(f"/v1/metrics/{asked}", headers=headers)
                assert (answer.status_code, answer.json()["code"]) == (403, "field-hidden"), asked
                assert answer.json()["errors"][0]["pointer"] == "/metric_id"
        assert len(sums) == 25
        whole = await client.get(f"/v1/metrics/sales_volume?{SPRING}")
        assert whole.json()["value"] == "777.00"

    async def test_of_costs_hide_what_is_told_of_profit(
        self, client: httpx.AsyncClient, viewer: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        await hide(client, session, deal=["line_items"])

        for metric in ("pareto", "customer_classes"):
            usual = await viewer.get(f"/v1/metrics/{metric}?{SPRING}")
            by_profit = await viewer.get(f"/v1/metrics/{metric}?{SPRING}&variant=gross_profit")
            assert (usual.status_code, by_profit.status_code) == (200, 403), metric
            assert by_profit.json()["errors"][0]["pointer"] == "/metric_id"

    async def test_are_no_details_rows_or_reports(
        self,
        client: httpx.AsyncClient,
        viewer: httpx.AsyncClient,
        session: AsyncSession,
        tell: Tell,
    ) -> None:
        await told(tell)
        asked = [
            f"/v1/metrics/open_deals?{SPRING}&by=stage&interval=month",
            f"/v1/metrics/potential_deals?{SPRING}&variant=stock&by=pipeline",
            f"/v1/metrics/open_deals/facts?{SPRING}",
            f"/v1/metrics/won_deals/facts?{SPRING}",
            f"/v1/reports/pipeline?{SPRING}",
            f"/v1/reports/funnel?{SPRING}",
        ]
        before = [(await viewer.get(one)).text for one in asked]
        await hide(client, session, deal=["amount"])

        answers = [await viewer.get(one) for one in asked]
        answers += [await viewer.get(one, headers=CSV) for one in asked[:2]]

        assert [one.status_code for one in answers] == [200] * len(answers)
        assert sum("777.0" in one for one in before) == len(asked) - 1
        for one in answers:
            assert not [sign for sign in ("777.0", "amount") if sign in one.text], one.text
        assert answers[0].json()["value"] == "1"
        assert (answers[0].json()["coverage"], answers[0].json()["unconverted"]) == (None, [])
        assert [row["n"] for row in answers[2].json()["items"]] == [1]
        assert answers[4].json()["won"] == {"n": 1}

    async def test_are_no_cut_and_no_filter(
        self,
        client: httpx.AsyncClient,
        viewer: httpx.AsyncClient,
        session: AsyncSession,
        tell: Tell,
    ) -> None:
        await told(tell)
        await hide(client, session, deal=["owner_id", "line_items"], line_item=["total"])
        nobody = "0190f3c2-0000-7000-8000-000000000001"

        answers = {
            "/query/by": await viewer.get(f"/v1/metrics/won_deals?{SPRING}&by=owner"),
            "/query/owner_id": await viewer.get(
                f"/v1/metrics/won_deals?{SPRING}&owner_id={nobody}"
            ),
            "/query/product_id": await viewer.get(
                f"/v1/metrics/won_deals/facts?{SPRING}&product_id={nobody}"
            ),
            "/metric_id": await viewer.get(f"/v1/metrics/seller_contribution?{SPRING}"),
        }

        for pointer, answer in answers.items():
            assert (answer.status_code, answer.json()["code"]) == (403, "field-hidden"), pointer
            assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]
        [row] = (await viewer.get(f"/v1/metrics/won_deals/facts?{SPRING}")).json()["items"]
        assert not {"owner_id", "product_id"} & row.keys()

    async def test_of_a_stage_leave_no_funnel(
        self, client: httpx.AsyncClient, viewer: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        await hide(client, session, deal=["stage_id"])

        for path in ("/v1/reports/funnel", "/v1/reports/pipeline", "/v1/metrics/funnel"):
            answer = await viewer.get(f"{path}?{SPRING}")
            assert (answer.status_code, answer.json()["code"]) == (403, "field-hidden"), path

    async def test_of_leads_cases_and_invoices_are_in_no_row_either(
        self,
        client: httpx.AsyncClient,
        viewer: httpx.AsyncClient,
        session: AsyncSession,
        tell: Tell,
    ) -> None:
        buyer, firm = str(named("Ivan")), str(named("firm"))
        await tell(
            pipeline_created(),
            SubjectStory("lead", "a", at=day("03-02"), source="fair", channel="email")
            .say("disqualified", days=1, status="disqualified", disqualify_reason="spam"),
            SubjectStory("case", "b", at=day("03-03"), topic="delivery", contact_id=buyer),
            SubjectStory("invoice", "c", "issued", at=day("03-01"), issue_date="2026-03-01",
                         due_date="2026-03-15", company_id=firm),
            won("d", on="03-05", company_id=firm, reason_id=named("price")),
        )  # fmt: skip
        rows = {
            "leads": {"channel": "email", "kind": "fair"},
            "refused_leads": {"kind": "spam", "channel": "email"},
            "cases": {"kind": "delivery", "customer_id": buyer},
            "paid_on_time": {"amount": "120.00", "company_id": firm, "customer_id": firm},
            "won_deals": {"customer_id": firm, "kind": str(named("price")), "amount": "100.00"},
        }
        for metric, shown in rows.items():
            [row] = (await viewer.get(f"/v1/metrics/{metric}/facts?{SPRING}")).json()["items"]
            assert shown.items() <= row.items(), metric
        await hide(
            client, session, lead=["channel", "source"], case=["topic", "contact_id"],
            invoice=["total", "company_id"], deal=["company_id"],
        )  # fmt: skip

        seen = {
            metric: (await viewer.get(f"/v1/metrics/{metric}/facts?{SPRING}")).json()["items"][0]
            for metric in rows
        }

        assert [seen[metric]["n"] for metric in rows] == [1] * len(rows)
        for metric, told in {
            "leads": ("fair", "email"),
            "refused_leads": ("email",),
            "cases": ("delivery", buyer),
            "paid_on_time": ("120.00", firm),
            "won_deals": (firm,),
        }.items():
            assert not set(told) & set(seen[metric].values()), metric
        assert seen["refused_leads"]["kind"] == "spam"
        assert seen["won_deals"]["amount"] == "100.00"


class TestS3WatchedFields:
    async def test_are_told_of_rows_but_not_of_figures(
        self,
        client: httpx.AsyncClient,
        viewer: httpx.AsyncClient,
        session: AsyncSession,
        tell: Tell,
    ) -> None:
        await told(tell)
        await decide(client, session, sensitive_fields={"deal": ["amount"]})

        [row] = (await viewer.get(f"/v1/metrics/won_deals/facts?{SPRING}")).json()["items"]
        for figures in ("metrics/won_deals", "reports/pipeline", "reports/funnel"):
            assert (await viewer.get(f"/v1/{figures}?{SPRING}")).status_code == 200

        [reading] = [one.data.reading for one in await recorded(session, WatchedFieldsRead)]
        assert (reading.noun, reading.fields, reading.count) == ("deal", ["amount"], 1)
        assert reading.ids == [row["deal_id"]]


def empty(ask: Ask) -> Figure:
    own = measure_of(ask).own or ""
    if own in FIGURES:
        return FIGURES[own]([], ask.period)
    return class_figure([], [], ask.period)


class TestS3EverythingIsSaid:
    @pytest.mark.parametrize("metric", CATALOGUE)
    def test_beside_every_value(self, metric: str) -> None:
        spring = Period(date(2026, 3, 1), date(2026, 6, 1))
        access = Access(Actor(new_id(), Role.ADMIN), Scope.ALL)
        for variant in CATALOGUE[metric].measures:
            ask = Ask(CATALOGUE[metric], spring, access, spring.end, "UAH", variant=variant)

            own = measure_of(ask).own
            if own in FORMULAS and own not in OWN:
                continue  # what it tells stands in its own test
            told = empty(ask) if own in OWN else figure_of(ask, Bag())

            assert set(told.details) <= set(DETAILS)
        assert CATALOGUE[metric].tells

    def test_of_every_cut(self) -> None:
        assert set(TOLD_BY) == set(Dimension)
