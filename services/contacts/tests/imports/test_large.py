"""C16: files of hundreds of thousands of rows go through bounded memory.

`CRM_LARGE_IMPORT=200000` runs it with so many rows and tells memory over time on standard error.
"""

import os
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import psutil
import pytest
from sqlalchemy import text
from xlsxwriter import Workbook

from crm_contacts.imports.catalogue import ROOM
from crm_shared.db.engine import Sessions
from crm_shared.imports.running import Pace
from crm_shared.settings import ServiceSettings

ROWS = int(os.environ.get("CRM_LARGE_IMPORT", "0"))
FIRST = min(ROWS, 20_000)
MOST_GROWTH_MB = 120
MAPPING = {
    "external_id": "id",
    "fields": {"last_name": "name", "emails": "mail", "phones": "phone", "job_title": "job"},
}
HEADER = ["id", "name", "mail", "phone", "job"]

pytestmark = pytest.mark.skipif(not ROWS, reason="takes minutes: CRM_LARGE_IMPORT=200000")


def row(number: int) -> list[str]:
    """Return one made-up contact."""
    phone = f"+38067{number:07}"
    return [str(number), f"Прізвище {number}", f"c{number}@large.test", phone, "Manager"]


def file_of(kind: str, path: Path) -> Path:
    """Write the file."""
    if kind == "csv":
        with path.open("w") as out:
            out.write(",".join(HEADER) + "\n")
            for number in range(ROWS):
                out.write(",".join(row(number)) + "\n")
        return path
    book = Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, HEADER)
    for number in range(ROWS):
        sheet.write_row(number + 1, 0, row(number))
    book.close()
    return path


async def pieces(path: Path) -> AsyncIterator[bytes]:
    """Send a file as it lies."""
    with path.open("rb") as file:
        while piece := file.read(1 << 18):
            yield piece


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
async def test_memory_does_not_grow_with_the_file(
    client: httpx.AsyncClient, sessions: Sessions, settings: ServiceSettings, kind: str
) -> None:
    begun = await client.post(
        "/v1/contact-imports", json={"noun": "contact", "mapping": MAPPING, "source_system": "big"}
    )
    own = f"/v1/contact-imports/{begun.json()['id']}"
    with tempfile.TemporaryDirectory() as folder:
        path = file_of(kind, Path(folder) / f"large.{kind}")
        size = path.stat().st_size
        sent = await client.put(f"{own}/file", content=pieces(path))
    assert sent.status_code == 200, sent.text
    runner = ROOM.runner(Pace(most_waiting_events=10**9))
    process, began, told, base = psutil.Process(), time.monotonic(), -1, 0.0
    while (seen := (await client.get(own)).json())["state"] not in ("completed", "failed"):
        done = seen["rows_done"] // 20_000
        if done > told:
            told = done
            rss = process.memory_info().rss / 2**20
            # the first rows warm up what is kept for good: plans, types, pools
            base = rss if not base and seen["rows_done"] >= FIRST else base
            took = time.monotonic() - began
            sys.stderr.write(f"{kind} {seen['rows_done']:>8} rows {took:6.0f} s {rss:6.0f} MB\n")
        for _ in range(10):
            await runner.work(sessions, settings)
    rss = process.memory_info().rss / 2**20
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    took = time.monotonic() - began
    sys.stderr.write(
        f"{kind} {size / 2**20:.0f} MB, {seen['created']} rows in {took:.0f} s,"
        f" {rss:.0f} MB at the end, {peak:.0f} MB at most\n"
    )
    assert (seen["state"], seen["created"]) == ("completed", ROWS)
    assert base == 0.0 or rss - base < MOST_GROWTH_MB
    async with sessions() as session:
        assert await session.scalar(text("SELECT count(*) FROM import_pieces")) == 0
