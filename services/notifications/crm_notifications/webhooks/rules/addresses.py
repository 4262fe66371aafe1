"""Where nothing is ever sent: into our own network, by whatever spelling."""

from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
PORTS = {None, 443, 8443}
MAX_URL = 2000
_NAT64 = ip_network("64:ff9b::/96")
_COMPATIBLE = ip_network("::/96")
# translated to IPv4 within one network, or of one site: never the open internet's
_CLOSED = [ip_network(one) for one in ("64:ff9b:1::/48", "::ffff:0:0:0/96", "fec0::/10")]
_THIS_HOST = ("localhost", ".localhost", ".local", ".internal")


class RefusedAddressError(Exception):
    """An address that is not for sending to; says which rule, never the address."""


def is_open(address: Address) -> bool:
    """Tell whether an address lies in the open internet, whatever it is wrapped in."""
    if isinstance(address, IPv6Address):
        for inner in _inner(address):
            if not is_open(inner):
                return False
        if any(address in network for network in _CLOSED):
            return False
    return address.is_global and not address.is_multicast


def _inner(address: IPv6Address) -> list[IPv4Address]:
    found = [one for one in (address.ipv4_mapped, address.sixtofour) if one is not None]
    if address.teredo is not None:
        found.extend(address.teredo)
    if address in _NAT64 or address in _COMPATIBLE:
        found.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return found


def check_url(url: str, allowed: Collection[str]) -> None:
    """Refuse an address that could never be sent to; names are looked up when it is sent."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as broken:
        raise RefusedAddressError("cannot be read") from broken
    if len(url) > MAX_URL or not url.isascii() or any(sign <= " " for sign in url):
        raise RefusedAddressError(f"must be at most {MAX_URL} plain characters")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise RefusedAddressError("must not hold a user, a password or a fragment")
    if host in allowed:
        if parts.scheme not in ("https", "http"):
            raise RefusedAddressError("must begin with https:// or http://")
        return
    _check_outside(parts.scheme, host, port)


def _check_outside(scheme: str, host: str, port: int | None) -> None:
    if scheme != "https":
        raise RefusedAddressError("must begin with https://")
    if port not in PORTS:
        raise RefusedAddressError("must use port 443 or 8443")
    literal = literal_of(host)
    if literal is not None:
        if not is_open(literal):
            raise RefusedAddressError("is not in the open internet")
    elif "." not in host or host.rstrip(".").endswith(_THIS_HOST) or _looks_numeric(host):
        raise RefusedAddressError("must name a host of the open internet")


def literal_of(host: str) -> Address | None:
    """Return the address that a host is spelt as, if it is one."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def _looks_numeric(host: str) -> bool:
    # 0x7f.1, 017700000001 and 2130706433 are addresses to some resolvers
    last = host.rstrip(".").rpartition(".")[2]
    return last.isdigit() or last.startswith("0x")
