"""The state folder of an embedded system: secrets, servers' data, logs, and who runs it."""

import errno
import fcntl
import json
import os
import shutil
import socket
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from crm_cli import env
from crm_cli.failure import CliError
from crm_cli.topology import DEFAULT_PORT_BASE, ports

ROOT = Path(__file__).resolve().parents[2]
_HIGHEST_BASE = 65535 - 200
_ROOM_NEEDED = 200_000_000
_LOCK_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Running:
    """What a running system writes down for the other commands."""

    pid: int
    url: str
    base: int
    nats_url: str
    nats_pid: int
    socket_dir: str
    ready: bool
    took_s: float


class State:
    """The folder and what lies where in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.logs = folder / "logs"
        self.settings_file = folder / "settings.env"
        self._held = folder / "held"
        self._running_file = folder / "running.json"
        self._lock: IO[str] | None = None

    @classmethod
    def here(cls) -> "State":
        """Return the folder that CRM_STATE_DIR names, or `.crm` in the checkout."""
        return cls(Path(os.environ.get("CRM_STATE_DIR") or ROOT / ".crm").absolute())

    def prepare(self) -> None:
        """Make the folder, closed to others, and see that the disk has room."""
        try:
            self.logs.mkdir(parents=True, exist_ok=True)
            self.logs.chmod(0o700)
            free = shutil.disk_usage(self.folder).free
        except OSError as refused:
            raise CliError(f"{self.folder} cannot be used: {refused.strerror}.") from refused
        if free < _ROOM_NEEDED:
            raise CliError(
                f"No room: the disk of {self.folder} has {free // 1_000_000} MB free and "
                f"{_ROOM_NEEDED // 1_000_000} are needed. Free some, or set CRM_STATE_DIR."
            )

    def settings(self) -> dict[str, str]:
        """Return the generated settings, making those that are missing."""
        try:
            env.write_missing(self.settings_file)
        except OSError as refused:
            raise disk_error(refused, self.settings_file) from refused
        return env.read(self.settings_file)

    def lock(self) -> None:
        """Hold the folder as long as this process lives; a second holder is told who runs."""
        self._lock = (self.folder / "up.lock").open("a")
        for attempt in reversed(range(_LOCK_ATTEMPTS)):
            try:
                return fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                # `running()` of another command holds it for a moment.
                time.sleep(0.05 if attempt else 0)
        self._lock.close()
        raise AlreadyUpError(self.running())

    def note(self, running: Running) -> None:
        draft = self._running_file.with_suffix(".new")
        draft.write_text(json.dumps(asdict(running)))
        draft.replace(self._running_file)

    def held(self) -> frozenset[str]:
        """Return the services that are to stand still for now."""
        return frozenset(path.name for path in self._held.glob("*"))

    def hold(self, service: str) -> None:
        self._held.mkdir(exist_ok=True)
        (self._held / service).touch()

    def release_all(self) -> None:
        for path in self._held.glob("*"):
            path.unlink()

    def forget(self) -> None:
        self._running_file.unlink(missing_ok=True)

    def running(self) -> Running | None:
        """Return who runs the system now; a note left by a killed one does not count."""
        try:
            running = Running(**json.loads(self._running_file.read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return None
        return running if self._locked_by_another() else None

    def _locked_by_another(self) -> bool:
        try:
            with (self.folder / "up.lock").open("a") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


class AlreadyUpError(CliError):
    """Another process runs the system of this state folder."""

    def __init__(self, running: Running | None) -> None:
        where = f" at {running.url} (process {running.pid})" if running else ", just starting"
        super().__init__(f"It already runs{where}. Stop it with: ./crm down")
        self.running = running


def disk_error(refused: OSError, path: Path) -> CliError:
    """Return what to tell when a file could not be written."""
    if refused.errno == errno.ENOSPC:
        return CliError(f"The disk of {path.parent} is full. Free some, or set CRM_STATE_DIR.")
    return CliError(f"{path} cannot be written: {refused.strerror}.")


def port_base() -> int:
    """Return the origin's port from CRM_PORT_BASE."""
    text = os.environ.get("CRM_PORT_BASE") or str(DEFAULT_PORT_BASE)
    if not text.isdigit() or not 0 < int(text) <= _HIGHEST_BASE:
        raise CliError(f"CRM_PORT_BASE is {text!r}: it must be a port, 1 to {_HIGHEST_BASE}.")
    return int(text)


def refuse_taken_ports(base: int) -> None:
    """Raise with the first port that something else already listens on."""
    for port, wanted_by in ports(base).items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as refused:
                raise CliError(
                    f"Port {port} ({wanted_by}) cannot be had: {refused.strerror}. Stop what "
                    f"uses it, or set CRM_PORT_BASE (now {base}) to another port."
                ) from refused
