"""Who moves which deal where next."""

import re
from array import array

from crm_cli.bench.bed import Bed
from crm_cli.bench.client import Reply, request
from crm_cli.bench.deals import OPEN_STAGES, Deal, deal_id, is_open, number_of, seller_of
from crm_cli.bench.load import Call
from crm_cli.bench.people import Person

_HEADS_ASK = 3  # of ten requests
_TAG = re.compile(rb'etag: "(\d+)"')
# Prime: neighbours are not asked one after the other.
_STRIDE = 7919


class Movers:
    """Stage changes over all open deals; every lane has deals of its own, so that none collide."""

    def __init__(self, bed: Bed, lanes: int) -> None:
        self._people = bed.people
        count = bed.wish.deals
        self._open = array("l", filter(is_open, range(count)))
        self._lanes = lanes
        self._turns = [0] * lanes
        self._revisions = array("l", [0]) * count
        self._stages = array("b", [0]) * count
        for number in self._open:
            last = Deal(number, count).entries[-1]
            self._revisions[number], self._stages[number] = last.revision, last.stage

    async def learn(self, bed: Bed) -> None:
        """Read how the deals stand now: an earlier run may have moved them."""
        stages = {stage_id: number for number, stage_id in enumerate(OPEN_STAGES)}
        query = "SELECT id, revision, stage_id FROM deals WHERE outcome = 'open'"
        async with bed.database("deals") as connection:
            for row in await connection.fetch(query):
                number = number_of(row["id"])
                if 0 <= number < len(self._stages):
                    self._revisions[number] = row["revision"]
                    self._stages[number] = stages[row["stage_id"]]

    def next_call(self, lane: int) -> Call:
        """Return the lane's next stage change."""
        turn = self._turns[lane]
        self._turns[lane] = turn + 1
        own = len(self._open) // self._lanes
        number = self._open[turn * _STRIDE % own * self._lanes + lane]
        stage = (self._stages[number] + 1) % len(OPEN_STAGES)

        def done(reply: Reply) -> None:
            if tag := _TAG.search(reply.head):
                self._revisions[number] = int(tag[1])
                self._stages[number] = stage

        return Call(
            request(
                "PUT",
                f"/v1/deals/{deal_id(number)}/stage",
                token=self._who(number, turn).token,
                body=b'{"stage_id":"%s"}' % str(OPEN_STAGES[stage]).encode(),
                headers={"If-Match": f'"{self._revisions[number]}"'},
            ),
            done,
        )

    def _who(self, number: int, turn: int) -> Person:
        seller = seller_of(number)
        asks = turn % 10 < _HEADS_ASK
        return self._people.head_of(seller) if asks else self._people.sellers[seller]
