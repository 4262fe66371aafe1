"""In-app: a letter is kept for a colleague, who reads it in the application."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from crm_notifications.channels.models import InAppLetter
from crm_notifications.channels.rules import Letter, Outcome, Receipt, Trace, Verdict
from crm_notifications.channels.senders.over_http import as_uuid

TAKEN = Verdict(Outcome.SENT)
NOBODY = Verdict(Outcome.REFUSED, "address-unusable")


class InAppSender:
    """Keeps letters under the id of their message: one kept twice is there once."""

    name = "in_app"

    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self._sessions = sessions

    async def send(self, letters: Sequence[Letter], *, until: datetime) -> list[Verdict]:
        """Keep every letter, all in one transaction."""
        readers = [as_uuid(letter.to_address) for letter in letters]
        rows = [
            {
                "id": letter.id,
                "user_id": reader,
                "subject": letter.subject,
                "text": letter.text,
                "language": letter.language,
            }
            for letter, reader in zip(letters, readers, strict=True)
            if reader is not None
        ]
        if rows:
            async with self._sessions.begin() as session:
                await session.execute(insert(InAppLetter).on_conflict_do_nothing(), rows)
        return [TAKEN if reader else NOBODY for reader in readers]

    async def look_up(self, traces: Sequence[Trace]) -> list[Receipt]:
        """What is kept is kept."""
        return []

    async def close(self) -> None:
        """Nothing to let go of."""
