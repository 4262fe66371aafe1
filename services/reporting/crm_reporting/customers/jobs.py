"""Figures of customers are told from time to time: an import is over in one telling."""

from typing import Any

from crm_reporting.customers import queries, use_cases
from crm_reporting.rebuilds.use_cases import basis_and_rebuild
from crm_shared.db.engine import make_engine, make_sessions
from crm_shared.worker import Job, JobContext

AT_ONCE = 2000
EVERY_S = 300.0
# a worker that starts first looks how much waits to be counted
AFTER_S = 3.0


class Telling:
    """The job, with what it has counted already: the same again is not counted again."""

    def __init__(self) -> None:
        self._counted: tuple[Any, ...] = ()

    async def has_work(self, context: JobContext) -> bool:
        """Tell whether a deal, an invoice, a merge, a rate or the day has changed since."""
        async with context.sessions() as session:
            basis, _is_rebuilt = await basis_and_rebuild(session)
            return await queries.state_of_inputs(session, basis) != self._counted

    async def tell(self, context: JobContext) -> int:
        """Tell whatever changed, portion after portion, unless events still wait to be counted."""
        async with context.sessions() as session:
            if await queries.is_behind(session):
                return 0
            since = await queries.last_told(session)
            basis, _is_rebuilt = await basis_and_rebuild(session)
            now = await queries.state_of_inputs(session, basis)
        # one statement over every customer: it may take longer than any other may
        name = "crm-reporting-customers"
        url = context.settings.database_url
        engine = make_engine(url, application=name, pool_size=1, command_timeout=None)
        try:
            async with make_sessions(engine, context.settings).begin() as session:
                told = await use_cases.tell_figures(session, since=since, portion=AT_ONCE)
        finally:
            await engine.dispose()
        self._counted = () if told is None else now
        return told or 0


_TELLING = Telling()
JOBS = [
    Job(
        "customer-figures",
        EVERY_S,
        _TELLING.tell,
        again_s=EVERY_S,
        has_work=_TELLING.has_work,
        after_s=AFTER_S,
    )
]
