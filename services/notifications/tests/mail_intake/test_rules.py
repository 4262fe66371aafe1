"""S2: what a letter says, whatever its program made of the standards; all of it pure."""

import base64
import quopri
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from crm_notifications.mail_intake.rules.letters import (
    LARGEST_FILE,
    LONGEST_TEXT,
    MOST_FILES,
    read_letter,
)
from crm_notifications.mail_intake.senders.imap import ImapServer

CAME = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
OURS = "01920000-0000-7000-8000-000000000001"
VIA = base64.b64encode("ivan@old.ua через Groups".encode()).decode()
WORDS = "Доброго дня, чекаю на рахунок"


def eml(*lines: str | bytes) -> bytes:
    return b"\r\n".join(one if isinstance(one, bytes) else one.encode() for one in lines)


class TestLetter:
    @pytest.mark.parametrize("charset", ["cp1251", "koi8-u", "utf-8", "iso-8859-5"])
    def test_is_read_in_the_charsets_of_the_country(self, charset: str) -> None:
        subject = base64.b64encode(WORDS.encode(charset)).decode()
        letter = read_letter(
            eml(
                f"From: =?{charset}?B?{base64.b64encode('Олена'.encode(charset)).decode()}?="
                " <Olena@Example.org>",
                f"Subject: =?{charset}?B?{subject}?=",
                "Message-ID: <a1@example.org>",
                f"In-Reply-To: <{OURS}@crm.example.org>",
                "References: <x@y> <01920000-0000-7000-8000-000000000002@crm.example.org>",
                "Date: Sun, 22 Nov 2026 09:30:00 +0200",
                f'Content-Type: text/plain; charset="{charset}"',
                "Content-Transfer-Encoding: quoted-printable",
                "",
                quopri.encodestring(WORDS.encode(charset)),
            ),
            CAME,
        )

        assert (letter.sender, letter.subject) == (("Олена", "olena@example.org"), WORDS)
        assert (letter.text, letter.html, letter.reference) == (WORDS, None, "<a1@example.org>")
        assert [str(one)[-1] for one in letter.answers] == ["1", "2"]
        assert letter.at == datetime(2026, 11, 22, 7, 30, tzinfo=UTC)
        assert not letter.is_automatic

    @pytest.mark.parametrize(
        "head",
        [
            eml("From: broken", "Subject: =?no-such-charset?B?0KI=?=", "Date: yesterday"),
            b"From: \xce\xeb\xe5\xed\xe0 <a@b.example>\r\nSubject: \xcf\xf0\xe8\xe2\xb3\xf2",
            eml("From: =?utf-8?B?%%%?= <a@b.example", "Subject: =?utf-8?B?a?=", "Date: 99"),
            eml("Content-Type: multipart/mixed", "Content-Type: text/plain; charset=\xff"),
            eml("Content-Transfer-Encoding: base64", "Message-ID: no brackets\x00"),
            eml("From: a@b.example", "Date: Fri, 1 Jan 99999999999 00:00:00 +0000"),
            eml("From: a@b.example", "Date: Fri, 31 Dec 9999 23:59:59 -1200"),
            b"\xff\xfe\x00\x00",
            b"",
        ],
    )
    def test_is_read_however_broken_it_is(self, head: bytes) -> None:
        letter = read_letter(head + b"\r\n\r\n" + "Привіт".encode("cp1251"), CAME)

        assert letter.at == CAME
        for text in (letter.text, letter.subject or "", letter.reference):
            text.encode()
            assert "\x00" not in text
        assert letter.reference.startswith("sha256-")
        if b"\xcf\xf0\xe8\xe2" in head:
            assert (letter.subject, letter.sender) == ("Привіт", ("Олена", "a@b.example"))
            assert letter.text == "Привіт"

    @pytest.mark.parametrize(
        ("said", "named", "address"),
        [
            ("=?utf-8?Q?boss=40firm.ua=2C?= <evil@x.com>", "boss@firm.ua,", "evil@x.com"),
            ("=?utf-8?Q?boss@firm.ua,?= <Evil@x.com>", "?=", "evil@x.com"),
            ("boss@firm.ua <evil@x.com>", "boss@firm.ua", "evil@x.com"),
            ('"boss@firm.ua, \\"me\\"" <evil@x.com>', 'boss@firm.ua, "me"', "evil@x.com"),
            (f"=?utf-8?B?{VIA}?= <list@firm.ua>", "ivan@old.ua через Groups", "list@firm.ua"),
            ("=?utf-8?Q?Smith,_John?= <j@b.ua>", "Smith, John", "j@b.ua"),
            ("=?utf-8?Q?Jo?=\r\n =?utf-8?Q?hn?= <j@b.ua>", "John", "j@b.ua"),
            ("j@b.ua (John (Jo) S)", "John (Jo) S", "j@b.ua"),
            ("Sales: <a@b.ua>, c@d.ua;", "", "a@b.ua"),
        ],
    )
    def test_has_its_writer_whatever_he_calls_himself(
        self, said: str, named: str, address: str
    ) -> None:
        assert read_letter(eml(f"From: {said}", "", "x"), CAME).sender == (named, address)

    def test_with_two_addresses_in_one_place_has_no_writer(self) -> None:
        forged = "=?utf-8?Q?<boss@firm.ua>?= <evil@x.com>"
        assert read_letter(eml(f"From: {forged}", "", "x"), CAME).sender is None

    def test_has_its_parts_and_files_and_nothing_that_runs(self) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"] = "a@b.example", "crm@example.org, Two <two@b.example>"
        mail.set_content("Plain")
        mail.add_alternative(
            '<p onclick="x()">Hello <b>you</b><script>alert(1)</script>'
            '<img src="https://spy.example/1.gif"><a href="javascript:x">x</a>'
            '<a href="https://shop.example">y</a><form><input></form></p>',
            subtype="html",
        )
        mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="../рах.pdf")
        inner = EmailMessage()
        inner.set_content("inner canary")
        mail.add_attachment(inner)
        letter = read_letter(mail.as_bytes(), CAME)

        assert letter.text == "Plain"
        assert letter.html is not None
        for bad in ("script", "alert", "onclick", "img", "javascript", "form"):
            assert bad not in letter.html
        assert 'href="https://shop.example"' in letter.html
        assert [(file.name, file.kind) for file in letter.files] == [
            (".._рах.pdf", "application/pdf"),
            ("letter.eml", "message/rfc822"),
        ]
        assert letter.recipients == [("", "crm@example.org"), ("Two", "two@b.example")]

    def test_of_html_only_is_text_too(self) -> None:
        page = "<html><title>no</title><p>One &amp; two</p><div>three<br>four</div></html>"
        letter = read_letter(eml("Content-Type: text/html; charset=utf-8", "", page), CAME)

        assert letter.text == "One & two\nthree\nfour"

    def test_leaves_out_what_is_too_much_and_says_so(self) -> None:
        file = b"\r\n--b\r\nContent-Type: a/b; name=f\r\n\r\n"
        raw = b"".join(
            [
                b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n",
                b"x" * (LONGEST_TEXT + 1),
                file + b"0" * (LARGEST_FILE + 1),
                (file + b"1") * (MOST_FILES + 1),
                b"\r\n--b--",
            ]
        )
        letter = read_letter(raw, CAME, is_cut=True)

        assert len(letter.text) == LONGEST_TEXT
        assert len(letter.files) == MOST_FILES
        told = {"letter-too-large", "text-cut", "file-too-large", "too-many-files"}
        assert set(letter.left_out) == told

    def test_nested_without_end_is_poison_and_no_more(self) -> None:
        parts = [f'Content-Type: multipart/mixed; boundary="{n}"\r\n\r\n--{n}' for n in range(1000)]

        with pytest.raises(RecursionError):
            read_letter(eml("From: a@b.example", "\r\n".join(parts)), CAME)

    @pytest.mark.parametrize(
        "header",
        ["Auto-Submitted: auto-replied", "Precedence: bulk", "X-Autoreply: yes", "List-Id: <x>"],
    )
    def test_of_a_machine_is_known(self, header: str) -> None:
        assert read_letter(eml("From: a@b.example", header, "", "x"), CAME).is_automatic


class TestServer:
    def test_is_read_from_a_url(self) -> None:
        server = ImapServer.from_url("imaps://crm%40shop.ua:p%2Fw@mail.shop.ua/Replies")

        assert (server.user, server.password, server.port) == ("crm@shop.ua", "p/w", 993)
        assert (server.folder, server.use_tls) == ("Replies", True)
        assert ImapServer.from_url("imap://a:b@c", "from-a-file").password == "from-a-file"
        with pytest.raises(ValueError, match="must look like"):
            ImapServer.from_url("https://a:b@c")
