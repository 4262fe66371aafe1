"""Which events notifications listens to, and who handles each."""

from typing import Any

from crm_notifications.consumers import feed, inbound, leads, mailings, message_rules
from crm_notifications.persons.use_cases import erase_person, tell
from crm_notifications.retention.catalogue import KEEPING
from crm_shared.events import aliases, erasure, known_calendar, known_users, refs
from crm_shared.events.envelope import AnyEvent
from crm_shared.events.subscription import Subscription
from crm_shared.nouns import known_fields

# Each move makes a task, and so an event that hardly any rule waits for: those come in groups.
LINGER_S = 0.1


def _rules_about(
    publisher: str, *, noun: str = "", linger_s: float = 0.0
) -> Subscription[AnyEvent]:
    return Subscription(
        linger_s=linger_s,
        durable=f"notifications-{noun or publisher}-message-rules",
        pattern=f"crm.{publisher}.{noun}.>" if noun else f"crm.{publisher}.>",
        reads=AnyEvent,
        decide=message_rules.those_with_a_rule,
        handler=message_rules.queue_what_rules_ask,
        acts=True,
    )


# A durable's name is its place in the stream: rename one and it starts over from the beginning.
SUBSCRIPTIONS: list[Subscription[Any]] = [
    _rules_about("deals"),
    _rules_about("contacts", linger_s=LINGER_S),
    _rules_about("notifications", noun="digest", linger_s=LINGER_S),
    _rules_about("reporting", noun="report", linger_s=LINGER_S),
    *inbound.SUBSCRIPTIONS,
    *leads.SUBSCRIPTIONS,
    refs.subscription(
        "notifications-contacts-refs", owner="contacts", kinds={"contact", "company", "user"}
    ),
    refs.subscription("notifications-deals-refs", owner="deals", kinds={"deal"}),
    known_fields.subscription("notifications", "deals"),
    known_fields.subscription("notifications", "contacts"),
    *known_users.subscriptions("notifications"),
    *aliases.subscriptions("notifications"),
    erasure.subscription(
        "notifications-erasures",
        subject="crm.contacts.contact.erased.v1",
        erase=erase_person,
        tell=tell,
    ),
    known_calendar.subscription("notifications"),
    Subscription(
        durable="notifications-unsubscribed",
        reads=mailings.ConsentWithdrawn,
        handler=mailings.note_on_letters,
        acts=True,
    ),
    KEEPING.subscription(),
    *map(feed.subscription, ("contacts", "deals", "notifications", "reporting")),
]
