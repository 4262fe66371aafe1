"""Which events reporting listens to: all of them, one durable a stream."""

from crm_reporting.consumers.streams import keep
from crm_shared.events import known_users, refs
from crm_shared.events.consumer import Subscription
from crm_shared.events.envelope import AnyEvent

PUBLISHERS = ("contacts", "deals", "notifications", "reporting")
BATCH = 500

# A durable's name is its place in the stream: rename one and it starts over from the beginning.
DURABLES = {publisher: f"reporting-ledger-{publisher}" for publisher in PUBLISHERS}
STREAMS = [
    Subscription(
        durable=DURABLES[publisher],
        reads=AnyEvent,
        pattern=f"crm.{publisher}.>",
        handler=keep,
        batch=BATCH,
    )
    for publisher in PUBLISHERS
]
SUBSCRIPTIONS = [
    *STREAMS,
    *known_users.subscriptions("reporting"),
    refs.subscription("reporting-refs-contacts", owner="contacts", kinds={"user", "team", "company"}),
]
