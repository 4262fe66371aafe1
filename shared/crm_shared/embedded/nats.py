"""nats-server with JetStream as a child of this process, on a free port of the loopback."""

import json
import os
import signal
from pathlib import Path
from shutil import rmtree
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from crm_shared.embedded.binaries import find_nats_server
from crm_shared.embedded.directories import DirectoryLock
from crm_shared.embedded.process import ServerProcess, stop_leftover

_ANY_FREE_PORT = -1
_SECONDS_TO_START = 120


class NatsServer:
    """A running server: its streams, log and lock lie in one folder."""

    def __init__(
        self, process: ServerProcess, lock: DirectoryLock, port: int, data_dir: Path
    ) -> None:
        self._process = process
        self._lock = lock
        self.data_dir = data_dir
        self.port = port
        self.url = f"nats://127.0.0.1:{port}"

    @classmethod
    def start(
        cls,
        data_dir: Path,
        *,
        config: Path | None = None,
        port: int | None = None,
        sync_interval: str = "1s",
    ) -> Self:
        """Starts the server; `sync_interval="always"` loses nothing that was acknowledged."""
        program = find_nats_server()
        folder = data_dir.absolute()
        folder.mkdir(parents=True, exist_ok=True)
        lock = DirectoryLock(folder)
        try:
            _stop_leftover(folder)
            _write_config(folder, config, sync_interval)
            process, port = _launch(program, folder, port or _ANY_FREE_PORT)
        except BaseException:
            lock.release()
            raise
        return cls(process, lock, port, folder)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it lives; one that died is started anew after `stop()`."""
        return self._process.running

    def stop(self) -> None:
        """Ends the server in order."""
        self._process.stop()
        self._lock.release()

    def kill(self) -> None:
        """Ends it as a power cut would."""
        self._process.kill()
        self._lock.release()

    def reload(self) -> None:
        """Makes it read its configuration again; connections stay."""
        self._process.send(signal.SIGHUP)

    def freeze(self) -> None:
        """Keeps its connections open and lets nothing through."""
        self._process.send(signal.SIGSTOP)

    def thaw(self) -> None:
        """Lets it go on where it was frozen."""
        self._process.send(signal.SIGCONT)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


def _stop_leftover(folder: Path) -> None:
    try:
        pid = int((folder / "nats.pid").read_text())
    except (FileNotFoundError, ValueError):
        return
    stop_leftover(pid, ("nats-server", str(folder)), signal.SIGTERM)


def _write_config(folder: Path, config: Path | None, sync_interval: str) -> None:
    store = json.dumps(str(folder / "jetstream"))
    lines = [f"jetstream {{ store_dir: {store}, sync_interval: {sync_interval} }}"]
    if config is not None:
        # An include is looked up beside the including file, whatever its path begins with.
        lines.insert(0, f"include {json.dumps(os.path.relpath(config, folder))}")
    (folder / "nats.conf").write_text("\n".join(lines) + "\n")


def _launch(program: Path, folder: Path, port: int) -> tuple[ServerProcess, int]:
    ports = folder / "ports"
    rmtree(ports, ignore_errors=True)
    ports.mkdir()
    address = ["--addr", "127.0.0.1", "--port", str(port), "--ports_file_dir", str(ports)]
    process = ServerProcess.spawn(
        [str(program), "-c", str(folder / "nats.conf"), "-P", str(folder / "nats.pid"), *address],
        log=folder / "nats.log",
        gentle=signal.SIGTERM,
    )
    return process, process.wait_for(lambda: _port(folder), seconds=_SECONDS_TO_START)


def _port(folder: Path) -> int | None:
    """The port it listens on; none until it does."""
    for file in (folder / "ports").glob("*.ports"):
        try:
            addresses: list[str] = json.loads(file.read_text())["nats"]
        except ValueError:
            return None
        return urlsplit(addresses[0]).port
    return None
