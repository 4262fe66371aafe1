"""What reporting has heard of the deals: their events in its ledger, counted by its own rebuild."""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from crm_cli.bench import deals as made
from crm_cli.bench import rows
from crm_cli.bench.bed import Bed
from crm_cli.bench.deals import Deal, Entry, all_deals
from crm_cli.bench.people import made_id
from crm_cli.failure import CliError
from crm_cli.topology import REPORTING

_EVENT = 0x9
_PREFIX = "crm.deals"


async def tell_reporting(bed: Bed) -> str:
    """Fill the ledger by COPY and let reporting count it; returns how long that took."""
    if bed.told:
        return bed.told
    bed.say("bench: reporting counts what happened to the deals")
    async with bed.database("reporting") as connection:
        await connection.execute(_partition(_recorded_at(0)))
        await rows.copy(connection, "ledger", _ledger_rows(bed))
        await rows.copy(connection, "ledger_heads", _heads(bed.wish.deals))
        events = await connection.fetchval("SELECT count(*) FROM ledger")
    began = time.monotonic()
    await _rebuild(bed)
    async with bed.database("reporting") as connection:
        await connection.execute("VACUUM ANALYZE")
    took = time.monotonic() - began
    bed.told = f"rebuild of {events:,} events: {took:.0f} s, {events / took:,.0f} events/s"
    return bed.told


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


def _heads(count: int) -> Iterator[dict[str, Any]]:
    for deal in all_deals(count):
        events = len(deal.entries)
        head = {"subject": deal.id, "publisher": "deals"}
        yield {**head, "events": events, "last_revision": events}


def _recorded_at(place: int) -> datetime:
    # All of it in one morning: one partition holds it.
    return made.TODAY.replace(day=1) + timedelta(microseconds=100 * place)


def _partition(at: datetime) -> str:
    after = (at + timedelta(days=31)).replace(day=1)
    return (
        f"CREATE TABLE ledger_{at:%Y_%m} PARTITION OF ledger "
        f"FOR VALUES FROM ('{at:%Y-%m}-01 00:00+00') TO ('{after:%Y-%m}-01 00:00+00')"
    )


def _ledger_rows(bed: Bed) -> Iterator[dict[str, Any]]:
    yield _row(made.PIPELINE, Entry(1, 0, _recorded_at(0)), "pipeline.created", _pipeline(), 0)
    place = 1
    for deal in all_deals(bed.wish.deals):
        owner = bed.people.sellers[deal.seller]
        fixed = {"owner_id": str(owner.actor.id), "team_id": str(owner.team_id)}
        left: Entry | None = None
        for entry in deal.entries:
            data: dict[str, Any] = {"deal": _facts(deal, entry) | fixed, "changed": []}
            if left is not None:
                data |= {"from_stage": _stage(left.stage), "to_stage": _stage(entry.stage)}
            verb = "deal.stage_changed" if left else "deal.created"
            yield _row(deal.id, entry, verb, data | {"previous": {}}, place)
            left, place = entry, place + 1


def _row(subject: Any, entry: Entry, fact: str, data: dict[str, Any], place: int) -> dict[str, Any]:
    recorded, event_id, type_ = _recorded_at(place), made_id(_EVENT, place), f"{_PREFIX}.{fact}.v1"
    envelope = {
        "specversion": "1.0",
        "id": str(event_id),
        "source": "/crm/deals",
        "type": type_,
        "subject": str(subject),
        "time": entry.at.isoformat(),
        "datacontenttype": "application/json",
        "dataschema": f"/contracts/{type_}.json",
        "recordedtime": recorded.isoformat(),
        "revision": entry.revision,
        "actorid": str(made_id(0, 0)),
        "correlationid": str(event_id),
        "bulk": True,
        "data": data,
    }
    return {
        "recorded_at": recorded,
        "event_id": event_id,
        "publisher": "deals",
        "type": type_,
        "subject": subject,
        "revision": entry.revision,
        "occurred_at": entry.at,
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
