"""Timed work: the mailbox is looked into, and every new letter kept once."""

import asyncio
from email.parser import BytesHeaderParser
from hashlib import sha256

import structlog

from crm_notifications.inbound.use_cases.taking import take_in
from crm_notifications.mail_intake import queries, statements
from crm_notifications.mail_intake.rules.headers import reference_of
from crm_notifications.mail_intake.senders.imap import Fetched, MailboxAwayError, visit
from crm_shared.worker import JobContext

log = structlog.get_logger()

MAIL = "mail"
AT_ONCE = 25
LONGEST_ID = 200


async def read_mailbox(context: JobContext) -> int:
    """Keep the next letters; each stands together with how far we are, so a crash loses none.

    Before it stands there nobody counts it as read, and read twice it is known by its Message-ID.
    """
    server = context.settings.imap_server
    if server is None:
        return 0
    async with context.sessions() as session:
        validity, uid = await queries.place_of(session, server.account)
    try:
        found = await asyncio.to_thread(visit, server, validity=validity, after=uid, limit=AT_ONCE)
    except MailboxAwayError as away:
        log.warning("mailbox-away", error=str(away))
        return 0
    for letter in found.letters:
        async with context.sessions.begin() as session:
            if letter.raw:
                await take_in(session, MAIL, _id_of(letter), letter.raw, reader=_reader(letter))
            await statements.keep_place(session, server.account, found.validity, letter.uid)
    return len(found.letters)


def _reader(letter: Fetched) -> str:
    return "mail-cut" if letter.is_cut else MAIL


def _id_of(letter: Fetched) -> str:
    # headers only: a body that breaks the parser must not hold up the mailbox
    said = reference_of(BytesHeaderParser().parsebytes(letter.raw), letter.raw)
    said = said.encode(errors="ignore").decode().replace("\x00", "")
    if len(said) <= LONGEST_ID:
        return said
    return f"sha256-{sha256(said.encode()).hexdigest()}"
