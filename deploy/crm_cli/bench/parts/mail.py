"""`mail`: letters from the queue to a mail server, by two workers, beside what the server takes."""

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from crm_cli.bench import deals, rows
from crm_cli.bench.bed import Bed
from crm_cli.bench.figures import Figure, Report, Target, limit, of_sample
from crm_cli.bench.load import Sample
from crm_cli.bench.mail_server import MailServer, hand_over, mail_server, mute_server
from crm_cli.failure import CliError
from crm_shared.ids import new_id

_OFFERED, _CONNECTIONS, _WORKERS = 50, 4, 2
_SUSTAINED = Target(rate=50)
_BACKLOG_S = 10  # of letters at the pace that must be kept
_PATIENCE_S = 120
_TEMPLATE = {"uk": {"subject": "Крок", "text": "Вітаємо, {{ contact.first_name }}!", "html": None}}


async def measure(bed: Bed) -> Report:
    """Work a backlog off, carry a steady stream, then the same beside a provider that hangs."""
    report = Report("mail")
    template = new_id()
    await _prepare(bed, template)
    async with mail_server() as server, mute_server() as mute:
        alone, cores = await bed.quiet_run(lambda: _alone(server, bed.wish.seconds))
        report.figures.append(
            limit("the mail server alone", alone, clients=_CONNECTIONS, cores=cores)
        )
        with ExitStack() as workers:
            for replica in range(_WORKERS):
                workers.enter_context(
                    bed.machine.worker("notifications", _settings(server.port, mute), replica)
                )
            count = int(_OFFERED * max(bed.wish.seconds, 1) * _BACKLOG_S / 10) * 10
            sample, cores = await bed.run_once(lambda: _backlog(bed, server, template, count))
            report.figures.append(
                of_sample(
                    f"backlog of {count:,}",
                    sample,
                    clients=_WORKERS,
                    target=_SUSTAINED,
                    cores=cores,
                )
            )
            report.figures += await _streams(bed, server, template)
    report.notes += [
        "times: from the letter's row to the mail server; two workers of one process each",
        "announced as message.sent by the same workers meanwhile",
    ]
    return report


async def _streams(bed: Bed, server: MailServer, template: UUID) -> list[Figure]:
    figures: list[Figure] = []
    for name in ("50/s", "50/s beside SMS that hang"):
        if figures:
            await _queue(bed, [_letter(template, "sms") for _ in range(200)])
            await asyncio.sleep(1)
        sample, cores = await bed.run_once(lambda: _stream(bed, server, template))
        figures.append(of_sample(name, sample, clients=_WORKERS, cores=cores))
    return figures


def _settings(smtp_port: int, sms_port: int) -> dict[str, str]:
    return {
        "NOTIFICATIONS_MAILBOX": "false",
        "NOTIFICATIONS_SMTP_URL": f"smtp://127.0.0.1:{smtp_port}?starttls=no",
        "NOTIFICATIONS_MAIL_FROM": "crm@example.com",
        "NOTIFICATIONS_SMS_PROVIDER": "gateway",
        "NOTIFICATIONS_SMS_URL": f"http://127.0.0.1:{sms_port}",
    }


async def _prepare(bed: Bed, template: UUID) -> None:
    at = datetime.now(UTC)
    row = {
        "id": template,
        "revision": 1,
        "name": "Step",
        "channel": "email",
        "texts": json.dumps(_TEMPLATE),
        "created_at": at,
        "updated_at": at,
    }
    async with bed.database("notifications") as connection:
        if not await connection.fetchval("SELECT count(*) FROM refs"):
            await rows.copy(connection, "refs", rows.reference_rows(bed.people))
        await connection.execute("""UPDATE refs SET data = data || '{"phone": "+380671112233"}'""")
        await rows.copy(connection, "templates", [row])


async def _alone(server: MailServer, seconds: float) -> Sample:
    sample, began = Sample(), time.perf_counter()
    while time.perf_counter() < began + seconds:
        lanes = (hand_over(server.port, 50) for _ in range(_CONNECTIONS))
        for took in await asyncio.gather(*lanes):
            sample.latencies += took
    sample.seconds = time.perf_counter() - began
    return sample


async def _backlog(bed: Bed, server: MailServer, template: UUID, count: int) -> Sample:
    letters = [_letter(template, "email") for _ in range(count)]
    await _queue(bed, letters)
    return await _arrivals(server, {str(one["id"]): time.perf_counter() for one in letters})


async def _stream(bed: Bed, server: MailServer, template: UUID) -> Sample:
    queued: dict[str, float] = {}
    began = time.perf_counter()
    async with bed.database("notifications") as connection:
        for number in range(int(_OFFERED * bed.wish.seconds)):
            await asyncio.sleep(max(began + number / _OFFERED - time.perf_counter(), 0))
            letter = _letter(template, "email")
            await rows.copy(connection, "messages", [letter])
            queued[str(letter["id"])] = time.perf_counter()
    return await _arrivals(server, queued, since=began)


async def _arrivals(
    server: MailServer, queued: dict[str, float], *, since: float | None = None
) -> Sample:
    deadline = time.perf_counter() + _PATIENCE_S
    while not queued.keys() <= server.came.keys():
        if time.perf_counter() > deadline:
            missing = len(queued.keys() - server.came.keys())
            raise CliError(f"{missing:,} of {len(queued):,} letters did not come")
        await asyncio.sleep(0.05)
    latencies = [server.came[name] - at for name, at in queued.items()]
    first = since if since is not None else min(queued.values())
    seconds = max(server.came[name] for name in queued) - first
    return Sample(seconds=seconds, latencies=latencies)


async def _queue(bed: Bed, letters: Sequence[dict[str, Any]]) -> None:
    async with bed.database("notifications") as connection:
        await rows.copy(connection, "messages", iter(letters))


_NUMBERS: Iterator[int] = iter(range(1 << 30))


def _letter(template: UUID, channel: str) -> dict[str, Any]:
    at, contact = datetime.now(UTC), deals.contact_id(next(_NUMBERS) % deals.CONTACTS)
    return {
        "id": new_id(),
        "revision": 1,
        "created_at": at,
        "updated_at": at,
        "rule_id": template,
        "rule_version": 1,
        "source_event_id": new_id(),
        "source_type": "crm.deals.deal.stage_changed.v1",
        "source_revision": 2,
        "subject_id": new_id(),
        "correlation_id": new_id(),
        "happened_at": at,
        "recipient_kind": "contact",
        "recipient_id": contact,
        "contact_id": contact,
        "template_id": template,
        "channel": channel,
        "purpose": "service",
        "facts": "{}",
        "status": "queued",
        "attempts": 0,
        "next_attempt_at": at,
        "expires_at": at + timedelta(days=1),
    }
