"""What our own readers understand: letters of the mailbox."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.channels.senders.smtp import SmtpSender
from crm_notifications.conversations.rules import About, Said
from crm_notifications.inbound.models import Arrival
from crm_notifications.mail_intake.rules.letters import read_letter
from crm_notifications.mail_intake.use_cases import NotForConversationsError, place_letter
from crm_notifications.receipts.rules import of_report
from crm_notifications.receipts.use_cases import take_receipts
from crm_shared.db.engine import SETTINGS
from crm_shared.events.subscription import Discard

MAIL, MAIL_CUT = "mail", "mail-cut"
__all__ = ["NotForConversationsError", "Placed", "placed_by"]


@dataclass(frozen=True, slots=True)
class Placed:
    """A message, whose it is when that is known, and what becomes of a stranger."""

    said: Said
    about: About | None = None
    unknown: str = "keep"


async def placed_by(session: AsyncSession, arrival: Arrival, body: bytes) -> Placed:
    """Read what came by the reader that knows it.

    A bounce or a complaint is written down as a receipt. Raises NotForConversationsError for what
    is no word of anybody to us, Discard for
    what no parser gets through.
    """
    try:
        letter = read_letter(body, arrival.created_at, is_cut=arrival.reader == MAIL_CUT)
        receipt = of_report(body) if letter.is_report else None
    except RecursionError:
        raise Discard("nested-too-deep") from None
    if receipt is not None:
        await take_receipts(session, SmtpSender.name, [receipt])
        raise NotForConversationsError("receipt")
    settings = session.info[SETTINGS]
    said, about = await place_letter(session, letter, ours=settings.sender_address)
    return Placed(said, about, settings.imap_unknown)
