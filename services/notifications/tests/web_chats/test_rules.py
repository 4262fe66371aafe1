"""M4: visits of a web chat are believed by their signature alone; all of it pure."""

from datetime import UTC, datetime, timedelta

import pytest

from crm_notifications.web_chats.models import WebChat
from crm_notifications.web_chats.rules.page import SAID, content_policy, frame, snippet
from crm_notifications.web_chats.rules.visits import (
    A_VISIT,
    faults_of,
    may_stand_on,
    origin_of,
    read_visit,
    sign_visit,
)
from crm_shared.ids import new_id

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
CHAT, VISITOR = new_id(), new_id()
SHOP = "https://shop.example.org"


class TestVisit:
    def test_says_whose_it_is_and_when_he_agreed_and_nothing_else_can_be_made_of_it(self) -> None:
        agreed = sign_visit("k", CHAT, VISITOR, NOW, has_consented=True, is_trapped=False)
        plain = sign_visit("k", CHAT, VISITOR, NOW, has_consented=False, is_trapped=False)
        trap = sign_visit("k", CHAT, VISITOR, NOW, has_consented=True, is_trapped=True)

        read = [read_visit("k", CHAT, one, NOW) for one in (agreed, plain, trap)]
        assert [one and (one.visitor, one.consented_at, one.is_trapped) for one in read] == [
            (VISITOR, NOW, False),
            (VISITOR, None, False),
            (VISITOR, None, True),
        ]
        forged = [
            read_visit("other", CHAT, agreed, NOW),
            read_visit("k", new_id(), agreed, NOW),
            read_visit("k", CHAT, agreed, NOW + A_VISIT + timedelta(seconds=1)),
            read_visit("k", CHAT, plain.replace("plain", "agreed"), NOW),
            read_visit("k", CHAT, trap.replace("trap", "plain"), NOW),
            read_visit("k", CHAT, "", NOW),
            read_visit("k", CHAT, "agreed.x.y.z", NOW),
        ]
        assert forged == [None] * 7


class TestPages:
    @pytest.mark.parametrize(
        ("said", "origin"),
        [
            ("https://Shop.Example.org/buy?x=1", SHOP),
            ("http://localhost:8080/", "http://localhost:8080"),
            ("https://магазин.укр/", "https://xn--80aairftm.xn--j1amh"),
            ("https://shop.example.org:443/", SHOP),
            ("https://shop.example.org:8443", f"{SHOP}:8443"),
            ("https://shop.example.org:x", None),
            ("http://shop.example.org", None),
            ("https://*.example.org", None),
            ("https://a.org; script-src *", None),
            ("https://user@a.org", None),
            ("javascript:alert(1)", None),
        ],
    )
    def test_are_origins_that_nobody_reads_along_with(self, said: str, origin: str | None) -> None:
        if origin is None:
            with pytest.raises(ValueError, match=r"not an origin|Port"):
                origin_of(said)
        else:
            assert origin_of(said) == origin

    def test_that_are_not_the_chats_own_do_not_show_it(self) -> None:
        assert may_stand_on(None, [SHOP], "crm")
        assert may_stand_on(f"{SHOP}/page", [SHOP], "crm")
        assert may_stand_on("https://crm/v1/web-chats/frames/x", [SHOP], "crm")
        assert not may_stand_on("https://evil.example/", [SHOP], "crm")
        assert not may_stand_on(f"{SHOP}.evil.example/", [SHOP], "crm")


class TestVisitor:
    def test_can_be_reached_as_he_says(self) -> None:
        def faults(needs: bool = False, **said: str) -> list[str]:
            return [one.pointer for one in faults_of(said, needs_address=needs, region="UA")]

        assert faults() == []
        assert faults(needs=True) == ["/email"]
        assert faults(needs=True, phone="067 111 22 33") == []
        assert faults(email="olena@", phone="12") == ["/email", "/phone"]


class TestFrame:
    def test_speaks_three_languages_and_quotes_nothing_unescaped(self) -> None:
        chat = WebChat(
            key="k<",
            origins=[SHOP],
            titles={"uk": "<b>Крамниця</b>"},
            greetings={},
            color="#0b5cad",
            asks_consent=True,
            privacy_url="https://shop.example.org/privacy",
        )

        shown = {one: frame(chat, one) for one in ("en-GB", "uk", "ru", "de", "")}
        assert [f'lang="{one}"' in shown[one] for one in ("uk", "ru")] == [True, True]
        assert 'lang="en"' in shown["en-GB"]
        assert 'lang="uk"' in shown["de"]
        assert "&lt;b&gt;Крамниця" in shown["uk"]
        assert SAID["ru"]["greeting"] in shown["ru"]
        assert all(set(words) == set(SAID["en"]) for words in SAID.values())
        assert snippet("https://crm.example.org/", "k") == (
            '<script src="https://crm.example.org/v1/web-chats/widget.js" data-key="k" async>'
            "</script>"
        )
        policy = content_policy(chat)
        assert policy.endswith(f"frame-ancestors 'self' {SHOP}")
        assert "unsafe" not in policy
