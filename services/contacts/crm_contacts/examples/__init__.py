"""One example of every published event: they feed contracts/ and docs/events.md."""

from crm_contacts.examples import (
    accounts,
    activities,
    api_keys,
    assignment,
    call_lists,
    cases,
    clients,
    customs,
    erasures,
    exports,
    leads,
    readings,
    retention,
    scripts,
    segments,
    tasks,
    validations,
    workspace,
)
from crm_shared.events.envelope import Event

EXAMPLES: list[Event] = [
    *cases.EXAMPLES,
    *accounts.EXAMPLES,
    *api_keys.EXAMPLES,
    *clients.EXAMPLES,
    *leads.EXAMPLES,
    *erasures.EXAMPLES,
    *tasks.EXAMPLES,
    *activities.EXAMPLES,
    *customs.EXAMPLES,
    *assignment.EXAMPLES,
    *scripts.EXAMPLES,
    *segments.EXAMPLES,
    *call_lists.EXAMPLES,
    *exports.EXAMPLES,
    *readings.EXAMPLES,
    *retention.EXAMPLES,
    *validations.EXAMPLES,
    *workspace.EXAMPLES,
]
