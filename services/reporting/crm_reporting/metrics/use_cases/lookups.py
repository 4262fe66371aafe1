"""K67: the speed of search and views, as the services measured it."""

from crm_reporting.metrics.queries.labels import labels_of
from crm_reporting.metrics.rules.catalogue import Dimension
from crm_reporting.metrics.rules.lookups import speed
from crm_reporting.metrics.rules.periods import Period
from crm_reporting.metrics.use_cases.reading import gather, read_of
from crm_reporting.metrics.use_cases.work import Figures, Work


async def lookup_time(work: Work, period: Period, _by: Dimension | None) -> Figures:
    """Return the 95th percentile of a period, from the counters of each bucket."""
    read = read_of(work.ask, period=period, by=Dimension.KIND)
    gathered = await gather(work.session, work.ask, read, work.rates)
    keys = [key for key, _bucket, _stage in gathered.bags if key is not None]
    labels = await labels_of(work.session, Dimension.KIND, keys)
    counts: dict[int | None, int] = {}
    for (key, _bucket, _stage), bag in gathered.bags.items():
        label = labels.get(key, str(key)) if key is not None else ""
        bound = int(label) if label.isdigit() else None
        counts[bound] = counts.get(bound, 0) + sum(tally.n for tally in bag.values())
    return {None: speed(counts)}
