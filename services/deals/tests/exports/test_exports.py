"""S1, I8, I10: lists leave as files: same filters, same scope, a right of its own, told."""

import csv
import io
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.events.exports import ExportCompleted
from crm_deals.main import create_app
from crm_deals.pipelines.models import Pipeline
from crm_deals.settings import Settings
from crm_deals.testing import make_product
from crm_shared.actor import Actor
from crm_shared.exports.labels import LABELS
from crm_shared.exports.watching import ExportLimit, ExportTooOftenError
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded
from crm_shared.testing.plugin import ClientAs

FORMULA = '=HYPERLINK("http://x","pay here")'


def rows_of(answer: httpx.Response) -> list[dict[str, str]]:
    """Read a CSV answer as a spreadsheet would."""
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def sheet_of(answer: httpx.Response) -> list[list[Any]]:
    """Read an XLSX answer."""
    assert answer.status_code == 200, answer.text
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    return [list(row) for row in sheet.iter_rows(values_only=True)]


async def deal(client: httpx.AsyncClient, title: str, **more: Any) -> dict[str, Any]:
    """Begin a deal."""
    answer = await client.post("/v1/deals", json={"title": title, **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


class TestI10ExportingAList:
    async def test_gives_what_the_list_gives_under_the_same_filters_and_order(
        self, client: httpx.AsyncClient, pipeline: Pipeline
    ) -> None:
        for amount in ("100", "300.50", "200"):
            await deal(client, f"Deal {amount}", amount=amount)
        wanted = {"amount[gte]": "200", "sort": "-amount"}

        listed = (await client.get("/v1/deals", params=wanted)).json()["items"]
        found = rows_of(await client.get("/v1/deals/export", params=wanted))

        assert [one["id"] for one in found] == [one["id"] for one in listed]
        assert [(one["amount"], one["currency"]) for one in found] == [
            ("300.50", "UAH"),
            ("200.00", "UAH"),
        ]
        assert set(found[0]) == set(listed[0]) - {"custom_fields"}

    async def test_lets_no_text_be_calculated(
        self, client: httpx.AsyncClient, pipeline: Pipeline
    ) -> None:
        for title in (FORMULA, "+380 50", "-1+1", "@SUM(A1)"):
            await deal(client, title, amount="10")
        wanted = {"columns": "title,amount", "sort": "created_at"}

        rows = rows_of(await client.get("/v1/deals/export", params=wanted))
        sheet = sheet_of(await client.get("/v1/deals/export", params={**wanted, "format": "xlsx"}))

        assert [one["title"][0] for one in rows] == ["'"] * 4
        assert {one["amount"] for one in rows} == {"10.00"}
        # in a workbook they are texts by their type, unchanged; sums are numbers
        assert sheet == [
            ["title", "amount"],
            *[[title, 10.0] for title in (FORMULA, "+380 50", "-1+1", "@SUM(A1)")],
        ]

    async def test_has_the_chosen_columns_under_headings_of_a_language(
        self, client: httpx.AsyncClient, pipeline: Pipeline
    ) -> None:
        await deal(client, "Кав'ярня", expected_close_date="2026-12-24")
        wanted = {"columns": "expected_close_date,title,amount", "headings": "uk"}

        text = (await client.get("/v1/deals/export", params=wanted)).content
        sheet = sheet_of(await client.get("/v1/deals/export", params={**wanted, "format": "xlsx"}))

        assert text.decode("utf-8-sig") == ("Очікувана дата,Назва,Сума\r\n2026-12-24,Кав'ярня,\r\n")
        assert [str(cell) for cell in sheet[1][:2]] == ["2026-12-24 00:00:00", "Кав'ярня"]

    @pytest.mark.parametrize("columns", ["colour", "title,title", "", "title,password_hash"])
    async def test_refuses_columns_that_are_none(
        self, client: httpx.AsyncClient, columns: str
    ) -> None:
        answer = await client.get("/v1/deals/export", params={"columns": columns})

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/query/columns"

    async def test_refuses_filters_that_the_list_refuses(self, client: httpx.AsyncClient) -> None:
        for wanted in ({"colour": "red"}, {"format": "pdf"}, {"headings": "de"}):
            assert (await client.get("/v1/deals/export", params=wanted)).status_code == 422

    async def test_walks_past_one_page(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        session.add_all([make_product(f"Product {number:04}") for number in range(1203)])
        await session.commit()

        found = rows_of(await client.get("/v1/products/export", params={"sort": "label"}))
        book = await client.get("/v1/products/export", params={"format": "xlsx"})

        labels = [one["label"] for one in found]
        assert labels == [f"Product {number:04}" for number in range(1203)]
        assert len(sheet_of(book)) == 1204

    def test_is_there_for_every_list_with_headings_in_three_languages(
        self, settings: Settings
    ) -> None:
        paths = set(create_app(settings).openapi()["paths"])
        lists = [
            "deals",
            "products",
            "price-lists",
            "invoices",
            "payments",
            "claims",
            "pipelines",
            "reasons",
        ]
        assert {f"/v1/{noun}/export" for noun in lists} <= paths
        assert all(len(words) == 3 and all(words) for words in LABELS.values())


class TestS1TheRightToExport:
    async def test_is_not_the_right_to_read(self, client_as: ClientAs, pipeline: Pipeline) -> None:
        seller, viewer = client_as("seller"), client_as("viewer")

        for someone in (seller, viewer):
            assert (await someone.get("/v1/deals")).status_code == 200
            assert (await someone.get("/v1/deals/export")).status_code == 403

    async def test_reaches_no_further_than_reading(
        self, client: httpx.AsyncClient, client_as: ClientAs, pipeline: Pipeline
    ) -> None:
        team = new_id()
        mine = await deal(client, "Ours", team_id=str(team), owner_id=str(new_id()))
        await deal(client, "Others'", team_id=str(new_id()), owner_id=str(new_id()))

        found = rows_of(await client_as("head", team_ids=(team,)).get("/v1/deals/export"))

        assert [one["id"] for one in found] == [mine["id"]]

    async def test_is_told_with_who_and_how_much_and_never_what(
        self, client: httpx.AsyncClient, pipeline: Pipeline, session: AsyncSession, actor: Actor
    ) -> None:
        await deal(client, "Secret title", channel="web")
        await client.get("/v1/deals/export", params={"channel": "web"})

        [told] = await recorded(session, ExportCompleted)
        export = told.data.export
        assert told.actorid == actor.id
        assert (export.noun, export.filtered_by) == ("deals", ["channel"])
        assert (export.rows, export.is_whole, export.format) == (1, True, "csv")
        assert "Secret" not in told.model_dump_json()
        assert "web" not in export.model_dump_json()

    def test_is_used_so_many_times_an_hour_and_once_at_a_time(self) -> None:
        limit, someone = ExportLimit(2), new_id()

        limit.take(someone, 0.0)
        with pytest.raises(ExportTooOftenError):
            limit.take(someone, 1.0)
        limit.give_back(someone)
        limit.take(someone, 2.0)
        limit.give_back(someone)
        with pytest.raises(ExportTooOftenError) as refused:
            limit.take(someone, 3.0)
        limit.take(new_id(), 3.0)
        limit.take(someone, 3601.0)

        assert refused.value.retry_after == 3598

    async def test_is_held_back_by_the_limit(
        self, client: httpx.AsyncClient, pipeline: Pipeline
    ) -> None:
        codes = [(await client.get("/v1/deals/export")).status_code for _ in range(31)]

        assert codes == [200] * 30 + [429]


class TestI10CustomFields:
    async def test_have_columns_of_their_own(
        self, client: httpx.AsyncClient, pipeline: Pipeline
    ) -> None:
        body = {"key": "warranty", "labels": {"en": "Warranty"}, "type": "text"}
        made = await client.post("/v1/deals/custom-fields", json=body)
        assert made.status_code == 201, made.text
        await deal(client, "Boiler", custom_fields={"warranty": "=two years"})

        [row] = rows_of(await client.get("/v1/deals/export"))

        assert row["custom.warranty"] == "'=two years"
        assert "custom_fields" not in row
