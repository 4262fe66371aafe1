"""What the search learns when somebody is named: the words that a mistyped one may have meant."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.search.use_cases import learn_names
from crm_shared.events.consumer import Subscription
from crm_shared.events.envelope import AnyEvent, Envelope

SEARCHED = frozenset({"contact", "company", "lead", "case"})
NAMED = frozenset({"created", "updated", "restored", "merged", "unmerged"})
# a name is searched with typos rarely within half a second of its writing
LINGER_S = 0.5


async def those_that_name_somebody(
    _session: AsyncSession, batch: Sequence[Envelope[AnyEvent]]
) -> Sequence[Envelope[AnyEvent]]:
    """Pick what may have brought new words, mass changes included."""
    return [envelope for envelope in batch if _names_somebody(envelope.type)]


def _names_somebody(event_type: str) -> bool:
    noun, fact = event_type.split(".")[2:4]
    return noun in SEARCHED and fact in NAMED


async def learn(session: AsyncSession, batch: Sequence[Envelope[AnyEvent]]) -> None:
    """Add the words of these records' names as they are now."""
    named: dict[str, set[UUID]] = defaultdict(set)
    for envelope in batch:
        named[envelope.type.split(".")[2]].add(envelope.subject)
    for kind in sorted(named):
        await learn_names(session, kind, named[kind])


SUBSCRIPTION = Subscription(
    durable="contacts-search-words",
    pattern="crm.contacts.>",
    only=[f"crm.contacts.{noun}.{fact}.>" for noun in sorted(SEARCHED) for fact in sorted(NAMED)],
    reads=AnyEvent,
    decide=those_that_name_somebody,
    handler=learn,
    batch=200,
    linger_s=LINGER_S,
)
