"""I1: what is signed, where nothing is sent, and when it is tried again."""

from datetime import timedelta
from ipaddress import ip_address

import pytest

from crm_notifications.feed.rules import fits
from crm_notifications.webhooks.rules.addresses import RefusedAddressError, check_url, is_open
from crm_notifications.webhooks.rules.signing import headers_of, secret_of, signature
from crm_notifications.webhooks.rules.trying import PAUSES, Answer, pause_after
from crm_notifications.webhooks.senders.posting import _retry_after
from crm_shared.clock import utc_now
from crm_shared.ids import new_id


class TestSignature:
    def test_is_the_one_that_the_standard_publishes(self) -> None:
        made = signature(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1614265330,
            b'{"test": 2432232314}',
        )

        assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    def test_is_made_by_both_secrets_while_they_are_exchanged(self) -> None:
        webhook_id = new_id()
        new, old = secret_of("key", webhook_id, 2), secret_of("key", webhook_id, 1)

        headers = headers_of([new, old], "id", 1, b"{}")

        assert new != old
        assert headers["webhook-signature"].split(" ") == [
            signature(new, "id", 1, b"{}"),
            signature(old, "id", 1, b"{}"),
        ]


class TestAddress:
    @pytest.mark.parametrize(
        "url",
        [
            "http://example.com/",
            "https://example.com:8080/",
            "https://user:word@example.com/",
            "https://example.com/#part",
            "https://localhost/",
            "https://crm.internal/",
            "https://intranet/",
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://10.0.0.8/",
            "https://169.254.169.254/latest/meta-data",
            "https://100.64.0.1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:a9fe:a9fe]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[2002:7f00:1::]/",
            "https://[fd00::1]/",
            "https://[fe80::1]/",
            "https://example.com/ b",
            "ftp://example.com/",
            "https:///x",
            "https://[broken/",
        ],
    )
    def test_is_refused(self, url: str) -> None:
        with pytest.raises(RefusedAddressError):
            check_url(url, ())

    @pytest.mark.parametrize(
        "url", ["https://example.com/a?b=c", "https://hooks.example.com:8443/", "https://1.1.1.1/"]
    )
    def test_is_taken(self, url: str) -> None:
        check_url(url, ())

    def test_of_our_own_network_is_taken_when_it_is_named(self) -> None:
        check_url("http://warehouse:8080/hook", {"warehouse"})

    def test_is_judged_by_what_is_inside_of_it(self) -> None:
        closed = ["::ffff:10.0.0.1", "2002:0a00:0001::", "64:ff9b::a00:1", "224.0.0.1"]
        closed += ["64:ff9b:1::a00:1", "::ffff:0:10.0.0.1", "fec0::1"]

        assert not any(is_open(ip_address(one)) for one in closed)
        assert is_open(ip_address("2606:4700:4700::1111"))


class TestPause:
    def test_adds_up_to_three_days(self) -> None:
        assert sum(PAUSES, timedelta()) >= timedelta(days=3)
        assert pause_after(len(PAUSES) + 1, Answer(utc_now(), 1, 500)) is None

    def test_heeds_what_a_busy_receiver_asks_for(self) -> None:
        busy = Answer(utc_now(), 1, 429, retry_after=timedelta(minutes=10))

        assert pause_after(1, busy) == timedelta(minutes=10)

    @pytest.mark.parametrize(
        "odd",
        [
            "Thu, 01 Jan 99999999999 00:00:00 GMT",
            "Thu, 01 Jan 2026 00:00:00 +99999999999999",
            "Thu, 99 Jan 2026 00:00:00 GMT",
            "soon",
        ],
    )
    def test_takes_no_notice_of_moments_that_there_are_not(self, odd: str) -> None:
        assert _retry_after(odd) is None


class TestPattern:
    @pytest.mark.parametrize(
        ("pattern", "expected"),
        [
            ("crm.deals.deal.stage_changed.v1", True),
            ("crm.deals.>", True),
            ("crm.*.deal.*.v1", True),
            ("crm.deals.deal.>", True),
            ("crm.deals.deal.stage_changed.v2", False),
            ("crm.contacts.>", False),
            ("crm.*.*.created.v1", False),
        ],
    )
    def test_fits(self, pattern: str, expected: bool) -> None:
        assert fits("crm.deals.deal.stage_changed.v1", [pattern]) is expected
