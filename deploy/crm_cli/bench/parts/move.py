"""`move`: a stage change over HTTP with every check, beside what the stack could do without."""

import re
from array import array

from crm_cli.bench import limits
from crm_cli.bench.bed import CLIENTS, WARM_UP_S, Bed
from crm_cli.bench.client import Reply, request
from crm_cli.bench.connections import spread
from crm_cli.bench.figures import Figure, Report, Target, of_sample, ratio
from crm_cli.bench.load import Call, closed_loop
from crm_cli.bench.machine import Program
from crm_cli.bench.people import People, Person
from crm_cli.bench.rows import OPEN_STAGES, Deal

TARGET = Target(rate=600, p99=60)
OVER_ORM, OF_RAW = 1.1, 0.5
_HEADS_ASK = 3  # of ten requests
_TAG = re.compile(rb'etag: "(\d+)"')
# Coprime to any number of deals that is not its multiple: neighbours are never asked in a row.
_STRIDE = 7919


class Movers:
    """Who moves which deal where next; every lane has deals of its own, so that none collide."""

    def __init__(self, people: People, deals: int, lanes: int) -> None:
        self._people = people
        self._per_lane = deals // lanes
        self._lanes = lanes
        self._revisions = array("l", [1]) * deals
        self._stages = array("b", [Deal(number).stage for number in range(deals)])
        self._asked = [0] * lanes

    async def learn(self, bed: Bed) -> None:
        """Read how the deals stand now: an earlier run may have moved them."""
        numbers = {stage_id: number for number, stage_id in enumerate(OPEN_STAGES)}
        async with bed.database("deals") as connection:
            moved = await connection.fetch(
                "SELECT id, revision, stage_id FROM deals WHERE revision > 1"
            )
        first = Deal(0).id.int
        for row in moved:
            number = row["id"].int - first
            self._revisions[number] = row["revision"]
            self._stages[number] = numbers[row["stage_id"]]

    def next_call(self, lane: int) -> Call:
        """Return the lane's next stage change."""
        turn = self._asked[lane]
        self._asked[lane] = turn + 1
        number = turn * _STRIDE % self._per_lane * self._lanes + lane
        stage = (self._stages[number] + 1) % len(OPEN_STAGES)
        person = self._who(number, turn)

        def done(reply: Reply) -> None:
            tag = _TAG.search(reply.head)
            if tag:
                self._revisions[number] = int(tag[1])
                self._stages[number] = stage

        return Call(
            request(
                "PUT",
                f"/v1/deals/{Deal(number).id}/stage",
                token=person.token,
                body=b'{"stage_id":"%s"}' % str(OPEN_STAGES[stage]).encode(),
                headers={"If-Match": f'"{self._revisions[number]}"'},
            ),
            done,
        )

    def _who(self, number: int, turn: int) -> Person:
        seller = Deal(number).seller
        asks = turn % 10 < _HEADS_ASK
        return self._people.head_of(seller) if asks else self._people.sellers[seller]


async def measure(bed: Bed) -> Report:
    """Measure the limits, then the service itself."""
    report = Report("move")
    limits.copy_deals(bed)
    report.figures.append(await limits.pgbench(bed))
    async with limits.bare_app(bed) as program:
        report.figures.append(await limits.hello(bed, program))
        raw = await limits.bare_moves(bed, program, "raw", "bare FastAPI, asyncpg, 4 statements")
        orm = await limits.bare_moves(bed, program, "orm", "bare FastAPI, SQLAlchemy's ORM")
    report.figures += [raw, orm, *await limits.nats(bed)]
    with bed.machine.api("deals") as service:
        alone, _ = await _moves(bed, service, clients=1, target=None)
        many, split = await _moves(bed, service, clients=CLIENTS, target=TARGET)
    report.figures += [alone, many, *_compared(many, orm, raw)]
    report.notes.append(f"connections per API process: {split}; {bed.wish.deals:,} deals")
    report.notes.append("70 % sellers on own deals, 30 % heads of team; every stage asks something")
    return report


async def _moves(
    bed: Bed, service: Program, *, clients: int, target: Target | None
) -> tuple[Figure, str]:
    movers = Movers(bed.people, bed.wish.deals, CLIENTS)
    await movers.learn(bed)
    async with spread(service, clients) as (connections, split):
        sample, cores = await bed.quiet_run(
            lambda: closed_loop(
                connections, movers.next_call, seconds=bed.wish.seconds, warm_up=WARM_UP_S
            )
        )
    return of_sample("stage change", sample, clients=clients, target=target, cores=cores), split


def _compared(move: Figure, orm: Figure, raw: Figure) -> list[Figure]:
    rates = [figure.rate or 0.0 for figure in (move, orm, raw)]
    return [
        ratio("of the bare ORM", rates[0] / rates[1], at_least=OVER_ORM),
        ratio(f"of raw asyncpg (aim {OF_RAW} x)", rates[0] / rates[2]),
    ]
