"""The effect is counted beside, where counting it takes longer than asking may."""

import time
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.effect import queries
from crm_reporting.effect.rules.answers import KEPT_FOR, Question
from crm_reporting.effect.schemas.measured import told as measured
from crm_reporting.effect.schemas.totals import totals
from crm_reporting.effect.statements import alone, forget_totals, keep_totals
from crm_reporting.effect.use_cases import measure_effect
from crm_reporting.inputs.queries import find_setup
from crm_reporting.ledger.queries import is_far_behind
from crm_reporting.rebuilds.use_cases import basis_and_rebuild
from crm_shared.actor import SYSTEM_ACCESS
from crm_shared.clock import local_day, utc_now
from crm_shared.worker import Job, JobContext

EVERY_S = 5.0
# a worker that starts first looks how much waits to be counted
AFTER_S = 3.0
# what is counted sooner is counted for whoever asks, of this very moment
QUICK_S = 0.1
# counting takes a twentieth of a core at most, however often facts come
PAUSES = 20


class Counting:
    """The job, with what it has counted already and until when it rests."""

    def __init__(self, quick_s: float = QUICK_S) -> None:
        self._quick_s = quick_s
        self._counted: tuple[Any, ...] = ()
        self._rests_until = 0.0

    async def has_work(self, context: JobContext) -> bool:
        """Tell whether a fact, anything entered or the day has changed since.

        Facts come all the time and wait; whoever entered something is shown it soon. While a heap
        of events waits, counting would only hold it up: what is kept is told meanwhile.
        """
        async with context.sessions() as session:
            now = await _state(session)
            if await is_far_behind(session) and await _is_kept(session, now[0]):
                return False
        is_due = now[:2] != self._counted[:2] or time.monotonic() >= self._rests_until
        return now != self._counted and is_due

    async def count(self, context: JobContext) -> int:
        """Count the effect and keep it if that took long."""
        async with context.sessions.begin() as session:
            if not await alone(session):
                return 0
            now = await _state(session)
            setup, (_key, today, _written) = await find_setup(session), now
            if setup is not None and setup.starts_on <= today:
                self._rests_until = time.monotonic() + PAUSES * await self._keep(session)
        self._counted = now
        return 0

    async def _keep(self, session: AsyncSession) -> float:
        """Return how many seconds it took."""
        began, now = time.monotonic(), utc_now()
        basis, _is_rebuilt = await basis_and_rebuild(session)
        key = await queries.entered_for(session, basis)
        asked = Question(None, local_day(now, basis.zone), now)
        found = await measure_effect(session, SYSTEM_ACCESS, basis, asked)
        told = totals(found, as_of=now).model_dump(mode="json")
        whole = measured(found, zone=basis.zone.key, as_of=now).model_dump(mode="json")
        took = time.monotonic() - began
        if took < self._quick_s:
            await forget_totals(session)
        else:
            await keep_totals(session, key, now, body=told, whole=whole)
        return took


async def _is_kept(session: AsyncSession, key: str) -> bool:
    basis, _is_rebuilt = await basis_and_rebuild(session)
    kept = await queries.find_kept(session, basis, utc_now() - KEPT_FOR)
    return kept is not None and kept.key == key


async def _state(session: AsyncSession) -> tuple[Any, ...]:
    basis, _is_rebuilt = await basis_and_rebuild(session)
    written = await queries.facts_written(session)
    key = await queries.entered_for(session, basis)
    return key, local_day(utc_now(), basis.zone), written


_COUNTING = Counting()
JOBS = [
    Job("effect-totals", EVERY_S, _COUNTING.count, has_work=_COUNTING.has_work, after_s=AFTER_S)
]
