"""D6 and I10: reports in every format and language; totals are the metrics' own (R1, R6, R7)."""

import csv
import io
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from openpyxl import load_workbook
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.reports.rules.definitions import REPORTS, FigureName
from crm_reporting.reports.rules.formats import LANGUAGES
from crm_reporting.testing import (
    PIPELINE,
    STAGES,
    DealStory,
    SubjectStory,
    Tell,
    company_told,
    day,
    envelope,
    line,
    lost,
    moment,
    named,
    pipeline_created,
    stage_ref,
    won,
)
from crm_shared.clock import utc_now
from crm_shared.testing.plugin import ClientAs
from crm_shared.testing.policies import decide

SPRING = "from=2026-03-01&to=2026-06-01"
OWN_BODIES = ("funnel", "pipeline")
Body = dict[str, Any]


async def company(tell: Tell) -> None:
    """A spring of a small company: two sellers, wins to a firm, losses, a lead, a call."""
    petro: Body = {"owner_id": named("Petro"), "team_id": named("Lviv")}
    firm: Body = {"company_id": named("Silpo"), "channel": "web"}
    late: Body = {"reason_id": named("late"), "reason_label": "Late"}
    reason = {"label": "=Late", "department": "dispatch", "outcome": "lost"}
    told = {"reason": reason, "changed": [], "previous": {}}
    kind = "crm.deals.reason.created.v1"
    await tell(
        pipeline_created(),
        company_told("Silpo", sector="retail"),
        envelope(kind, told, subject=named("late"), revision=1, at=day("03-01")),
        won("a", on="03-05", amount="100000.5000", line_items=[line("tea", "100000.5000")], **firm),
        won("b", on="04-20", amount="900.0000", contact_id=named("Ivan"), **petro),
        won("c", on="05-02", amount="50.0000", **firm),
        lost("d", on="03-06", amount="800.0000", **late),
        lost("e", on="05-06", amount="70.0000", **petro),
        DealStory("f", at=day("05-20"), amount="400.0000", channel="web").move("Proposal", days=2),
        DealStory("g", at=day("05-25"), amount=None, **petro),
        DealStory("h", at=day("05-26"), amount="10.0000", currency="EUR"),
        SubjectStory("lead", "l", at=day("03-02"), source="fair", channel="web"),
        SubjectStory("call", "c", "logged", at=day("03-03"), started_at=day("03-03"),
                     answered=False, duration_s=None),
        SubjectStory("activity", "kept", at=day("03-01"), is_promise=True, due_at=day("03-10"))
        .say("completed", at=day("03-09"), status="done", completed_at=day("03-09")),
    )  # fmt: skip


async def told(client: httpx.AsyncClient, name: str, query: str = "") -> Body:
    """Return a report of the spring; those with a body of their own are not asked for."""
    answer = await client.get(f"/v1/reports/{name}?{SPRING}&{query}")
    assert answer.status_code == 200, answer.text
    body: Body = answer.json()
    return body


def table_of(body: Body, name: str) -> Body:
    return next(one for one in body["tables"] if one["id"] == name)


def wholes(body: Body) -> dict[str, str | None]:
    """Return what a report says of whole figures: totals of its tables, rows of its figures."""
    found: dict[str, str | None] = {}
    for table in body["tables"]:
        if table["id"] == "cohorts":
            continue  # shares of months, of which no metric is asked
        found |= (table["total"] or {"values": {}})["values"]
        found |= {
            row["key"]: row["values"]["value"]
            for row in table["rows"]
            if "value" in row["values"] and table["columns"][0]["id"] in ("value", "coverage")
        }
    return {name: value for name, value in found.items() if "#share" not in name}


def alike(kind: str, place: int, at: datetime, records: int, of: int) -> Any:
    told = {"kind": kind, "records": records, "pairs": records, "of": of}
    event = envelope(
        "crm.contacts.duplicate.counted.v1", {"duplicate": told}, subject=named(f"alike {place}"),
        revision=1, at=at,
    )  # fmt: skip
    return event.model_copy(update={"recordedtime": at + timedelta(seconds=place)})


