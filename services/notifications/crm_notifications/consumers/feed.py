"""What the feed makes of events: all that may leave the house stands in one log."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.feed import use_cases
from crm_notifications.feed.rules import is_told
from crm_shared.events.envelope import AnyEvent, Envelope
from crm_shared.events.subscription import Subscription

# a transaction costs more than an event: four durables of every event are felt at 150 moves/s
LINGER_S = 0.25


def subscription(publisher: str) -> Subscription[AnyEvent]:
    """Return the durable that brings one publisher's events into the log."""
    return Subscription(
        durable=f"notifications-{publisher}-feed",
        pattern=f"crm.{publisher}.>",
        reads=AnyEvent,
        decide=those_that_are_told,
        handler=use_cases.append,
        batch=500,
        linger_s=LINGER_S,
    )


async def those_that_are_told(
    _session: AsyncSession, batch: Sequence[Envelope[AnyEvent]]
) -> Sequence[Envelope[AnyEvent]]:
    """The events that others may hear of."""
    return [envelope for envelope in batch if is_told(envelope.type)]
