"""The system with a network of its own for each service: nothing leads anywhere but to NATS.

Every service gets a network namespace with one cable, to the namespace in which NATS listens;
nobody forwards between cables. The sockets of the other services' PostgreSQL servers are covered
in its file system. The test alone has doors into the namespaces.
"""

import asyncio
import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from plant import SERVICES, Plant, free_port

from crm_shared.embedded.binaries import find_nats_server
from crm_shared.embedded.postgres import Postgres
from crm_shared.embedded.process import end_with_parent
from crm_shared.ids import new_id
from crm_shared.testing.servers import Broker, Databases

CLONE_NEWNET = 0x40000000
STREET = "street"
_COVER_AND_RUN = (
    'while [ "$1" != -- ]; do mount -t tmpfs -o ro,size=4k none "$1" || exit 9; shift; done; '
    'shift; exec "$@"'
)
_libc = ctypes.CDLL(None, use_errno=True)


class Networks:
    """The street and the four houses, as network namespaces."""

    def __init__(self) -> None:
        self._prefix = f"crm-{new_id().hex[-8:]}"

    def name(self, place: str) -> str:
        """Return the namespace of a place."""
        return f"{self._prefix}-{place}"

    def street_seen_from(self, service: str) -> str:
        """Return the address at which a service reaches the street."""
        return f"10.203.{SERVICES.index(service)}.1"

    def house(self, service: str) -> str:
        """Return the address of a service's house on its cable."""
        return f"10.203.{SERVICES.index(service)}.2"

    @classmethod
    @contextlib.contextmanager
    def laid(cls) -> Iterator["Networks"]:
        """Make the namespaces and cables; raises OSError where that is not allowed."""
        networks = cls()
        made = []
        try:
            for place in (STREET, *SERVICES):
                _ip("netns", "add", networks.name(place))
                made.append(place)
                _ip("-n", networks.name(place), "link", "set", "lo", "up")
            networks.run(STREET, "sh", "-c", "echo 0 > /proc/sys/net/ipv4/ip_forward")
            for service in SERVICES:
                networks._lay_cable(service)
            yield networks
        finally:
            for place in made:
                _ip("netns", "del", networks.name(place))

    def _lay_cable(self, service: str) -> None:
        street, house, number = self.name(STREET), self.name(service), SERVICES.index(service)
        peer = ("peer", "name", "eth0", "netns", house)
        _ip("link", "add", f"to-{number}", "netns", street, "type", "veth", *peer)
        ends = ((street, f"to-{number}", 1), (house, "eth0", 2))
        for namespace, device, last in ends:
            _ip("-n", namespace, "addr", "add", f"10.203.{number}.{last}/30", "dev", device)
            _ip("-n", namespace, "link", "set", device, "up")

    def inside(self, place: str, *command: str, covered: Sequence[Path] = ()) -> list[str]:
        """Return a command as it is run in a place, where some folders are empty."""
        shell = ("sh", "-c", _COVER_AND_RUN, "sh", *map(str, covered), "--")
        return ["ip", "netns", "exec", self.name(place), *shell, *command]

    def run(self, place: str, *command: str, covered: Sequence[Path] = ()) -> str:
        """Run a command in a place; return what it says, raise OSError when it fails."""
        return _said(self.inside(place, *command, covered=covered))

    def socket_in(self, place: str) -> socket.socket:
        """Return a socket that belongs to a place: a socket stays where it was made."""
        with Path("/proc/self/ns/net").open() as home:
            with Path(f"/var/run/netns/{self.name(place)}").open() as there:
                _enter(there.fileno())
            try:
                return socket.socket()
            finally:
                _enter(home.fileno())


