"""One example of every published event; feeds contracts/ and docs/events.md."""

from crm_shared.events.envelope import Event

EXAMPLES: list[Event] = []
