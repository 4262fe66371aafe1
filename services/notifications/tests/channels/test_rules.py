"""What letters have in common, and what an administrator sets for a channel."""

from datetime import UTC, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from crm_notifications.channels.rules import (
    Channel,
    Policy,
    cost_of,
    on_the_wire,
    one_line,
    segments_of,
)

KYIV = ZoneInfo("Europe/Kyiv")
NIGHT = Policy(quiet_from=time(21), quiet_until=time(9))


class TestOneLine:
    def test_drops_every_control_character(self) -> None:
        assert one_line("a\r\nb\x00c\u2028d\x85e\tf") == "a b c d e f"


class TestOnTheWire:
    def test_writes_foreign_domains_as_servers_do(self) -> None:
        assert on_the_wire("info@пошта.укр") == "info@xn--80a1acn3a.xn--j1amh"

    def test_leaves_plain_addresses_alone(self) -> None:
        assert on_the_wire("o'neil+crm@example.co.uk") == "o'neil+crm@example.co.uk"


class TestT8Quiet:
    """T8: nobody is offered anything at night, by his own clock."""

    @pytest.mark.parametrize(
        ("now", "ends"),
        [
            ("2026-03-10T12:00:00+00:00", None),
            ("2026-03-10T19:00:00+00:00", "2026-03-11T07:00:00+00:00"),
            ("2026-03-10T06:59:00+00:00", "2026-03-10T07:00:00+00:00"),
            ("2026-03-10T07:00:00+00:00", None),
            # the clocks go forward in this night, and back in that: nine is nine
            ("2026-03-28T22:00:00+00:00", "2026-03-29T06:00:00+00:00"),
            ("2026-10-24T22:00:00+00:00", "2026-10-25T07:00:00+00:00"),
        ],
    )
    def test_ends_in_the_morning_of_the_recipient(self, now: str, ends: str | None) -> None:
        found = NIGHT.quiet_ends(datetime.fromisoformat(now), KYIV)

        assert found == (datetime.fromisoformat(ends) if ends else None)

    def test_may_lie_within_a_day(self) -> None:
        noon = Policy(quiet_from=time(12), quiet_until=time(13))
        at = datetime(2026, 3, 10, 12, 30, tzinfo=UTC)

        assert noon.quiet_ends(at, ZoneInfo("UTC")) == at.replace(hour=13, minute=0)
        assert noon.quiet_ends(at.replace(hour=13), ZoneInfo("UTC")) is None
        assert Policy().quiet_ends(at, KYIV) is None


class TestM1Segments:
    @pytest.mark.parametrize(
        ("text", "parts"),
        [
            ("", 1),
            ("a" * 160, 1),
            ("a" * 161, 2),
            ("€" * 81, 2),
            ("і" * 70, 1),
            ("і" * 71, 2),
            ("і" * 135, 3),
            ("😀" * 35, 1),
            ("😀" * 36, 2),
        ],
    )
    def test_are_counted_as_they_are_paid(self, text: str, parts: int) -> None:
        assert segments_of(text) == parts

    def test_make_the_price_of_an_sms_and_of_nothing_else(self) -> None:
        policy = Policy(price=Decimal("0.85"), currency="UAH")

        assert cost_of(Channel.SMS, "і" * 71, policy) == Decimal("1.70")
        assert cost_of(Channel.EMAIL, "і" * 71, policy) == Decimal("0.85")
        assert cost_of(Channel.SMS, "x", Policy()) is None