class Door:
    """A way for the test into a place: a port here that leads to an address there."""

    def __init__(self, networks: Networks, place: str, port: int) -> None:
        self._networks = networks
        self._place = place
        self._port = port
        self._server: asyncio.Server | None = None

    async def open(self, here: int) -> None:
        """Listen here."""
        self._server = await asyncio.start_server(self._through, "127.0.0.1", here)

    def close(self) -> None:
        """Let nobody in any more."""
        if self._server is not None:
            self._server.close()

    async def _through(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inside = self._networks.socket_in(self._place)
        inside.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(inside, ("127.0.0.1", self._port))
        except OSError:
            inside.close()
            writer.close()
            return
        there_reader, there_writer = await asyncio.open_connection(sock=inside)
        await asyncio.gather(_carry(reader, there_writer), _carry(there_reader, writer))


class StreetBroker(Broker):
    """NATS in the street's namespace, with a door for the test."""

    def __init__(self, networks: Networks, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.url = f"nats://127.0.0.1:{self.port}"
        data_dir.mkdir(parents=True)
        config = data_dir / "nats.conf"
        config.write_text(f'jetstream {{ store_dir: "{data_dir / "jetstream"}" }}\n')
        program = (str(find_nats_server()), "-c", str(config), "--port", str(self.port))
        with (data_dir / "nats.log").open("ab") as log:
            self._nats = subprocess.Popen(
                networks.inside(STREET, *program),
                stdout=log,
                stderr=log,
                preexec_fn=end_with_parent(signal.SIGTERM),  # noqa: PLW1509 - no threads here
            )

    def stop(self) -> None:
        """End it."""
        self._nats.terminate()
        self._nats.wait()


class Apart(Plant):
    """Four services, each in a network namespace with its own PostgreSQL and the way to NATS."""

    forks = False  # each starts in a house of its own

    def __init__(
        self, networks: Networks, broker: StreetBroker, servers: dict[str, Postgres], folder: Path
    ) -> None:
        super().__init__(Databases(servers["contacts"]), broker, folder)
        self.networks = networks
        self._servers = servers
        self._doors: dict[str, Door] = {}

    async def start(self, **elsewhere: Postgres) -> None:
        """Start everything, with a door for the test to the broker."""
        await self._open_door(STREET, self.broker.port)
        await super().start(**elsewhere)

    async def ready(self, name: str, *, within_s: float = 90.0) -> float:
        """Give the test a way in, then wait as others do."""
        if name not in self._doors:
            await self._open_door(name, self.sites[name].ports[0])
        return await super().ready(name, within_s=within_s)

    async def _open_door(self, place: str, port: int) -> None:
        door = Door(self.networks, place, port)
        await door.open(port)
        self._doors[place] = door

    def socket_of(self, name: str) -> str:
        """Return the file through which a service's PostgreSQL is reached."""
        return f"{self._servers[name].host}/.s.PGSQL.5432"

    def covered(self, name: str) -> list[Path]:
        """Return the folders of the sockets that a service must not find."""
        return [Path(one.host) for other, one in self._servers.items() if other != name]

    def environment_of(self, name: str, replica: int) -> dict[str, str]:
        """Return what a process is told: the broker's address as seen from its house."""
        street = self.networks.street_seen_from(name)
        return {
            **super().environment_of(name, replica),
            f"{name.upper()}_HOST": "0.0.0.0",  # noqa: S104 - what keeps others out is no setting
            "CRM_NATS_URL": f"nats://{street}:{self.broker.port}",
        }

    def command(self, name: str, role: str) -> list[str]:
        """Return how a process is started in its house."""
        return self.networks.inside(name, *super().command(name, role), covered=self.covered(name))

    async def reaches(self, name: str, target: str) -> bool:
        """Tell whether a service's house can open a connection to `host:port` or a socket file."""
        probe = (
            "import socket,sys; t=sys.argv[1]; s=socket.socket(socket.AF_UNIX) if t[0]=='/' "
            "else socket.socket(); s.settimeout(2); "
            "s.connect(t if t[0]=='/' else (t.split(':')[0], int(t.split(':')[1])))"
        )
        command = (sys.executable, "-c", probe, target)
        process = await asyncio.create_subprocess_exec(
            *self.networks.inside(name, *command, covered=self.covered(name)),
            stderr=asyncio.subprocess.DEVNULL,
        )
        return await process.wait() == 0

    async def stop(self) -> None:
        """End everything and shut the doors."""
        await super().stop()
        for door in self._doors.values():
            door.close()


def why_not() -> str | None:
    """Return why namespaces cannot be made here, None when they can."""
    if sys.platform != "linux" or shutil.which("ip") is None:
        return "needs Linux and iproute2"
    if os.geteuid() != 0:
        return "needs root to make network namespaces"
    try:
        with Networks.laid():
            return None
    except OSError as refused:
        return f"network namespaces are refused here: {refused}"


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


def _enter(namespace: int) -> None:
    if _libc.setns(namespace, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def _ip(*arguments: str) -> str:
    return _said(["ip", *arguments])


def _said(command: Sequence[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"{' '.join(command[:4])}: {done.stderr.strip()}")
    return done.stdout
