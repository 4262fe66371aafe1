"""The kinds of data that notifications keeps for a time."""

from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.events import RetentionCompleted
from crm_notifications.inbound.statements import ARRIVALS, BODIES
from crm_notifications.persons.queries import FILES, IN_APP, LETTERS, WORDS
from crm_shared.retention import Keeping, Kind, event_log, rows

# that a message was sent, when and by which rule, stays: only its words go
_TEXTS = [
    rows("message_texts", LETTERS, lambda before: LETTERS.c.kept_at < before),
    rows("message_texts", IN_APP, lambda before: IN_APP.c.kept_at < before),
    rows(
        "message_texts",
        WORDS,
        lambda before: and_(WORDS.c.at < before, WORDS.c.text.is_not(None)),
        {"subject": None, "text": None, "html": None},
    ),
    rows(
        "message_texts",
        FILES,
        lambda before: FILES.c.message_id.in_(select(WORDS.c.id).where(WORDS.c.at < before)),
    ),
    # what could not be read, or nobody has made yet
    rows("message_texts", BODIES, lambda before: BODIES.c.kept_at < before),
    rows(
        "message_texts",
        ARRIVALS,
        lambda before: and_(ARRIVALS.c.created_at < before, ARRIVALS.c.fields.is_not(None)),
        {"fields": None},
    ),
]


async def _count(session: AsyncSession, before: datetime) -> int:
    return sum([await kind.count(session, before) for kind in _TEXTS])


async def _remove(session: AsyncSession, before: datetime, limit: int) -> int:
    return sum([await kind.remove(session, before, limit) for kind in _TEXTS])


MESSAGE_TEXTS = Kind("message_texts", _count, _remove)
KEEPING = Keeping(
    "notifications",
    [MESSAGE_TEXTS, event_log()],
    lambda facts: RetentionCompleted(retention=facts),
)
