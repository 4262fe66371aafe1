"""`reactions`: from a stage change's commit to the last of the three services' own commits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime

import httpx

from crm_cli.bench import rows, tracing
from crm_cli.bench.bed import CLIENTS, Bed
from crm_cli.bench.connections import spread
from crm_cli.bench.figures import Figure, Report, Target, of_sample, within
from crm_cli.bench.history import tell_reporting
from crm_cli.bench.load import open_loop
from crm_cli.bench.machine import Program
from crm_cli.bench.movers import Movers
from crm_cli.bench.tracing import REACTIONS
from crm_cli.failure import CliError

STAGE_CHANGED = "crm.deals.deal.stage_changed.v1"
# Offered a second -> what must come of it; the last is an aim.
OFFERS = {
    50: Target(p95=50, p99=150),
    150: Target(p99=250),
    250: None,
}
_LONGER = 10  # than a row of the other parts: 60 s
_SETTLED_AFTER_S = 2
_TASK_RULE = {
    "name": "Call after every step",
    "event_type": STAGE_CHANGED,
    "tasks": [{"title": {"uk": "Зателефонувати"}, "kind": "call", "due_in": "P2D"}],
}
_TEMPLATE = {
    "name": "Step",
    "channel": "email",
    "texts": {"uk": {"subject": "Крок", "text": "Вітаємо, {{ contact.first_name }}!"}},
}
_MESSAGE_RULE = {
    "name": "Tell the client",
    "event_type": STAGE_CHANGED,
    "recipient": "client",
    "channel": "email",
}


async def measure(bed: Bed) -> Report:
    """Offer stage changes at a steady pace while all workers run."""
    report = Report("reactions")
    report.notes.append(await tell_reporting(bed))
    async with system(bed) as service:
        for offer, target in OFFERS.items():
            bed.say(f"bench: {offer} a second")
            report.figures += await _offered(bed, service, offer, target)
    report.notes += [
        "times: from the change's commit to the reaction's, by PostgreSQL's commit timestamps",
        "contacts makes a task, notifications queues a letter (and sends it to the mailbox), "
        "reporting counts",
    ]
    return report


@asynccontextmanager
async def system(bed: Bed) -> AsyncIterator[Program]:
    """Run the deals API and every worker, with one rule of each kind."""
    async with bed.database("notifications") as connection:
        if not await connection.fetchval("SELECT count(*) FROM refs"):
            await rows.copy(connection, "refs", rows.reference_rows(bed.people))
            await rows.copy(connection, "refs", rows.title_rows(bed.wish.deals))
    with ExitStack() as stack:
        await _make_rules(bed)
        mailbox = {"NOTIFICATIONS_MAILBOX": "true"}
        for name in ("deals", *REACTIONS):
            stack.enter_context(bed.machine.worker(name, mailbox))
        yield stack.enter_context(bed.machine.api("deals"))


async def _make_rules(bed: Bed) -> None:
    with bed.machine.api("contacts", processes=1) as contacts:
        _post(bed, contacts, "/v1/task-rules", _TASK_RULE)
    with bed.machine.api("notifications", processes=1) as notifications:
        template = _post(bed, notifications, "/v1/templates", _TEMPLATE)
        rule = {**_MESSAGE_RULE, "template_id": template}
        _post(bed, notifications, "/v1/message-rules", rule)


def _post(bed: Bed, program: Program, path: str, body: object) -> str:
    answer = httpx.post(
        f"http://127.0.0.1:{program.port}{path}",
        json=body,
        headers={"Authorization": f"Bearer {bed.people.admin.token}"},
        trust_env=False,
    )
    if not answer.is_success:
        raise CliError(f"{path}: {answer.status_code} {answer.text}")
    return str(answer.json()["id"])


async def _offered(bed: Bed, service: Program, offer: int, target: Target | None) -> list[Figure]:
    lanes = CLIENTS * 2
    movers = Movers(bed, lanes)
    await movers.learn(bed)
    seconds = bed.wish.seconds * _LONGER
    async with spread(service, lanes) as (connections, _):
        await open_loop(connections, movers.next_call, rate=offer, seconds=1)
        await tracing.look_when_all_reacted(bed, datetime.now(UTC))
        began = datetime.now(UTC)
        answers, cores = await bed.run_once(
            lambda: open_loop(connections, movers.next_call, rate=offer, seconds=seconds)
        )
    await asyncio.sleep(_SETTLED_AFTER_S)
    pending = (await tracing.look(bed, began)).pending
    trace = await tracing.look_when_all_reacted(bed, began)
    changes = of_sample(f"{offer}/s: answered", answers, clients=lanes, cores=cores)
    last = of_sample(
        f"{offer}/s: last reaction", trace.times(*REACTIONS), clients=lanes, target=target
    )
    each = [of_sample(f"  {name}", trace.times(name), clients=lanes) for name in REACTIONS]
    settled = f"{offer}/s: pending {_SETTLED_AFTER_S} s after the end"
    return [changes, last, *each, within(settled, pending, at_most=0, unit="changes")]
