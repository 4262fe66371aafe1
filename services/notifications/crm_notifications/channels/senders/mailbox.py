"""The demo's mailbox: letters are kept where an administrator can read them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from crm_notifications.channels.models import MailboxLetter
from crm_notifications.channels.rules import Channel, Letter, Outcome, Receipt, Trace, Verdict


class MailboxSender:
    """Keeps letters in a table instead of sending them; a letter is kept once."""

    name = "mailbox"

    def __init__(
        self,
        sessions: async_sessionmaker[AsyncSession],
        *,
        mail_from: str,
        channel: str = Channel.EMAIL.value,
    ) -> None:
        self._sessions = sessions
        self._channel = channel
        self._mail_from = mail_from

    async def send(self, letters: Sequence[Letter], *, until: datetime) -> list[Verdict]:
        """Keep every letter, all in one transaction."""
        async with self._sessions.begin() as session:
            kept = insert(MailboxLetter).on_conflict_do_nothing()
            await session.execute(kept, [self._row(letter) for letter in letters])
        return [Verdict(Outcome.SENT)] * len(letters)

    async def look_up(self, traces: Sequence[Trace]) -> list[Receipt]:
        """Nobody brings letters from here to anybody."""
        return []

    async def close(self) -> None:
        """Nothing to let go of."""

    def _row(self, letter: Letter) -> dict[str, object]:
        return {
            "id": letter.id,
            "channel": self._channel,
            "mail_from": self._mail_from,
            "to_name": letter.to_name,
            "to_address": letter.to_address,
            "subject": letter.subject,
            "text": letter.text,
            "html": letter.html,
            "language": letter.language,
        }
