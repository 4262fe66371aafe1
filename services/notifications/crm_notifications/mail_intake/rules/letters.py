"""One letter read: who, what, and which files; what is too large is left out and said."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from html import unescape
from uuid import UUID

import nh3

from crm_notifications.conversations.rules import File
from crm_notifications.mail_intake.rules import headers

LONGEST_TEXT = 50_000
LONGEST_HTML = 200_000
MOST_FILES = 20
LARGEST_FILE = 10 * 1024 * 1024
MOST_PARTS = 200
_BLOCK = re.compile(r"(?i)<(br|/p|/div|/tr|/li|/h\d)\b[^>]*>")
# nothing that runs, asks, or is loaded from afar: whoever sent it would see that it was read
_TAGS = nh3.ALLOWED_TAGS - {"img", "area", "map"}


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as people read it."""

    reference: str
    sender: tuple[str, str] | None
    recipients: Sequence[tuple[str, str]]
    subject: str | None
    text: str
    html: str | None
    answers: Sequence[UUID]
    is_automatic: bool
    # a mail server's word about a letter of somebody's
    is_report: bool
    at: datetime
    files: Sequence[File] = ()
    left_out: Sequence[str] = ()


@dataclass
class _Parts:
    texts: list[str] = field(default_factory=list)
    htmls: list[str] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def read_letter(raw: bytes, came_at: datetime, *, is_cut: bool = False) -> Letter:
    """Read a letter; broken headers and charsets are guessed, never refused."""
    mail = message_from_bytes(raw)
    parts = _parts(mail)
    if is_cut:
        parts.left_out.append("letter-too-large")
    html = _clean("\n".join(parts.htmls), parts) if parts.htmls else None
    text = "\n".join(parts.texts) or (_as_text(html) if html else "")
    if len(text) > LONGEST_TEXT:
        parts.left_out.append("text-cut")
    senders = headers.people(mail, "From") or headers.people(mail, "Reply-To", "Sender")
    return Letter(
        reference=headers.reference_of(mail, raw),
        sender=senders[0] if senders else None,
        recipients=headers.people(mail, "To", "Cc"),
        subject=headers.header(mail, "Subject"),
        text=text.strip()[:LONGEST_TEXT],
        html=html,
        answers=headers.answers(mail),
        is_automatic=headers.is_automatic(mail),
        is_report=mail.get_content_type() == "multipart/report",
        at=headers.written_at(mail, came_at),
        files=parts.files,
        left_out=tuple(dict.fromkeys(parts.left_out)),
    )


def _parts(mail: Message) -> _Parts:
    found = _Parts()
    for part in _leaves(mail, found):
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes):
            continue
        name = part.get_filename()
        kind = part.get_content_type()
        is_words = kind in ("text/plain", "text/html") and not name
        if is_words and part.get_content_disposition() != "attachment":
            words = headers.decoded(content, part.get_content_charset())
            (found.htmls if kind == "text/html" else found.texts).append(words)
        else:
            _keep_file(found, File(_file_name(part, name), kind[:100], content))
    return found


def _leaves(mail: Message, found: _Parts) -> Iterator[Message]:
    """Yield the parts that hold something; a letter in a letter is one file."""
    waiting, seen = [mail], 0
    while waiting:
        part = waiting.pop(0)
        seen += 1
        if seen > MOST_PARTS:
            found.left_out.append("too-many-parts")
            return
        if part.get_content_type() == "message/rfc822":
            inner = part.get_payload()
            first = inner[0] if isinstance(inner, list) and inner else None
            if isinstance(first, Message):
                _keep_file(found, File("letter.eml", "message/rfc822", first.as_bytes()))
        elif part.is_multipart():
            waiting = [*part.get_payload(), *waiting]
        else:
            yield part


def _keep_file(found: _Parts, file: File) -> None:
    if len(file.content) > LARGEST_FILE:
        found.left_out.append("file-too-large")
    elif len(found.files) >= MOST_FILES:
        found.left_out.append("too-many-files")
    elif file.content:
        found.files.append(file)


def _file_name(part: Message, name: str | None) -> str:
    if name is None:
        return f"file.{part.get_content_subtype()[:20]}"
    holder = Message()
    holder["Name"] = name.replace("\r", " ").replace("\n", " ")
    said = headers.header(holder, "Name") or "file"
    # a name is no path, neither here nor where it is saved
    return re.sub(r"[\\/:*?\"<>|\x00-\x1f]", "_", said)[-200:]


def _clean(html: str, parts: _Parts) -> str:
    if len(html) > LONGEST_HTML:
        parts.left_out.append("html-cut")
        html = html[:LONGEST_HTML]
    return nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags={"script", "style", "title"},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
    )


def _as_text(html: str) -> str:
    bare = nh3.clean(_BLOCK.sub("\n", html), tags=set(), clean_content_tags={"script", "style"})
    return re.sub(r"\n\s*\n+", "\n\n", unescape(bare)).strip()
