"""E5 and F15: the workbook, downloaded, filled in, uploaded; all of it or nothing."""

import io
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
from openpyxl import Workbook, load_workbook
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.inputs.rules.sheets import NAMES, SHEETS
from crm_reporting.inputs.rules.workbooks import FIRST, SheetRow
from crm_reporting.inputs.schemas.rows import entries_of
from crm_reporting.rebuilds import use_cases
from crm_reporting.rebuilds.jobs import carry_out
from crm_reporting.settings import Settings
from crm_reporting.testing import Tell
from crm_shared.actor import SYSTEM
from crm_shared.db.engine import Sessions
from crm_shared.testing.events import announced

URL = "/v1/effect/workbook"
ROWS: dict[str, dict[str, Any]] = {
    "baseline": {
        "metric": "sales_volume", "starts_on": date(2025, 1, 1), "ends_on": "2025-12-31",
        "value": "1 200 000,50", "currency": "UAH", "working_days": 250, "month_3": 100000.25,
    },
    "plans": {
        "metric": "won_deals", "starts_on": date(2026, 3, 1), "ends_on": date(2026, 3, 31),
        "value": 40, "is_goal": "так",
    },
    "costs": {
        "category": "paper", "amount": 0.1, "currency": "UAH", "note": "=HYPERLINK(1)",
        "starts_on": date(2026, 3, 1), "ends_on": date(2026, 3, 31), "channel": "+letters",
    },
    "staff": {
        "role": "seller", "fte": 0.5, "pay": 11000, "currency": "UAH",
        "starts_on": date(2026, 3, 1),
    },
    "investments": {
        "kind": "own_hours", "hours": 20, "rate": "250", "currency": "UAH",
        "starts_on": date(2026, 3, 1), "is_monthly": False,
    },
    "rates": {"currency": "EUR", "day": date(2026, 3, 1), "rate": 41.25},
}  # fmt: skip


async def download(client: httpx.AsyncClient) -> Workbook:
    answer = await client.get(URL)
    assert answer.status_code == 200
    return load_workbook(io.BytesIO(answer.content))


async def upload(client: httpx.AsyncClient, book: Workbook) -> httpx.Response:
    out = io.BytesIO()
    book.save(out)
    return await client.put(URL, content=out.getvalue())


def fill(book: Workbook, rows: dict[str, dict[str, Any]], number: int = FIRST) -> None:
    for sheet in SHEETS:
        for column, value in rows.get(sheet.noun, {}).items():
            cell = book[sheet.noun].cell(number, sheet.columns.index(column) + 1)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"


def cells(book: Workbook) -> dict[str, list[tuple[Any, ...]]]:
    return {
        sheet.noun: [tuple(row) for row in book[sheet.noun].iter_rows(FIRST, values_only=True)]
        for sheet in SHEETS
    }


