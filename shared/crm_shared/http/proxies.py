"""From where a request comes: only a trusted proxy is believed when it names somebody else."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from starlette.types import Scope

Network: TypeAlias = IPv4Network | IPv6Network
SUBSCRIBERS_BITS = 64


def read_networks(value: str) -> tuple[Network, ...]:
    """Read `127.0.0.1, 10.0.0.0/8`; raises ValueError for what is neither address nor network."""
    return tuple(ip_network(part.strip()) for part in value.split(",") if part.strip())


class TrustedProxies:
    """Puts the client's address in place of the proxy's, if that proxy is one of ours.

    Each proxy adds the address that it was called from at the end of X-Forwarded-For. So the list
    is read from its end, past our own proxies: what stands before is whatever the client wrote.
    """

    def __init__(self, networks: Sequence[Network]) -> None:
        self._networks = networks
        self._is_ours = lru_cache(maxsize=1024)(self._lies_within)

    def reveal(self, scope: Scope) -> None:
        """Correct `scope["client"]`; what a stranger claims changes nothing."""
        peer = scope.get("client")
        if not self._networks or peer is None or not self._is_ours(peer[0]):
            return
        claimed = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
        for part in reversed(claimed.decode("latin-1").split(",")):
            address = part.strip()
            if not _is_address(address):
                return  # nothing beyond this can be believed, nor this
            scope["client"] = (address, 0)
            if not self._is_ours(address):
                return

    def _lies_within(self, host: str) -> bool:
        if not _is_address(host):
            return False
        address = ip_address(host)
        return any(address in network for network in self._networks)


def subscriber_of(host: str) -> str:
    """Return whose address it is, for counting: of IPv6 everybody has a network, a /64, of them."""
    if not _is_address(host):
        return host
    address = ip_address(host)
    if isinstance(address, IPv4Address):
        return host
    mapped = address.ipv4_mapped
    return str(mapped or ip_network((address, SUBSCRIBERS_BITS), strict=False))


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
