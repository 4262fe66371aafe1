"""Who is believed when he says from where a request comes."""

from typing import Any

import httpx
import pytest

from crm_shared.http.proxies import TrustedProxies, read_networks, subscriber_of

PROXY, BALANCER, CLIENT = "10.0.0.2", "10.0.0.3", "203.0.113.9"


def revealed(peer: str, *claimed: str, trusted: str = "10.0.0.0/8") -> str:
    scope: dict[str, Any] = {
        "client": (peer, 40000),
        "headers": [(b"x-forwarded-for", value.encode()) for value in claimed],
    }
    TrustedProxies(read_networks(trusted)).reveal(scope)
    return str(scope["client"][0])


class TestTrustedProxies:
    @pytest.mark.parametrize(
        ("claimed", "found"),
        [
            ((CLIENT,), CLIENT),
            (("2001:db8::7",), "2001:db8::7"),
            ((f"{CLIENT}, {BALANCER}",), CLIENT),
            ((CLIENT, BALANCER), CLIENT),
            ((f"6.6.6.6, {CLIENT}",), CLIENT),
            ((f"{PROXY}, {CLIENT}, {BALANCER}",), CLIENT),
            ((f"6.6.6.6, not an address, {BALANCER}",), BALANCER),
            (("not an address",), PROXY),
            (("",), PROXY),
            ((), PROXY),
        ],
    )
    def test_believe_our_own_and_nothing_beyond(self, claimed: tuple[str, ...], found: str) -> None:
        assert revealed(PROXY, *claimed) == found

    def test_do_not_believe_a_stranger(self) -> None:
        assert revealed(CLIENT, "6.6.6.6") == CLIENT
        assert revealed(PROXY, "6.6.6.6", trusted="") == PROXY

    async def test_a_limit_per_address_is_the_clients_and_cannot_be_shaken_off(
        self, shop_with: Any
    ) -> None:
        async with shop_with(rate_limit=2, trusted_proxies=PROXY) as app:

            async def ask(peer: str, claimed: str) -> int:
                transport = httpx.ASGITransport(app=app, client=(peer, 1))
                async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
                    headers = {"X-Forwarded-For": claimed}
                    return (await client.get("/health/live", headers=headers)).status_code

            through = [await ask(PROXY, f"6.6.6.{turn}, {CLIENT}") for turn in range(4)]
            another = await ask(PROXY, "203.0.113.10")
            direct = [await ask("198.51.100.7", f"6.6.6.{turn}") for turn in range(4)]

        assert (through, another) == ([200, 200, 429, 429], 200)
        assert direct == [200, 200, 429, 429]


@pytest.mark.parametrize(
    ("address", "whose"),
    [
        (CLIENT, CLIENT),
        ("2001:db8:1:2::7", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::7", "2001:db8:1:3::/64"),
        (f"::ffff:{CLIENT}", CLIENT),
        ("testclient", "testclient"),
    ],
)
def test_a_subscriber_is_counted_once_however_many_addresses_he_has(
    address: str, whose: str
) -> None:
    assert subscriber_of(address) == whose
