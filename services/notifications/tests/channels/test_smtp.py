"""I6, X19: Letters to a real SMTP server that takes, refuses, and hangs up."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from providers import MailServer, mail_server

from crm_notifications.channels.rules import Letter, Outcome, Verdict
from crm_notifications.channels.senders.mail import as_email
from crm_notifications.channels.senders.smtp import SmtpSender, SmtpServer
from crm_shared.clock import utc_now
from crm_shared.ids import new_id

FROM = "crm@example.com"


@asynccontextmanager
async def served(handler: MailServer) -> AsyncIterator[SmtpServer]:
    async with mail_server(handler) as url:
        yield SmtpServer.from_url(url)


def letter(**given: Any) -> Letter:
    values: dict[str, Any] = {
        "id": new_id(),
        "to_name": "Олена Коваль",
        "to_address": "olena@example.com",
        "subject": "Угода «Вікна»",
        "text": "Вітаємо!\n",
        "html": "<p>Вітаємо!</p>",
        "language": "uk",
        "written_at": utc_now(),
    }
    return Letter(**{**values, **given})


async def send(server: SmtpServer, *letters: Letter, **options: Any) -> list[Verdict]:
    sender = SmtpSender(server, FROM, timeout_s=5, **options)
    try:
        return await sender.send(letters, until=utc_now() + timedelta(minutes=5))
    finally:
        await sender.close()


class TestSend:
    async def test_hands_over_a_letter_people_can_read(self) -> None:
        handler, written = MailServer(), letter()
        async with served(handler) as server:
            verdicts = await send(server, written)

        assert verdicts == [Verdict(Outcome.SENT)]
        mail = message_from_bytes(handler.mails[0], policy=default)
        assert mail["Message-ID"] == f"<{written.id}@example.com>"
        assert mail["Subject"] == "Угода «Вікна»"
        assert mail["To"] == "Олена Коваль <olena@example.com>"
        assert isinstance(mail, EmailMessage)
        assert [part.get_content_type() for part in mail.iter_parts()] == [
            "text/plain",
            "text/html",
        ]

    async def test_shares_few_connections_between_many_letters(self) -> None:
        handler = MailServer()
        async with served(handler) as server:
            verdicts = await send(server, *(letter() for _ in range(20)), connections=2)

        assert verdicts == [Verdict(Outcome.SENT)] * 20
        assert len(handler.connections) <= 2

    @pytest.mark.parametrize(
        ("answers", "outcome", "code"),
        [
            ({"after_data": "451 later"}, Outcome.REFUSED_FOR_NOW, "smtp-451"),
            ({"after_data": "554 never"}, Outcome.REFUSED, "smtp-554"),
            ({"after_rcpt": "450 busy"}, Outcome.REFUSED_FOR_NOW, "smtp-450"),
            ({"after_rcpt": "550 nobody"}, Outcome.REFUSED, "smtp-550"),
            # it is us whom the server does not want: no letter is lost by it
            ({"after_mail": "550 not you"}, Outcome.REFUSED_FOR_NOW, "smtp-sender-550"),
            ({"after_mail": "451 later"}, Outcome.REFUSED_FOR_NOW, "smtp-sender-451"),
        ],
    )
    async def test_tells_refusals_for_now_from_those_for_good(
        self, answers: dict[str, str], outcome: Outcome, code: str
    ) -> None:
        async with served(MailServer(**answers)) as server:
            [verdict] = await send(server, letter())
        assert (verdict.outcome, verdict.code) == (outcome, code)
        assert verdict.is_trouble == ("after_mail" in answers)

    async def test_goes_on_after_a_refused_letter(self) -> None:
        handler = MailServer(after_rcpt="550 nobody")
        async with served(handler) as server:
            sender = SmtpSender(server, FROM, connections=1)
            until = utc_now() + timedelta(minutes=5)
            await sender.send([letter()], until=until)
            handler.after_rcpt = "250 OK"
            verdicts = await sender.send([letter()], until=until)
            await sender.close()

        assert verdicts == [Verdict(Outcome.SENT)]
        assert len(handler.connections) == 1

    @pytest.mark.parametrize(
        "address",
        ["", "nobody", "a b@example.com", "x@", "їжак@пошта.укр", "a@b.c\r\nRCPT TO:<d@e.f>"],
    )
    async def test_refuses_an_address_no_mail_can_go_to_and_goes_on(self, address: str) -> None:
        handler = MailServer()
        async with served(handler) as server:
            verdicts = await send(server, letter(to_address=address), letter())

        assert verdicts == [Verdict(Outcome.REFUSED, "address-unusable"), Verdict(Outcome.SENT)]
        assert len(handler.mails) == 1

    async def test_cannot_tell_when_the_line_breaks_after_the_text(self) -> None:
        async with served(MailServer(after_data="hang up")) as server:
            verdicts = await send(server, letter())

        assert verdicts == [Verdict(Outcome.UNKNOWN, "smtp-lost", is_trouble=True)]

    async def test_asks_a_server_that_is_away_once_for_all_letters(self) -> None:
        async with served(MailServer()) as server:
            pass
        verdicts = await send(server, *(letter() for _ in range(50)), connections=1)

        away = Verdict(Outcome.REFUSED_FOR_NOW, "smtp-unreachable", is_trouble=True)
        assert verdicts == [away] * 50

    async def test_does_not_begin_when_the_claim_is_nearly_over(self) -> None:
        handler = MailServer()
        async with served(handler) as server:
            sender = SmtpSender(server, FROM)
            [verdict] = await sender.send([letter()], until=utc_now())

        assert verdict.outcome is Outcome.REFUSED_FOR_NOW
        assert handler.mails == []


class TestAsEmail:
    @pytest.mark.parametrize("trick", ["x\r\nBcc: all@example.com", "x\nBcc: a@b.c", "x\x00\x0by"])
    def test_lets_no_name_make_a_header(self, trick: str) -> None:
        mail = as_email(letter(to_name=trick, subject=trick), FROM)

        read = message_from_bytes(mail.as_bytes(), policy=default)
        assert read["Bcc"] is None
        assert len(read.get_all("To", [])) == len(read.get_all("Subject", [])) == 1

    def test_writes_only_what_every_relay_carries(self) -> None:
        raw = as_email(letter(text="Привіт", html="<p>Привіт</p>"), FROM).as_bytes()

        assert raw.isascii()
        read = message_from_bytes(raw, policy=default)
        said = [part.get_content().strip() for part in read.iter_parts()]
        assert said == ["Привіт", "<p>Привіт</p>"]

    def test_of_a_colleague_is_a_persons_and_in_the_thread(self) -> None:
        said = f"<{'a' * 100}@mail.example>"
        mail = as_email(letter(is_by_hand=True, answers=said), FROM)

        assert mail["Auto-Submitted"] is None
        assert f"\r\nIn-Reply-To: {said}\r\nReferences: {said}\r\n".encode() in mail.as_bytes()
        by_a_rule = as_email(letter(answers="<x>\r\nBcc: all@example.com"), FROM)
        assert (by_a_rule["Auto-Submitted"], by_a_rule["In-Reply-To"]) == ("auto-generated", None)


class TestFromUrl:
    def test_reads_who_signs_in_and_how_the_line_is_kept_private(self) -> None:
        server = SmtpServer.from_url("smtps://crm%40example.com:s%2Fecret@mail.example.com")

        assert (server.host, server.port) == ("mail.example.com", 465)
        assert (server.username, server.password) == ("crm@example.com", "s/ecret")
        assert server.encryption == "tls"

    @pytest.mark.parametrize("url", ["http://x", "smtp://", "smtp://h?starttls=maybe"])
    def test_refuses_what_is_no_server(self, url: str) -> None:
        with pytest.raises(ValueError, match="must"):
            SmtpServer.from_url(url)
