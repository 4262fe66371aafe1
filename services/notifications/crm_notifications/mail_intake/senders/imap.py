"""A mailbox over IMAP, only ever read: the standard library's client, one visit in a thread."""

import imaplib
import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

TIMEOUT_S = 30.0
LARGEST_LETTER = 25 * 1024 * 1024
# what is in hand at once: the worker that reads also sends
LARGEST_VISIT = LARGEST_LETTER + 5 * 1024 * 1024
# the library reads no line over a million bytes, and a search is answered in one
WINDOW = 10_000
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


class MailboxAwayError(OSError):
    """The mailbox cannot be read now; why, without names and words."""


@dataclass(frozen=True, slots=True)
class ImapServer:
    """Where letters are: imaps://user:password@host:port/folder, imap:// without TLS."""

    host: str
    port: int
    user: str
    password: str
    folder: str
    use_tls: bool

    @property
    def account(self) -> str:
        """By what the place in this mailbox is kept."""
        return f"{self.user}@{self.host}:{self.port}/{self.folder}"

    @classmethod
    def from_url(cls, url: str, password: str | None = None) -> "ImapServer":
        """Read the server from a URL; raises ValueError with what is wrong with it."""
        parts = urlsplit(url)
        if parts.scheme not in ("imap", "imaps") or not parts.hostname or not parts.username:
            raise ValueError("must look like imaps://user:password@host:port/folder")
        use_tls = parts.scheme == "imaps"
        return cls(
            host=parts.hostname,
            port=parts.port or (993 if use_tls else 143),
            user=unquote(parts.username),
            password=password or unquote(parts.password or ""),
            folder=unquote(parts.path.strip("/")) or "INBOX",
            use_tls=use_tls,
        )


@dataclass(frozen=True, slots=True)
class Fetched:
    """One letter as it lies in the mailbox; of one too large only its headers."""

    uid: int
    raw: bytes
    is_cut: bool


@dataclass(frozen=True, slots=True)
class Visit:
    """What was found: `validity` changes when the mailbox was made anew and uids begin again."""

    validity: int
    letters: Sequence[Fetched]


def visit(server: ImapServer, *, validity: int, after: int, limit: int) -> Visit:
    """Fetch the next letters behind a uid; nothing in the mailbox changes, not even `seen`.

    Raises MailboxAwayError when it cannot be reached, signed in to or understood.
    """
    with _open(server) as client:
        _told(client.select(f'"{server.folder}"', readonly=True))
        found = int(client.response("UIDVALIDITY")[1][0] or 0)
        begin = after + 1 if found == validity else 1
        return Visit(found, _fetch_some(client, _next_uids(client, begin)[:limit]))


def _next_uids(client: imaplib.IMAP4, begin: int) -> list[int]:
    """Return uids from one on, of the first stretch that has any."""
    until = int(client.response("UIDNEXT")[1][0] or 0)
    while True:
        # a server that does not tell where they end is asked for all
        end = str(begin + WINDOW - 1) if until else "*"
        [listed] = _told(client.uid("SEARCH", "UID", f"{begin}:{end}"))
        # `n:*` names the last letter too when there is none behind it
        uids = sorted(uid for uid in map(int, (listed or b"").split()) if uid >= begin)
        if uids or begin + WINDOW >= until:
            return uids
        begin += WINDOW


def _fetch_some(client: imaplib.IMAP4, uids: Sequence[int]) -> list[Fetched]:
    """Fetch letters until they are enough to hold; one at least."""
    fetched: list[Fetched] = []
    for uid in uids:
        if sum(len(one.raw) for one in fetched) >= LARGEST_VISIT - LARGEST_LETTER:
            break
        fetched.append(_fetch(client, uid))
    return fetched


@contextmanager
def _open(server: ImapServer) -> Iterator[imaplib.IMAP4]:
    try:
        with _connected(server) as client:
            client.login(server.user, server.password)
            yield client
    except (imaplib.IMAP4.error, OSError, ValueError, IndexError, TypeError) as away:
        # what a server says of a failed sign-in may hold the name; its class says enough
        raise MailboxAwayError(type(away).__name__) from None


def _connected(server: ImapServer) -> imaplib.IMAP4:
    if server.use_tls:
        context = ssl.create_default_context()
        return imaplib.IMAP4_SSL(server.host, server.port, ssl_context=context, timeout=TIMEOUT_S)
    return imaplib.IMAP4(server.host, server.port, timeout=TIMEOUT_S)


def _fetch(client: imaplib.IMAP4, uid: int) -> Fetched:
    sizes = b" ".join(_bytes(one) for one in _told(client.uid("FETCH", str(uid), "(RFC822.SIZE)")))
    size = _SIZE.search(sizes)
    is_cut = size is not None and int(size[1]) > LARGEST_LETTER
    what = "(UID BODY.PEEK[HEADER])" if is_cut else "(UID BODY.PEEK[])"
    for answer in _told(client.uid("FETCH", str(uid), what)):
        if isinstance(answer, tuple):
            return Fetched(uid, answer[1], is_cut)
    return Fetched(uid, b"", is_cut)  # deleted since it was listed


def _bytes(answer: object) -> bytes:
    if isinstance(answer, tuple):
        answer = answer[0]
    return answer if isinstance(answer, bytes) else b""


def _told(answer: tuple[str, list[Any]]) -> list[Any]:
    status, data = answer
    if status != "OK":
        raise imaplib.IMAP4.error(status)
    return data
