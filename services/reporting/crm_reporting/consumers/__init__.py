"""Which events reporting listens to: all of them, one durable a stream."""

from crm_reporting.consumers.streams import DURABLES, handle
from crm_reporting.persons.use_cases import erase_person, tell
from crm_shared.events import aliases, erasure, known_calendar, known_users, refs
from crm_shared.events.consumer import Subscription
from crm_shared.events.envelope import AnyEvent
from crm_shared.nouns import known_fields

BATCH = 500
# Only deals are counted; the rest is kept, and nobody waits for that.
LINGER_S = 0.25
# While PostgreSQL writes one batch, Python makes the next one ready.
LANES = 2

STREAMS = [
    Subscription(
        durable=durable,
        reads=AnyEvent,
        pattern=f"crm.{publisher}.>",
        handler=handle,
        batch=BATCH,
        linger_s=0.0 if publisher == "deals" else LINGER_S,
        lanes=LANES if publisher == "deals" else 1,
    )
    for publisher, durable in DURABLES.items()
]
SUBSCRIPTIONS = [
    *STREAMS,
    *known_users.subscriptions("reporting"),
    *aliases.subscriptions("reporting"),
    erasure.subscription(
        "reporting-erasures",
        subject="crm.contacts.contact.erased.v1",
        erase=erase_person,
        tell=tell,
    ),
    known_calendar.subscription("reporting"),
    # what metrics of one's own may ask of custom fields
    known_fields.subscription("reporting", "contacts"),
    known_fields.subscription("reporting", "deals"),
    refs.subscription(
        "reporting-refs-contacts", owner="contacts", kinds={"user", "team", "company"}
    ),
]