async def test_the_workbook_comes_back_as_it_was_filled_in(
    client: httpx.AsyncClient,
    session: AsyncSession,
    tell: Tell,
    worker_sessions: Sessions,
    crm_settings: Settings,
) -> None:
    """E5 and F15: six sheets in three languages; a second upload changes nothing."""
    book = await download(client)
    assert book.sheetnames == [*(sheet.noun for sheet in SHEETS), "notes"]
    for sheet in SHEETS:
        heads = [row[: len(sheet.columns)] for row in book[sheet.noun].values]
        assert heads[0] == sheet.columns
        assert [heads[line][0] for line in (1, 2, 3)] == list(NAMES["id"])
    assert "Заповніть" in str(book["notes"]["C2"].value)

    fill(book, ROWS)
    taken = (await upload(client, book)).json()
    assert taken["created"] == dict.fromkeys(ROWS, 1)
    assert [one.revision for one in await announced(session)] == [1] * 6
    assert all(one.bulk for one in await announced(session))
    assert (await client.get("/v1/costs")).json()["items"][0]["amount"] == "0.10"
    assert (await client.get("/v1/baselines")).json()["items"][0]["value"] == "1200000.5"
    assert (await client.get("/v1/plans")).json()["items"][0]["is_goal"] is True

    written = await download(client)
    # text that a spreadsheet would run stays text
    note = written["costs"].cell(FIRST, SHEETS[2].columns.index("note") + 1)
    assert (note.value, note.data_type) == ("=HYPERLINK(1)", "s")
    before = cells(written)
    again = (await upload(client, written)).json()
    assert again["unchanged"] == dict.fromkeys(ROWS, 1), again
    assert cells(await download(client)) == before
    assert len(await announced(session)) == 6

    await _survives_a_rebuild(client, session, tell, worker_sessions, crm_settings)

    written["costs"].cell(FIRST, SHEETS[2].columns.index("amount") + 1).value = 0.2
    third = (await upload(client, written)).json()
    assert (third["updated"]["costs"], third["unchanged"]["costs"]) == (1, 0)
    # a rate may be corrected, and stays of its day
    rates, euro = written["rates"], SHEETS[5].columns.index
    rates.cell(FIRST, euro("rate") + 1).value = 0
    rates.cell(FIRST + 1, euro("currency") + 1).value = "USD"
    rates.cell(FIRST + 1, euro("day") + 1).value = date(2026, 3, 1)
    rates.cell(FIRST + 1, euro("rate") + 1).value = 38
    # the same file again: what somebody changed since its download is not overwritten
    stale = await upload(client, written)
    told = [(error["pointer"], error["code"]) for error in stale.json()["errors"]]
    assert (stale.status_code, told) == (422, [
        ("/costs/K5", "changed-meanwhile"), ("/rates/E5", "not-positive"),
    ])  # fmt: skip
    for row in (rates.cell(FIRST, euro("day") + 1),):
        row.value = date(2026, 4, 1)
    rates.cell(FIRST, euro("rate") + 1).value = 42
    moved = (await upload(client, written)).json()["errors"]
    assert [one["pointer"] for one in moved] == ["/costs/K5", "/rates/D5"]
    assert [one["rate"] for one in (await client.get("/v1/rates")).json()["items"]] == ["41.25"]


async def _survives_a_rebuild(
    client: httpx.AsyncClient,
    session: AsyncSession,
    tell: Tell,
    sessions: Sessions,
    settings: Settings,
) -> None:
    """G8: inputs follow from no other event; each can be told again from its own in the ledger."""
    own = await announced(session)
    await tell(*own)
    before = cells(await download(client))
    async with sessions.begin() as asking:
        await use_cases.ask_for_rebuild(asking, SYSTEM)
    await carry_out(sessions, settings)
    assert cells(await download(client)) == before
    kept = await session.execute(text("SELECT envelope FROM ledger WHERE publisher = 'reporting'"))
    told = {row.envelope["subject"]: row.envelope["data"]["cost"] for row in kept
            if "cost" in row.envelope["data"]}  # fmt: skip
    entered = (await client.get("/v1/costs")).json()["items"]
    for cost in entered:
        facts = told[cost["id"]]
        assert Decimal(facts["amount"]) == Decimal(cost["amount"])
        assert {name: facts[name] for name in ("category", "channel", "starts_on", "ends_on")} == {
            name: cost[name] for name in ("category", "channel", "starts_on", "ends_on")
        }


