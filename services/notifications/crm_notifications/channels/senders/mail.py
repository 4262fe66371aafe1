"""A letter as a mail, as every server on its way and every mail program understands it."""

import re
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime

from crm_notifications.channels.rules import Letter, one_line

_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,300}>")


class _Whole(UnstructuredHeader, BaseHeader):
    """An id or a link: the library would encode a long one as words, and nobody decodes those."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


def _registry() -> HeaderRegistry:
    registry = HeaderRegistry()
    for name in ("in-reply-to", "references", "list-unsubscribe"):
        registry.map_to_type(name, _Whole)
    return registry


# not every relay carries bytes that are no ASCII, and a signature does not survive the conversion
_AS_SENT = SMTP.clone(cte_type="7bit", header_factory=_registry())


def as_email(letter: Letter, mail_from: str) -> EmailMessage:
    """Compose the mail; its Message-ID comes from the message, so a copy can be recognised."""
    domain = mail_from.rpartition("@")[2].rstrip(">") or "localhost"
    name, _, domain_to = letter.to_address.rpartition("@")
    mail = EmailMessage(policy=_AS_SENT)
    mail["From"] = mail_from
    mail["To"] = Address(one_line(letter.to_name), name, domain_to)
    mail["Subject"] = one_line(letter.subject)
    mail["Date"] = format_datetime(letter.written_at)
    mail["Message-ID"] = f"<{letter.name}@{domain}>"
    mail["Content-Language"] = letter.language
    if not letter.is_by_hand:
        mail["Auto-Submitted"] = "auto-generated"
    if letter.answers and _MESSAGE_ID.fullmatch(letter.answers):
        mail["In-Reply-To"] = mail["References"] = letter.answers
    if letter.unsubscribe_url is not None:
        # RFC 8058: a mail program may refuse further letters with one click of its own
        mail["List-Unsubscribe"] = f"<{letter.unsubscribe_url}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(letter.text)
    if letter.html is not None:
        mail.add_alternative(letter.html, subtype="html")
    return mail
