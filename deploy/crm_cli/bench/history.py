"""What reporting has heard of the deals: their events in its ledger, counted by its own rebuild."""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from crm_cli.bench import deals as made
from crm_cli.bench import rows
from crm_cli.bench.bed import Bed
from crm_cli.bench.deals import Deal, Deals, Entry
from crm_cli.bench.people import made_id
from crm_cli.bench.work import Said, said_beside
from crm_cli.failure import CliError
from crm_cli.topology import REPORTING

_EVENT = 0x9
# No deal has more events than that, with all that is beside it.
_PLACES_A_DEAL, _PIPELINE_PLACE = 20, 1 << 40
# as the projector would have raised them, event by event
_HEADS = """
INSERT INTO ledger_heads (subject, publisher, events, last_revision)
SELECT subject, publisher, count(*), max(revision) FROM ledger GROUP BY subject, publisher
ON CONFLICT DO NOTHING
"""


async def tell_reporting(bed: Bed) -> str:
    """Fill the ledger by COPY and let reporting count it; returns how long that took."""
    if bed.told:
        return bed.told
    events, took = await tell(bed, Deals(0, bed.wish.deals))
    bed.told = f"rebuild of {events:,} events: {took:.0f} s, {events / took:,.0f} events/s"
    return bed.told


async def tell(bed: Bed, deals: Deals) -> tuple[int, float]:
    """Tell reporting of more deals; returns how many events it has, and the rebuild's seconds."""
    bed.say(f"bench: reporting counts what happened to {deals.count:,} deals")
    async with bed.database("reporting") as connection:
        await connection.execute(_partition(_recorded_at(0)))
        await rows.copy(connection, "ledger", _ledger_rows(bed, deals))
        await connection.execute(_HEADS)
        events: int = await connection.fetchval("SELECT count(*) FROM ledger")
    began = time.monotonic()
    await _rebuild(bed)
    took = time.monotonic() - began
    async with bed.database("reporting") as connection:
        await connection.execute("VACUUM ANALYZE")
    return events, took


async def _rebuild(bed: Bed) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", REPORTING.program, "rebuild", "--json"),
        env=bed.machine.environment(REPORTING, "worker"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    if process.returncode:
        raise CliError(f"reporting could not rebuild:\n{output.decode()[-3000:]}")


def _recorded_at(place: int) -> datetime:
    # All of it in one hour: one partition holds it.
    return made.TODAY.replace(day=1) + timedelta(microseconds=place & 0xFFFF_FFFF)


def _partition(at: datetime) -> str:
    after = (at + timedelta(days=31)).replace(day=1)
    return (
        f"CREATE TABLE IF NOT EXISTS ledger_{at:%Y_%m} PARTITION OF ledger "
        f"FOR VALUES FROM ('{at:%Y-%m}-01 00:00+00') TO ('{after:%Y-%m}-01 00:00+00')"
    )


def _ledger_rows(bed: Bed, deals: Deals) -> Iterator[dict[str, Any]]:
    if deals.first == 0:
        pipeline = Said("deals", "pipeline", "created", made.PIPELINE, 1, made.TODAY, _pipeline())
        yield row(_PIPELINE_PLACE, pipeline, _recorded_at(_PIPELINE_PLACE))
    said = chain(_said(bed, deals), map(_whole, said_beside(bed, deals)))
    for place, one in enumerate(said, start=deals.first * _PLACES_A_DEAL):
        yield row(place, one, _recorded_at(place))


def _said(bed: Bed, deals: Deals) -> Iterator[Said]:
    for deal in deals:
        left: Entry | None = None
        for entry in deal.entries:
            yield entered(bed, deal, entry, left)
            left = entry


def entered(bed: Bed, deal: Deal, entry: Entry, left: Entry | None) -> Said:
    """Return what is said when a deal comes into a stage, out of another one or as a new deal."""
    owner = bed.people.sellers[deal.seller]
    fixed = {"owner_id": str(owner.actor.id), "team_id": str(owner.team_id)}
    data: dict[str, Any] = {"deal": _facts(deal, entry) | fixed, "changed": []}
    if left is not None:
        data |= {"from_stage": _stage(left.stage), "to_stage": _stage(entry.stage)}
    verb = "stage_changed" if left else "created"
    data |= {"previous": {}}
    return Said("deals", "deal", verb, deal.id, entry.revision, entry.at, data)


def _whole(said: Said) -> Said:
    return said._replace(data={said.noun: said.data, "changed": [], "previous": {}})


def row(place: int, said: Said, recorded: datetime) -> dict[str, Any]:
    """Return the row of the ledger; its `envelope` is what the broker would bring."""
    event_id = made_id(_EVENT, place)
    type_ = f"crm.{said.publisher}.{said.noun}.{said.verb}.v1"
    envelope = {
        "specversion": "1.0",
        "id": str(event_id),
        "source": f"/crm/{said.publisher}",
        "type": type_,
        "subject": str(said.subject),
        "time": said.at.isoformat(),
        "datacontenttype": "application/json",
        "dataschema": f"/contracts/{type_}.json",
        "recordedtime": recorded.isoformat(),
        "revision": said.revision,
        "actorid": str(made_id(0, 0)),
        "correlationid": str(event_id),
        "bulk": True,
        "data": said.data,
    }
    return {
        "recorded_at": recorded,
        "event_id": event_id,
        "publisher": said.publisher,
        "type": type_,
        "subject": said.subject,
        "revision": said.revision,
        "occurred_at": said.at,
        "envelope": json.dumps(envelope),
    }


def _facts(deal: Deal, entry: Entry) -> dict[str, Any]:
    outcome, line = made.OUTCOMES[entry.stage], deal.line()
    moments = {name: entry.at.isoformat() if outcome == name else None for name in ("won", "lost")}
    return {
        "contact_id": str(deal.contact_id),
        "company_id": str(deal.company_id),
        "pipeline_id": str(made.PIPELINE),
        "stage_id": str(made.STAGES[entry.stage]),
        "stage_label": made.LABELS[entry.stage],
        "outcome": outcome,
        "probability": made.PROBABILITIES[entry.stage],
        "amount": str(deal.amount),
        "expected_amount": None,
        "currency": "UAH",
        "expected_close_date": "2027-01-01",
        "channel": "website",
        "source": None,
        "reason_id": None,
        "reason_label": None,
        "created_at": deal.begun_at.isoformat(),
        "created_at_known": True,
        "stage_entered_at": entry.at.isoformat(),
        "won_at": moments["won"],
        "lost_at": moments["lost"],
        "first_won_at": moments["won"],
        "is_void": False,
        "line_items": [line] if line else [],
    }


def _stage(number: int) -> dict[str, Any]:
    return {
        "id": str(made.STAGES[number]),
        "label": made.LABELS[number],
        "position": number,
        "probability": made.PROBABILITIES[number],
        "outcome": made.OUTCOMES[number],
    }


def _pipeline() -> dict[str, Any]:
    stages = [
        _stage(number) | {"rotting_days": None, "required_fields": made.REQUIRED[number]}
        for number in range(len(made.STAGES))
    ]
    return {
        "pipeline": {"label": "Sales", "currency": None, "is_default": True, "stages": stages},
        "changed": [],
        "previous": {},
    }