class TestReports:
    async def test_tell_what_the_metrics_tell(
        self, client: httpx.AsyncClient, client_as: ClientAs, tell: Tell
    ) -> None:
        """K20, R6, R7, R9, R10: the metrics' figures; families of the same facts; packs."""
        await company(tell)
        index = (await client.get("/v1/reports")).json()["items"]
        assert {one["id"] for one in index} == set(REPORTS)
        assert {role for one in index for role in one["packs"]} == {
            "owner", "head", "seller", "marketing", "service", "production", "accountant",
        }  # fmt: skip
        normal = {
            "pipeline",
            "funnel",
            "win_loss",
            "forecast",
            "activity",
            "plan_fact",
            "abc",
            "debts",
        }
        assert normal <= {one["id"] for one in index if {"owner", "head"} & set(one["packs"])}
        said: dict[str, str | None] = {}
        for name in REPORTS:
            if name not in (*OWN_BODIES, "effect", "plan_fact", "campaign_chain"):
                said |= wholes(await told(client, name))
        assert len(said) > 80

        for written, value in said.items():
            figure = FigureName.read(written)
            variant = f"&variant={figure.variant}" if figure.variant else ""
            answer = await client.get(f"/v1/metrics/{figure.metric.id}?{SPRING}{variant}")
            metric = answer.json()
            expected = metric["details"].get(figure.detail) if figure.detail else metric["value"]
            assert value == (None if expected is None else str(expected)), written

        losses = await told(client, "win_loss")
        departments = {
            row["label"]: row["values"]["loss_reasons"]
            for row in table_of(losses, "departments")["rows"]
        }
        assert departments == {"dispatch": "1", "not stated": "1"}
        # by buyer, by product, by manager: other rows, the same money
        for family, table in (("abc", "pareto"), ("products", "products"), ("sellers", "sellers")):
            found = table_of(await told(client, family), table)
            parts = [Decimal(row["values"]["sales_volume"] or 0) for row in found["rows"]]
            assert sum(parts) == Decimal("100950.50"), family
            assert len(parts) > 1, family
            assert found["total"]["values"]["sales_volume"] == "100950.50"
        owed = table_of(await told(client, "debts"), "figures")
        assert "receivables" in {row["key"].partition(":")[0] for row in owed["rows"]}
        indicators = table_of(await told(client, "abc"), "indicators")["rows"]
        decision = next(row["values"] for row in indicators if row["key"] == "average_deal_sum")
        # nothing was sold in the three months before: no growth from nothing
        assert (decision["before"], decision["change"]) == (None, None)
        assert {"cost_per_client", "decision_time"} <= {row["key"] for row in indicators}
        quality = table_of(await told(client, "adoption"), "quality")["rows"]
        assert any(row["values"]["coverage"] for row in quality)
        await self._is_within_scope(client_as)
        await self._is_told_as_it_was_known(client, tell)

    async def _is_told_as_it_was_known(self, client: httpx.AsyncClient, tell: Tell) -> None:
        """G7: `as_of` in every format; what only knows the present is refused by name."""
        names = (*OWN_BODIES, "win_loss", "retention", "debts", "abc")
        before = {name: await told(client, name) for name in names}
        then = f"as_of={quote(utc_now().isoformat())}"
        await tell(
            won("late", on="03-05", amount="5000.0000", channel="web", company_id=named("Fora")),
            SubjectStory("invoice", "late", at=day("03-03"), issue_date="2026-03-03",
                         due_date="2026-03-10"),
        )  # fmt: skip
        moving = {"as_of": "", "lag_seconds": 0, "filters": []}
        for name, report in before.items():
            assert await told(client, name) | moving != report | moving, name
            known = await told(client, name, then)
            assert known | moving == report | moving, name
            assert known["as_of"].startswith(then[6:16])
        said = [
            await client.get(f"/v1/reports/win_loss?{SPRING}&{then}&format={one}&table=losses")
            for one in ("csv", "html", "xlsx")
        ]
        assert all("As it was known at" in one.text for one in said[:2])
        assert "-as-of-" in said[0].headers["content-disposition"]
        assert "known at" in str([*load_workbook(io.BytesIO(said[2].content)).worksheets[0].values])
        for name in ("audit", "plan_fact", "effect", "promises"):
            refused = await client.get(f"/v1/reports/{name}?{then}")
            assert [one["code"] for one in refused.json()["errors"]] == ["only-of-now"], name

    async def _is_within_scope(self, client_as: ClientAs) -> None:
        petro = client_as("seller", user_id=named("Petro"))
        own = table_of(await told(petro, "sellers"), "sellers")
        assert [row["key"] for row in own["rows"]] == [str(named("Petro"))]
        assert own["total"]["values"]["sales_volume"] == "900.00"
        pareto = table_of(await told(client_as("head", team_ids=(named("Kyiv"),)), "abc"), "pareto")
        firm, *_others = pareto["rows"]
        assert (firm["values"]["sales_volume"], firm["values"]["group"]) == ("100050.50", "A")
        viewer = client_as("viewer")
        for closed in ("plan_fact", "effect"):
            assert (await viewer.get(f"/v1/reports/{closed}")).status_code == 403
        listed = {one["id"] for one in (await viewer.get("/v1/reports")).json()["items"]}
        assert listed == set(REPORTS) - {"plan_fact", "effect"}
        money = table_of(await told(viewer, "promises"), "money")
        assert (money["rows"], money["reason"]) == ([], "not_allowed")

    async def test_show_who_of_a_month_bought_again(
        self, client: httpx.AsyncClient, client_as: ClientAs, tell: Tell, merged: Any
    ) -> None:
        """K50: the cohorts of first purchase, worked out by hand."""
        silpo, novus, petro = named("Silpo"), named("Novus"), named("Petro")
        first_of_april = moment("2026-03-31 22:30")  # in Kyiv
        await tell(
            pipeline_created(),
            won("a", on="03-05", company_id=named("Fora")),
            won("b", on="04-20", company_id=named("Fora"), owner_id=petro),
            won("c", on="04-21", company_id=named("Fora")),
            won("d", on="03-10", contact_id=named("Ivan")),
            won("e", on="03-07", company_id=named("Silpo Ltd")),
            won("f", on="05-02", company_id=silpo),
            DealStory("g", at=day("03-01"), company_id=novus).move("Won", at=first_of_april),
            won("h", on="05-31", company_id=novus),
            won("nobody's", on="04-02"),
            lost("i", on="04-03", contact_id=named("Ivan")),
        )
        await merged("company", named("Silpo Ltd"), silpo)

        table = table_of(await told(client, "retention"), "cohorts")

        shown = {
            row["label"]: [row["values"][name] for name in ("customers", "month_1", "month_2")]
            for row in (*table["rows"], table["total"])
        }
        assert shown == {
            "March 2026": ["3", "33.33", "33.33"],
            "April 2026": ["1", "100.00", "0.00"],
            "May 2026": ["0", None, None],
            "Total": ["4", "50.00", "25.00"],
        }
        assert table["rows"][2]["reasons"]["month_1"] == "no_denominator"
        daily = table_of(await told(client, "retention", "interval=day"), "months")["rows"]
        assert {row["reasons"]["retention"] for row in daily} == {"too_long"}
        own = client_as("seller", user_id=petro)
        alone = table_of(await told(own, "retention"), "cohorts")
        assert [row["label"] for row in alone["rows"]] == ["April 2026", "May 2026"]
        cohorts = f"/v1/reports/retention?{SPRING}&table=cohorts&format="
        text = (await client.get(f"{cohorts}csv&lang=uk")).content.decode("utf-8-sig")
        assert "Перша покупка,Клієнтів" in text
        assert "2026-03,3,33.33,33.33" in text
        book = load_workbook(io.BytesIO((await client.get(f"{cohorts}xlsx")).content))
        assert book.worksheets[1]["C2"].value == 33.33
        month = book.worksheets[1]["A2"]
        assert (month.value.date(), month.number_format) == (
            date(2026, 3, 1), "[$-409]mmmm yyyy",
        )  # fmt: skip
        assert b"<svg" in (await client.get(f"{cohorts}svg")).content

    async def test_audit_data_and_process(
        self, client: httpx.AsyncClient, client_as: ClientAs, session: AsyncSession, tell: Tell
    ) -> None:
        """R9: empty fields, what stages demand, deals that nobody goes on with, unused features."""
        today, petro = utc_now(), named("Petro")
        await company(tell)  # f, g and h are open: f in Proposal, h in another currency
        stages = [
            stage_ref(name) | {"rotting_days": None, "required_fields": []} for name in STAGES
        ]
        stages[0] |= {"rotting_days": 14, "required_fields": ["amount", "source"]}
        changed: Body = {"pipeline": {"label": "Sales", "stages": stages}, "changed": []}
        next_week, late = today + timedelta(days=7), day("06-01")
        await tell(
            envelope("crm.deals.pipeline.updated.v1", {**changed, "previous": {}},
                     subject=PIPELINE, revision=2, at=today),
            DealStory("young", at=today, company_id=named("Silpo"), channel="web",
                      expected_close_date=next_week.date()),
            DealStory("late", at=today, expected_close_date=late.date(), owner_id=petro),
            SubjectStory("activity", "next", at=today, due_at=next_week, deal_id=named("young")),
            SubjectStory("activity", "done", at=today, deal_id=named("late"))
            .say("completed", status="done", completed_at=today),
            SubjectStory("task", "of f", at=today, due_at=late, deal_id=named("f")),
            SubjectStory("task", "withdrawn", at=today, deal_id=named("g"))
            .say("cancelled", status="cancelled"),
            SubjectStory("lead", "bare", at=today, owner_id=None),
            SubjectStory("contact", "gone", at=today).say("deleted"),
            *(alike(kind, place, today, records, of) for place, (kind, records, of) in enumerate(
                (("contact", 9, 9), ("contact", 4, 11), ("company", 2, 5))
            )),
        )  # fmt: skip

        def counts(body: Body, name: str) -> dict[str, tuple[str | None, str | None]]:
            rows = table_of(body, name)["rows"]
            return {row["key"]: (row["values"]["n"], row["values"]["without"]) for row in rows}

        body = await told(client, "audit")
        assert counts(body, "needed") == {
            "deal.amount": ("5", "1"), "deal.expected_close_date": ("5", "3"),
            "deal.customer": ("5", "4"), "deal.owner_id": ("5", "0"), "deal.channel": ("5", "3"),
            "lead.source": ("2", "1"), "lead.channel": ("2", "1"), "lead.owner_id": ("2", "1"),
            "company.owner_id": ("1", "1"), "company.sector": ("1", "0"),
            "company.country": ("1", "1"), "company.employees": ("1", "1"),
            "contact.owner_id": ("0", "0"), "contact.source": ("0", "0"),
            "contact.channel": ("0", "0"),
        }  # fmt: skip
        new = named("New")
        assert counts(body, "demanded") == {
            f"{new}:amount": ("4", "1"),
            f"{new}:source": (None,) * 2,
        }
        assert table_of(body, "demanded")["rows"][1]["reasons"]["share"] == "not_kept"
        assert counts(body, "process") == {
            "deals_without_next_step": ("5", "3"), "deals_overdue": ("2", "1"),
            "deals_stale": ("4", "2"), "leads_without_next_step": ("2", "2"),
            "tasks_overdue": ("1", "1"), "activities_overdue": ("1", "0"),
            "duplicates": ("16", "6"),  # as told last of each kind
        }  # fmt: skip
        used = {row["key"]: row["values"] for row in table_of(body, "features")["rows"]}
        assert (used["task"], used["quote"]["is_used"]) == ({"events": "3", "is_used": "yes"}, "no")

        own = await told(client_as("seller", user_id=petro), "audit")
        assert counts(own, "needed")["deal.amount"] == ("2", "1")
        assert counts(own, "process")["deals_overdue"] == ("1", "1")
        assert counts(own, "process")["duplicates"] == (None, None)
        assert (counts(own, "needed")["company.sector"], counts(own, "needed")["lead.source"]) == (
            ("0", "0"), ("0", "0"),
        )  # fmt: skip
        assert table_of(own, "features")["reason"] == "not_allowed"
        await decide(client, session, hidden_fields={"viewer": {"deal": ["amount"]}})
        veiled = table_of(await told(client_as("viewer"), "audit"), "needed")["rows"]
        assert veiled[0]["reasons"]["without"] == "hidden"
        assert (veiled[2]["key"], veiled[2]["values"]["without"]) == ("deal.customer", "4")

    async def test_come_as_files_in_three_languages(
        self, client: httpx.AsyncClient, tell: Tell
    ) -> None:
        """I10, R1: a number is a number in a workbook, and no label is a formula."""
        await company(tell)
        for place, (name, definition) in enumerate(REPORTS.items()):
            language = LANGUAGES[place % len(LANGUAGES)]
            file = await client.get(f"/v1/reports/{name}?{SPRING}&lang={language}&format=csv")
            text = file.content.decode("utf-8-sig")
            for table in definition.tables[: len(definition.tables) - 1]:
                assert table.title[language] in text
            rows = [row for row in csv.reader(io.StringIO(text)) if row]
            assert not [row for row in rows if row[0].startswith("=")]

        sellers = await client.get(
            f"/v1/reports/sellers?{SPRING}", headers={"Accept": "text/csv", "Accept-Language": "uk"}
        )
        assert sellers.headers["content-language"] == "uk"
        losses = await client.get(f"/v1/reports/win_loss?{SPRING}&table=losses&format=csv")
        rows = list(csv.reader(io.StringIO(losses.content.decode("utf-8-sig"))))
        assert ["'=Late", "1", "50.00"] in rows
        assert rows[-1] == ["Total", "2", "100.00"]
        book = load_workbook(
            io.BytesIO((await client.get(f"/v1/reports/abc?{SPRING}&format=xlsx")).content)
        )
        _front, pareto, *_more = book.worksheets
        assert len(book.sheetnames) == len(REPORTS["abc"].tables) + 1
        cell = pareto["B2"]
        assert (cell.value, cell.data_type, cell.number_format) == (100050.5, "n", "#,##0.00")
        assert pareto["D2"].value == "A"

    async def test_are_drawn_and_printed(self, client: httpx.AsyncClient, tell: Tell) -> None:
        """R1: one picture, and the page with its pictures inside."""
        await company(tell)

        png = await client.get(f"/v1/reports/abc?{SPRING}&format=png&lang=uk")
        page = await client.get(
            f"/v1/reports/win_loss?{SPRING}",
            headers={"Accept": "text/html,*/*;q=0.8", "Accept-Language": "ru-RU,ru;q=0.9,en;q=0.8"},
        )

        assert png.content[:8] == b"\x89PNG\r\n\x1a\n"
        assert "<script" not in page.text
        assert page.headers["content-security-policy"].startswith("default-src 'none'")
        for wanted in ("Причины потерь", "<svg", "экспедиция", "=Late", "@page", "Составлено"):
            assert wanted in page.text
        assert page.text.count("<svg") == 3

    async def test_hide_what_metrics_hide(
        self, client: httpx.AsyncClient, client_as: ClientAs, session: AsyncSession, tell: Tell
    ) -> None:
        """S3: a figure of a hidden field is null and says so, a filter by one is refused."""
        await company(tell)
        viewer = client_as("viewer")
        await decide(client, session, hidden_fields={"viewer": {"deal": ["amount", "company_id"]}})

        texts = [
            (await viewer.get(f"/v1/reports/{name}?{SPRING}&format=csv")).text
            for name in REPORTS
            if name not in ("plan_fact", "effect")
        ]
        assert not [one for one in texts if "100000" in one or "100050" in one or "900.00" in one]
        volumes = table_of(await told(viewer, "sellers"), "sellers")
        assert volumes["total"]["reasons"]["sales_volume"] == "hidden"
        assert volumes["total"]["values"]["won_deals"] == "3"
        refused = await viewer.get(f"/v1/reports/sellers?company_id={named('Silpo')}")
        assert (refused.status_code, refused.json()["code"]) == (403, "field-hidden")

    @pytest.mark.parametrize(
        ("query", "pointer", "status"),
        [
            ("sellers?format=pdf", "/query/format", 422),
            ("sellers?lang=de", "/query/lang", 422),
            ("sellers?table=nothing", "/query/table", 422),
            ("funnel?table=nothing", "/query/table", 422),
            ("pipeline?table=nothing", "/query/table", 422),
            ("sellers?from=1901-01-01", "/query/from", 422),
            ("funnel?from=1901-01-01&to=2026-01-01", "/query/from", 422),
            ("retention?table=figures&format=png", "/query/table", 422),
            ("sellers?from=2026-03-02&to=2026-03-01", "/query/to", 422),
            ("sellers?currency=XXX", "/query/currency", 422),
            ("sellers?weather=fine", "/query/weather", 422),
            ("plan_fact?channel=web", "/query/channel", 422),
            ("nonsense", None, 404),
        ],
    )
    async def test_refuse_what_they_do_not_know(
        self, client: httpx.AsyncClient, query: str, pointer: str | None, status: int
    ) -> None:
        answer = await client.get(f"/v1/reports/{query}")

        assert answer.status_code == status
        assert [one["pointer"] for one in answer.json().get("errors", [])] == [pointer] * (
            pointer is not None
        )
