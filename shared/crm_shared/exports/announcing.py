"""Exports that are announced: every one as an event, and one that takes much as an alarm."""

from collections.abc import Callable
from typing import Any

from crm_shared import context
from crm_shared.db.engine import Sessions
from crm_shared.events import outbox
from crm_shared.events.envelope import Event
from crm_shared.exports.watching import Export

MANY_ROWS = 1000
Say = Callable[[dict[str, Any]], Event]


class AnnouncingWatch:
    """Announces what left the house: which noun, how much, filtered by which fields, by whom.

    From `many` rows on it is said as an alarm, which message rules can carry to people.
    """

    def __init__(self, said: Say, alarmed: Say, *, many: int = MANY_ROWS) -> None:
        self._said, self._alarmed, self.many = said, alarmed, many

    async def begins(self, _sessions: Sessions, _export: Export) -> None:
        """Nothing is known yet of how much it will be."""

    async def ends(self, sessions: Sessions, export: Export, *, rows: int, whole: bool) -> None:
        """Announce an export, also one that broke off: what went out is out."""
        say = self._alarmed if rows >= self.many else self._said
        event = say(
            {
                "noun": export.noun,
                "format": export.format,
                "columns": len(export.columns),
                "filtered_by": list(export.filtered_by),
                "rows": rows,
                "is_whole": whole,
            }
        )
        with context.use(context.Context(actor=export.actor)):
            entry = outbox.entry_values(event, aggregate_id=export.id, revision=1)
        async with sessions.begin() as session:
            await outbox.write_entries(session, [entry])
