"""M3, K61: who gets which version, which did better, and what is a machine."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from crm_notifications.mailings.rules import (
    LIFE,
    B,
    Move,
    Share,
    Status,
    address_key,
    clicked_by,
    compare,
    is_machine,
    opened_by,
    results_of,
    tracked,
    variant_of,
)
from crm_shared.ids import new_id

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MAILING = UUID("01920000-0000-7000-8000-000000000001")
KEY = "a key for links that only tests know of"
HOME = "https://crm.example.org"
MOZILLA = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


class TestM3Split:
    def test_is_the_same_however_often_it_is_asked(self) -> None:
        people = [new_id() for _ in range(200)]

        once = [variant_of(MAILING, one, 50) for one in people]
        assert once == [variant_of(MAILING, one, 50) for one in people]
        assert once != [variant_of(new_id(), one, 50) for one in people]

    @pytest.mark.parametrize("share", [10, 50, 90])
    def test_is_as_large_as_asked(self, share: int) -> None:
        got = sum(variant_of(MAILING, UUID(int=n), share) == B for n in range(10_000))

        # four standard deviations of chance
        assert abs(got - share * 100) < 4 * (10_000 * share / 100 * (1 - share / 100)) ** 0.5


class TestM3Compare:
    def test_finds_what_is_no_chance(self) -> None:
        """Worked by hand: 200/1000 against 250/1000 is z = 2.6774, p = 0.0074."""
        found = compare(Share(200, 1000), Share(250, 1000))

        assert found.difference == pytest.approx(0.05)
        assert found.p_value == pytest.approx(0.00742, abs=1e-4)
        assert (found.low, found.high) == pytest.approx((0.01348, 0.08652), abs=1e-4)
        assert (found.winner, found.reason) == (B, None)

    def test_says_so_when_it_could_be_chance(self) -> None:
        found = compare(Share(20, 100), Share(25, 100))

        assert (found.winner, found.reason) == (None, "could-be-chance")
        assert found.low is not None
        assert found.high is not None
        assert found.low < 0 < found.high

    @pytest.mark.parametrize(
        ("a", "b", "reason"),
        [
            (Share(0, 0), Share(5, 10), "nothing-delivered"),
            (Share(4, 100), Share(50, 100), "too-few"),
            (Share(97, 100), Share(50, 100), "too-few"),
        ],
    )
    def test_knows_no_winner_of_too_little(self, a: Share, b: Share, reason: str) -> None:
        found = compare(a, b)

        assert (found.winner, found.p_value, found.reason) == (None, None, reason)

    def test_shares_of_nothing_are_null(self) -> None:
        names = ("delivered", "sent", "opened", "clicked", "bounced", "unsubscribed")
        found = results_of([{"variant": "a", **dict.fromkeys(names, 0)}])

        variants: Any = found["variants"]
        [one] = variants
        assert one["open_rate"] is one["click_to_open"] is one["bounce_rate"] is None
        assert found["opens"] is None


class TestM2Once:
    def test_two_contacts_with_one_address_are_one_recipient(self) -> None:
        same = [address_key(KEY, MAILING, one) for one in ("a@example.com", "A@Example.com")]

        assert same[0] == same[1]
        assert address_key(KEY, new_id(), "a@example.com") != same[0]
        assert "example" not in same[0]

    def test_a_life_ends(self) -> None:
        over = {Status.FINISHED, Status.CANCELLED, Status.FAILED}

        assert not any(LIFE.get((status, move)) for status in over for move in Move)


class TestK61Tracking:
    def test_leads_links_through_the_house_and_back_out(self) -> None:
        message = new_id()
        url = "https://shop.example.com/a?b=1&amp;c=2"
        html = f'<body><a class="x" href="{url}">Shop</a> <a href="{HOME}/u">No more</a></body>'

        made = tracked(html, message, base_url=HOME, key=KEY, now=NOW)

        assert f'href="{HOME}/u"' in made
        assert "shop.example.com/a?b" not in made
        assert made.endswith('alt=""></body>')
        token = made.split("/clicks/")[1].split("?")[0]
        plain = "https://shop.example.com/a?b=1&c=2"
        assert clicked_by(KEY, token, plain, NOW) == message
        assert clicked_by(KEY, token, "https://evil.example.com", NOW) is None
        opened = made.split("/opens/")[1].split('"')[0]
        assert opened_by(KEY, opened, NOW) == message
        assert opened_by(KEY, token, NOW) is None
        assert opened_by(KEY, opened, NOW + timedelta(days=366)) is None

    @pytest.mark.parametrize(
        ("agent", "after_s", "is_one"),
        [
            (MOZILLA, 60, False),
            (MOZILLA, 2, True),
            ("", 60, True),
            ("python-requests/2.32", 60, True),
            ("Mozilla/5.0 (compatible; Proofpoint URL Scanner)", 60, True),
        ],
    )
    def test_tells_machines_from_people(self, agent: str, after_s: int, is_one: bool) -> None:
        sent = NOW - timedelta(seconds=after_s)

        assert is_machine(agent, sent, NOW) is is_one
