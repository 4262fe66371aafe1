"""The kinds of data that notifications keeps for a time."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.events import RetentionCompleted
from crm_notifications.persons.queries import IN_APP, LETTERS
from crm_shared.retention import Keeping, Kind, event_log, rows

# that a message was sent, when and by which rule, stays: only its words go
_TEXTS = [
    rows("message_texts", LETTERS, lambda before: LETTERS.c.kept_at < before),
    rows("message_texts", IN_APP, lambda before: IN_APP.c.kept_at < before),
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