async def test_one_wrong_cell_and_nothing_is_taken(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    """E5 and F15: every wrong cell by sheet, name and rule."""
    book = await download(client)
    fill(book, ROWS)
    fill(book, ROWS, number=FIRST + 1)  # the same baseline a second time
    costs, plans = book["costs"], book["plans"]
    costs["F5"] = "=1+1"
    costs["G6"] = "XYZ"
    plans["F6"] = "2026-02-30"
    plans["G5"] = "forty"
    plans["I6"] = "perhaps"
    book["staff"]["A5"] = "01920000-0000-7000-8000-000000000001"
    book["investments"]["A5"] = "no id"
    refused = await upload(client, book)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid-workbook")
    told = {error["pointer"]: error["code"] for error in refused.json()["errors"]}
    assert told["/costs/F5"] == "formula"
    assert told["/costs/G6"] == "unknown-currency"
    assert told["/plans/G5"] == "number"
    assert told["/plans/I6"] == "flag"
    assert "/investments/A5" in told
    assert "forty" not in refused.text
    assert await announced(session) == []

    for cell, value in (("F5", 3), ("G6", "UAH")):
        costs[cell] = value
    for cell, value in (("F6", "2026-03-31"), ("G5", 40), ("I6", "true")):
        plans[cell] = value
    book["investments"]["A5"] = None
    late = await upload(client, book)
    told = {error["pointer"]: error["code"] for error in late.json()["errors"]}
    assert told == {
        "/rates/D6": "twice",
        "/baseline/B6": "baseline-exists",
        "/staff/A5": "input-not-found",
    }
    assert await announced(session) == []
    assert (await client.get("/v1/costs")).json()["items"] == []

    no_book = await client.put(URL, content=b"PK\x03\x04 nothing of the kind")
    assert (no_book.status_code, no_book.json()["errors"][0]["code"]) == (422, "unreadable")
    book["costs"]["A1"] = "renamed"
    book.create_sheet("Витрати")
    moved = {one["pointer"]: one["code"] for one in (await upload(client, book)).json()["errors"]}
    assert moved.items() >= {"/costs/A1": "changed-header", "/Витрати/A1": "unknown-sheet"}.items()


async def test_all_wrong_cells_are_told_at_once_also_those_that_only_the_database_knows(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    """E5 and F15: a person nobody knows, the same row or day twice, money of two kinds."""
    fill(first := await download(client), {"costs": ROWS["costs"], "rates": ROWS["rates"]})
    assert (await upload(client, first)).status_code == 200
    book = await download(client)
    nobody = "01920000-0000-7000-8000-000000000001"
    fill(book, {"staff": ROWS["staff"] | {"user_id": nobody}})
    fill(book, {"plans": ROWS["plans"] | {"team_id": nobody}})
    fill(book, {"investments": ROWS["investments"] | {"amount": 5, "users": "two"}})
    fill(book, {"investments": ROWS["investments"] | {"amount": 5}}, number=FIRST + 1)
    fill(book, {"baseline": ROWS["baseline"] | {"currency": None}})
    again = {"id": book["costs"]["A5"].value, "amount": 7}
    fill(book, {"costs": ROWS["costs"] | again}, number=FIRST + 1)
    for number, rate in ((FIRST + 1, 43), (FIRST + 2, 0)):
        fill(book, {"rates": ROWS["rates"] | {"rate": rate}}, number=number)
    fill(book, {"rates": {"currency": "USD", "day": "2026-03-01", "rate": -1}}, number=FIRST + 3)

    refused = (await upload(client, book)).json()["errors"]
    assert {one["pointer"]: one["code"] for one in refused} == {
        "/staff/C5": "unknown-id",
        "/plans/D5": "unknown-id",
        "/investments/G5": "number",
        "/investments/D6": "one-of",
        "/investments/E6": "one-of",
        "/baseline/G5": "currency",
        "/costs/A6": "twice",
        "/rates/D6": "twice",
        "/rates/D7": "twice",
        "/rates/E8": "not-positive",
    }
    assert (await client.get("/v1/costs")).json()["items"][0]["amount"] == "0.10"


async def test_who_left_may_stay_in_rows_that_name_him(client: httpx.AsyncClient) -> None:
    """E5: only a name that is new in a row is asked about."""
    body = {"role": "seller", "fte": "1", "pay": "11000", "currency": "UAH"}
    span = {"starts_on": "2026-03-01", "user_id": "01920000-0000-7000-8000-000000000001"}
    assert (await client.post("/v1/workforce", json=body | span)).status_code == 201

    book = await download(client)
    book["staff"]["F5"] = 12000
    taken = await upload(client, book)
    assert taken.status_code == 200, taken.text
    assert taken.json()["updated"]["staff"] == 1


def test_a_computed_baseline_may_come_back_and_nobody_may_type_one_in() -> None:
    """Who downloads the workbook and uploads it again changes nothing of the history's own."""
    [sheet] = [one for one in SHEETS if one.noun == "baseline"]
    told = {
        "metric": "won_deals", "value": Decimal(17), "source": "computed",
        "starts_on": date(2025, 1, 1), "ends_on": date(2025, 5, 31),
    }  # fmt: skip
    known = SheetRow(sheet, FIRST, told | {"id": "01a20328-4147-7b02-aaca-9ea0160c4607"})
    entries, faults = entries_of([known, SheetRow(sheet, FIRST + 1, told)])
    assert [one.values["source"] for one in entries] == ["computed"]
    [fault] = faults
    assert fault.cell == f"H{FIRST + 1}"
