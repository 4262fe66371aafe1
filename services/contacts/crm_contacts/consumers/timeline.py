"""What contacts writes down of everything that happens with its clients: their timelines."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.timeline.rules import (
    anchors_of,
    details_of,
    happened,
    noun_and_fact,
    snapshot_of,
)
from crm_contacts.timeline.statements import add_entries
from crm_shared.events.consumer import Discard, Subscription
from crm_shared.events.envelope import AnyEvent, Envelope

# Records of the house itself: nobody's client has a part in them.
OF_THE_HOUSE = {
    *(
        "user",
        "team",
        "workspace",
        "case_queue",
        "task_rule",
        "validation",
        "template",
        "message_rule",
        "pipeline",
        "product",
        # what is made of it says so itself
        "inbound",
    ),
}
OWN = "contacts"
# somebody was told of what stands there already
REMINDED = "reminded"
LINGER_S = 0.2
AT_ONCE = 200


async def those_about_clients(
    _session: AsyncSession, batch: Sequence[Envelope[AnyEvent]]
) -> Sequence[Envelope[AnyEvent]]:
    """Pick what has a place in a timeline; a mass change of our own records has its versions."""
    return [envelope for envelope in batch if _has_a_place(envelope)]


def _has_a_place(envelope: Envelope[AnyEvent]) -> bool:
    noun, fact = noun_and_fact(envelope.type)
    if fact == REMINDED:
        return False
    told = envelope.data.as_dict().get(noun)
    if noun in OF_THE_HOUSE or not isinstance(told, dict):
        return False
    return not (envelope.bulk and envelope.publisher == OWN)


async def write_down(session: AsyncSession, batch: Sequence[Envelope[AnyEvent]]) -> None:
    """Add each event to the timelines it belongs to, once and wherever its time puts it."""
    rows: list[dict[str, Any]] = []
    deals: list[dict[str, Any]] = []
    for envelope in batch:
        data = envelope.data.as_dict()
        noun, fact = noun_and_fact(envelope.type)
        try:
            snapshot = snapshot_of(envelope.type, data)
        except ValidationError as unreadable:
            raise Discard("the snapshot cannot be read") from unreadable
        if snapshot is None:
            continue
        whose = {"owner_id": snapshot.owner_id, "team_id": snapshot.team_id}
        if noun == "deal":
            deals.append({"id": envelope.subject, "revision": envelope.revision, **whose})
        entry = {
            "id": envelope.id,
            "at": happened(envelope.time, envelope.recordedtime),
            "recorded_at": envelope.recordedtime,
            "author_id": envelope.actorid,
            "source": envelope.publisher,
            "noun": noun,
            "fact": fact,
            "subject_id": envelope.subject,
            "revision": envelope.revision,
            "details": details_of(envelope.type, data),
            **whose,
        }
        anchors = anchors_of(noun, envelope.subject, snapshot)
        rows.extend({**entry, "anchor_id": anchor} for anchor in anchors)
    await add_entries(session, rows, deals=deals)


def subscription(publisher: str) -> Subscription[AnyEvent]:
    """Return the durable that writes down what one service says."""
    return Subscription(
        durable=f"contacts-{publisher}-timeline",
        pattern=f"crm.{publisher}.>",
        reads=AnyEvent,
        decide=those_about_clients,
        handler=write_down,
        batch=AT_ONCE,
        linger_s=LINGER_S,
    )
