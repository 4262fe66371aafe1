"""How long lookups took, as each API process measures it."""

from crm_shared.events.envelope import Event
from crm_shared.http.lookups import LookupFacts


class LookupsMeasured(Event, type="crm.deals.lookup.measured.v1"):
    """How many lookups were answered how fast since the last word of the same process.

    Said every five minutes where there were any: counts by milliseconds, nothing of what was
    looked for or by whom.
    """

    lookup: LookupFacts
