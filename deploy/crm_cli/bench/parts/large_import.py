"""What `import --large` adds: hundreds of thousands of rows by HTTP, and the memory they take."""

import asyncio
import csv
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from crm_cli.bench import procfs
from crm_cli.bench.bed import Bed
from crm_cli.bench.figures import Figure, Report, within
from crm_cli.bench.machine import Program
from crm_cli.failure import CliError
from crm_cli.importing import XLSX

# per deal that was asked for: 100,000 of them make the 750,000 rows of a large company
_ROWS_PER_10_DEALS, _WORKBOOK_SHARE = 75, 10
_MOST_GROWTH_MB, _SHOWN_FROM = 150, 0.01
_LOOK_EVERY_S, _TOLD_EVERY = 0.5, 25_000
_PIECE = 1 << 18
_ROUTE = "/v1/contact-imports"
_HEADER = ("id", "first name", "surname", "mail", "phone", "job")
_MAPPING = {
    "external_id": "id",
    "fields": {
        "first_name": "first name",
        "last_name": "surname",
        "emails": "mail",
        "phones": "phone",
        "job_title": "job",
    },
}


async def measure(bed: Bed, report: Report) -> None:
    """Send a CSV file and a workbook of a tenth of its rows to an API and a worker of their own."""
    rows = bed.wish.deals * _ROWS_PER_10_DEALS // 10
    folder = bed.machine.state.folder / "large"
    folder.mkdir()
    for kind, count in (("csv", rows), ("xlsx", rows // _WORKBOOK_SHARE)):
        path = _WRITERS[kind](folder / f"large.{kind}", count)
        with ExitStack() as stack:
            api = stack.enter_context(bed.machine.api("contacts", processes=1))
            worker = stack.enter_context(bed.machine.worker("contacts"))
            run = _Run(bed, {"API": api, "worker": worker}, kind, path, count)
            report.figures += await run.figures()
        path.unlink()
    report.notes.append("contacts with a name, an address and a number each; API and worker apart")


@dataclass(slots=True)
class _Run:
    """One file on its way in, watched by its memory."""

    bed: Bed
    programs: dict[str, Program]
    kind: str
    path: Path
    rows: int
    before: dict[str, float] = field(default_factory=dict)
    used: dict[str, float] = field(default_factory=dict)

    async def figures(self) -> list[Figure]:
        token = self.bed.people.admin.token
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self.programs['API'].port}",
            headers={"Authorization": f"Bearer {token}"},
            timeout=120,
            trust_env=False,
        ) as client:
            self.before, self.used = self._peaks(), self._processors()
            own = await self._begin(client)
            sending = time.monotonic()
            await self._send(client, own)
            sent = time.monotonic()
            await self._end_of(client, own)
            return self._told(sent - sending, time.monotonic() - sent)

    async def _begin(self, client: httpx.AsyncClient) -> str:
        # a system of their own, or the second file would find the records of the first
        body = {"noun": "contact", "mapping": _MAPPING, "source_system": f"large-{self.kind}"}
        return f"{_ROUTE}/{_answer(await client.post(_ROUTE, json=body))['id']}"

    async def _send(self, client: httpx.AsyncClient, own: str) -> None:
        headers = {"Content-Type": XLSX if self.kind == "xlsx" else "text/csv"}
        sent = await client.put(f"{own}/file", content=_pieces(self.path), headers=headers)
        _answer(sent)

    async def _end_of(self, client: httpx.AsyncClient, own: str) -> None:
        told, began = 0, time.monotonic()
        while (seen := _answer(await client.get(own)))["state"] not in _ENDED:
            if seen["rows_done"] >= told + _TOLD_EVERY:
                told = seen["rows_done"]
                took = time.monotonic() - began
                peaks = ", ".join(f"{who} {peak:.0f} MB" for who, peak in self._peaks().items())
                self.bed.say(f"bench: {self.kind} {told:,} rows after {took:.0f} s, {peaks}")
            await asyncio.sleep(_LOOK_EVERY_S)
        if (seen["state"], seen["created"]) != ("completed", self.rows):
            raise CliError(f"of {self.rows:,} rows {seen['created']:,} came in: {seen['state']}")

    def _peaks(self) -> dict[str, float]:
        return {who: procfs.peak_mb(program.pids) for who, program in self.programs.items()}

    def _processors(self) -> dict[str, float]:
        groups = self.bed.machine.groups()
        return {who: procfs.cpu_seconds(pids) for who, pids in groups.items()}

    def _told(self, sending: float, working: float) -> list[Figure]:
        size = self.path.stat().st_size / 2**20
        name = f"{self.rows:,} contacts, {self.kind} of {size:.0f} MB"
        used = {who: now - self.used.get(who, 0.0) for who, now in self._processors().items()}
        cores = {who: spent / (sending + working) for who, spent in used.items()}
        return [
            Figure(f"{name}: sent in {sending:.1f} s, brought in after {working:.0f} s"),
            Figure(
                f"{self.kind}: rows checked, written and announced",
                rate=self.rows / (sending + working),
                cores={who: busy for who, busy in cores.items() if busy >= _SHOWN_FROM},
            ),
            *(
                within(
                    f"{self.kind}: {who} at most {peak:.0f} MB; grown by",
                    peak - self.before[who],
                    at_most=_MOST_GROWTH_MB,
                    unit="MB",
                )
                for who, peak in self._peaks().items()
            ),
        ]


_ENDED = ("completed", "failed", "cancelled")


def _answer(response: httpx.Response) -> dict[str, Any]:
    if not response.is_success:
        raise CliError(f"{response.request.url}: {response.status_code} {response.text}")
    found: dict[str, Any] = response.json()
    return found


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def _row(number: int) -> Sequence[str]:
    first, phone = f"Ім'я{number % 997}", f"+38067{number:07}"
    return str(number), first, f"Прізвище{number}", f"c{number}@large.test", phone, "Manager"


def _write_csv(path: Path, rows: int) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_HEADER)
        writer.writerows(map(_row, range(rows)))
    return path


def _write_workbook(path: Path, rows: int) -> Path:
    from xlsxwriter import Workbook

    book = Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, _HEADER)
    for number in range(rows):
        sheet.write_row(number + 1, 0, _row(number))
    book.close()
    return path


_WRITERS: dict[str, Callable[[Path, int], Path]] = {"csv": _write_csv, "xlsx": _write_workbook}
