"""Which events contacts listens to, and who handles each."""

from typing import Any

from crm_contacts.consumers import (
    assignment,
    deals,
    erasures,
    exports,
    inbound,
    retention,
    rules,
    search,
    segments,
    surveys,
    timeline,
)
from crm_contacts.retention.catalogue import KEEPING
from crm_shared.events import known_users, refs
from crm_shared.events.consumer import Subscription
from crm_shared.nouns import known_fields

# A durable's name is its place in the stream: rename one and it starts over from the beginning.
SUBSCRIPTIONS: list[Subscription[Any]] = [
    Subscription(
        durable="contacts-task-rules",
        reads=deals.DealStageChanged,
        decide=deals.those_that_matter,
        handler=deals.ask_for_tasks,
        acts=True,
    ),
    Subscription(
        durable="contacts-task-rules-new-deal",
        reads=deals.DealCreated,
        decide=deals.those_that_matter,
        handler=deals.ask_for_tasks,
        acts=True,
    ),
    rules.SUBSCRIPTION,
    assignment.SUBSCRIPTION,
    timeline.subscription("deals"),
    timeline.subscription("notifications"),
    timeline.subscription("contacts"),
    search.SUBSCRIPTION,
    *segments.SUBSCRIPTIONS,
    surveys.SUBSCRIPTION,
    refs.subscription("contacts-deals-refs", owner="deals", kinds={"deal"}),
    known_fields.subscription("contacts", "deals"),
    *known_users.subscriptions("contacts"),
    *erasures.SUBSCRIPTIONS,
    *exports.SUBSCRIPTIONS,
    *inbound.SUBSCRIPTIONS,
    *retention.SUBSCRIPTIONS,
    KEEPING.subscription(),
]
