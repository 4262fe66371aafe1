"""Which events deals listens to, and who handles each."""

from typing import Any

from crm_deals.consumers import contacts, rules, work
from crm_deals.persons.use_cases import erase_person, tell
from crm_deals.retention.catalogue import KEEPING
from crm_shared.events import aliases, erasure, known_calendar, known_users, refs
from crm_shared.events.consumer import Subscription

# A durable's name is its place in the stream: rename one and it starts over from the beginning.
SUBSCRIPTIONS: list[Subscription[Any]] = [
    *known_users.subscriptions("deals"),
    *aliases.subscriptions("deals"),
    known_calendar.subscription("deals"),
    KEEPING.subscription(),
    Subscription(
        durable="deals-lead-conversions",
        reads=contacts.LeadConverted,
        asks=contacts.titles_of,
        handler=contacts.begin_deals,
    ),
    Subscription(
        durable="deals-hand-overs",
        reads=contacts.HandOverStarted,
        handler=contacts.hand_over,
        acts=True,
    ),
    *work.SUBSCRIPTIONS,
    erasure.subscription(
        "deals-erasures", subject="crm.contacts.contact.erased.v1", erase=erase_person, tell=tell
    ),
    rules.subscription("deals"),
    rules.subscription("contacts"),
    rules.subscription("notifications"),
    # imports name owners, contacts and companies by external id
    refs.subscription("deals-refs", owner="contacts", kinds={"user", "contact", "company"}),
]
