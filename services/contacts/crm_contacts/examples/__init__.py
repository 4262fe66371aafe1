"""One example of every published event: they feed contracts/ and docs/events.md."""

from crm_contacts.examples import accounts, activities, clients, leads, tasks
from crm_shared.events.envelope import Event

EXAMPLES: list[Event] = [
    *accounts.EXAMPLES,
    *clients.EXAMPLES,
    *leads.EXAMPLES,
    *tasks.EXAMPLES,
    *activities.EXAMPLES,
]
