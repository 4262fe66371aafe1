"""One example of every published event: they feed contracts/ and docs/events.md."""

from crm_deals.examples import (
    automation,
    customs,
    erasure,
    exports,
    lookups,
    money,
    quotes,
    readings,
    retention,
    selling,
)
from crm_shared.events.envelope import Event

EXAMPLES: list[Event] = [
    *selling.EXAMPLES,
    *money.EXAMPLES,
    *quotes.EXAMPLES,
    *automation.EXAMPLES,
    *customs.EXAMPLES,
    *exports.EXAMPLES,
    *lookups.EXAMPLES,
    *readings.EXAMPLES,
    *retention.EXAMPLES,
    *erasure.EXAMPLES,
]
