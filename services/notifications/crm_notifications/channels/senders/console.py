"""The console: says that a letter would have gone, and nothing of what it says or to whom."""

from collections.abc import Sequence
from datetime import datetime

from crm_notifications.channels.rules import Letter, Outcome, Receipt, Trace, Verdict
from crm_shared.observability.logging import get_logger

log = get_logger(__name__)


class ConsoleSender:
    """Logs ids and lengths; for trying rules out without a provider."""

    name = "console"

    async def send(self, letters: Sequence[Letter], *, until: datetime) -> list[Verdict]:
        """Log every letter."""
        for letter in letters:
            log.info(
                "letter",
                message_id=str(letter.id),
                language=letter.language,
                characters=len(letter.text),
            )
        return [Verdict(Outcome.SENT)] * len(letters)

    async def look_up(self, traces: Sequence[Trace]) -> list[Receipt]:
        """Nobody gets what is only logged."""
        return []

    async def close(self) -> None:
        """Nothing to let go of."""
