"""Letters by SMTP over a few connections kept open between batches."""

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from crm_notifications.channels.rules import (
    Letter,
    Outcome,
    Receipt,
    Trace,
    Verdict,
    on_the_wire,
)
from crm_notifications.channels.senders.mail import as_email
from crm_shared.clock import utc_now

REFUSALS = 400
PERMANENT = 500
ROUND_TRIPS = 5  # RSET, MAIL, RCPT, DATA and the text, each with its own patience
BUSY = Verdict(Outcome.REFUSED_FOR_NOW, "smtp-unreachable", is_trouble=True)
NOT_BEGUN = Verdict(Outcome.REFUSED_FOR_NOW, "not-begun")


@dataclass(frozen=True)
class SmtpServer:
    """Where letters are handed in: smtp://user:password@host:port, smtps://… or ?starttls=no."""

    host: str
    port: int
    username: str | None
    password: str | None
    use_tls: bool
    start_tls: bool | None

    @property
    def encryption(self) -> str:
        """How the connection is kept private."""
        if self.use_tls:
            return "tls"
        return {None: "starttls-if-offered", True: "starttls", False: "none"}[self.start_tls]

    @classmethod
    def from_url(cls, url: str) -> "SmtpServer":
        """Read the server from a URL; raises ValueError with what is wrong with it."""
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("must look like smtp://user:password@host:port or smtps://host")
        wish = parse_qs(parts.query).get("starttls", ["auto"])[0]
        if wish not in ("auto", "yes", "no"):
            raise ValueError("starttls must be auto, yes or no")
        use_tls = parts.scheme == "smtps"
        return cls(
            host=parts.hostname,
            port=parts.port or (465 if use_tls else 25),
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            use_tls=use_tls,
            start_tls=False if use_tls else {"auto": None, "yes": True, "no": False}[wish],
        )


@dataclass
class _Trip:
    """One batch on its way: a server that cannot be reached is asked once, not a hundred times."""

    begin_before: datetime
    in_vain: Verdict | None = None


class SmtpSender:
    """Hands letters to a server, several at a time, each over one pooled connection."""

    name = "smtp"

    def __init__(
        self,
        server: SmtpServer,
        mail_from: str,
        *,
        connections: int = 4,
        timeout_s: float = 10.0,
        tls_context: ssl.SSLContext | None = None,
    ) -> None:
        self.server = server
        self.mail_from = mail_from
        self.timeout_s = timeout_s
        self.tls_context = tls_context
        self._slots = asyncio.Semaphore(connections)
        self._idle: list[aiosmtplib.SMTP] = []

    async def send(self, letters: Sequence[Letter], *, until: datetime) -> list[Verdict]:
        """Try every letter once; connections are shared, order between letters is not kept."""
        trip = _Trip(begin_before=until - timedelta(seconds=self.timeout_s * ROUND_TRIPS))
        turns = (self._send_in_turn(letter, trip) for letter in letters)
        return list(await asyncio.gather(*turns))

    async def look_up(self, traces: Sequence[Trace]) -> list[Receipt]:
        """A mail server cannot be asked; what it has to say comes back as a bounce."""
        return []

    async def close(self) -> None:
        """Say goodbye on every idle connection."""
        while self._idle:
            self._idle.pop().close()

    async def _send_in_turn(self, letter: Letter, trip: _Trip) -> Verdict:
        async with self._slots:
            to = on_the_wire(letter.to_address)
            if to is None:
                return Verdict(Outcome.REFUSED, "address-unusable")
            if trip.in_vain is not None or utc_now() >= trip.begin_before:
                return trip.in_vain or NOT_BEGUN
            try:
                smtp = await self._connection()
            except (aiosmtplib.SMTPAuthenticationError, aiosmtplib.SMTPNotSupported):
                trip.in_vain = Verdict(Outcome.REFUSED_FOR_NOW, "smtp-sign-in", is_trouble=True)
                return trip.in_vain
            except (aiosmtplib.SMTPException, OSError):
                trip.in_vain = BUSY
                return BUSY
            verdict = await self._hand_in(smtp, replace(letter, to_address=to))
            if smtp.is_connected:
                self._idle.append(smtp)
            return verdict

    async def _connection(self) -> aiosmtplib.SMTP:
        while self._idle:
            smtp = self._idle.pop()
            if await self._is_alive(smtp):
                return smtp
        smtp = aiosmtplib.SMTP(
            hostname=self.server.host,
            port=self.server.port,
            username=self.server.username,
            password=self.server.password,
            use_tls=self.server.use_tls,
            start_tls=self.server.start_tls,
            tls_context=self.tls_context,
            timeout=self.timeout_s,
        )
        await smtp.connect()
        return smtp

    @staticmethod
    async def _is_alive(smtp: aiosmtplib.SMTP) -> bool:
        # RSET also clears what a refused letter left behind on this connection.
        try:
            await smtp.rset()
        except (aiosmtplib.SMTPException, OSError):
            smtp.close()
            return False
        return True

    async def _hand_in(self, smtp: aiosmtplib.SMTP, letter: Letter) -> Verdict:
        mail = as_email(letter, self.mail_from).as_bytes()
        try:
            refusal = await self._announced(smtp, letter)
        except (aiosmtplib.SMTPException, OSError):
            smtp.close()
            return BUSY
        if refusal is not None:
            return refusal
        try:
            await smtp.data(mail)
        except aiosmtplib.SMTPResponseException as error:
            if error.code < REFUSALS:  # an answer that cannot be read is none
                smtp.close()
                return Verdict(Outcome.UNKNOWN, "smtp-unreadable", is_trouble=True)
            return _refusal(error)
        except (aiosmtplib.SMTPException, OSError):
            # The last dot may have arrived: only a person can tell whether the letter did.
            smtp.close()
            return Verdict(Outcome.UNKNOWN, "smtp-lost", is_trouble=True)
        return Verdict(Outcome.SENT)

    async def _announced(self, smtp: aiosmtplib.SMTP, letter: Letter) -> Verdict | None:
        """Say from whom and to whom; returns how the server refused one of the two."""
        try:
            await smtp.mail(self.mail_from)
        except aiosmtplib.SMTPResponseException as error:
            # it is us who are refused, before a word of this letter: the next fares no better
            return Verdict(Outcome.REFUSED_FOR_NOW, f"smtp-sender-{error.code}", is_trouble=True)
        try:
            await smtp.rcpt(letter.to_address)
        except aiosmtplib.SMTPResponseException as error:
            return _refusal(error)
        return None


def _refusal(error: aiosmtplib.SMTPResponseException) -> Verdict:
    outcome = Outcome.REFUSED if error.code >= PERMANENT else Outcome.REFUSED_FOR_NOW
    return Verdict(outcome, f"smtp-{error.code}")
