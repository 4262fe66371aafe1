"""A server as a child of this process: started, watched, ended, and ended with us."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from crm_shared.embedded.account import Account
from crm_shared.embedded.errors import DiskFullError, EmbeddedServerError

AnswerT = TypeVar("AnswerT")

_PR_SET_PDEATHSIG = 1
_LOG_KEPT = 10_000_000
_ROOM_NEEDED = 64_000_000

# Loaded before any fork: between fork and exec nothing may be imported or allocated in earnest.
_LINUX = sys.platform == "linux"
_libc = ctypes.CDLL(None, use_errno=True) if _LINUX else None


class ServerProcess:
    """The running program and the file its output goes to."""

    def __init__(
        self, name: str, popen: subprocess.Popen[bytes], log: Path, gentle: signal.Signals
    ) -> None:
        self._name = name
        self._popen = popen
        self._gentle = gentle
        self.log = log
        self.pid = popen.pid

    @classmethod
    def spawn(
        cls,
        command: Sequence[str],
        *,
        log: Path,
        gentle: signal.Signals,
        account: Account | None = None,
        environment: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> "ServerProcess":
        _refuse_other_threads()
        _shorten(log)
        with log.open("ab") as output:
            popen = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **(environment or {})},
                cwd=cwd,
                # Ctrl-C in the terminal must reach us, not the server: we stop it in order.
                start_new_session=True,
                preexec_fn=end_with_parent(gentle),  # noqa: PLW1509 the child only calls prctl
                **(account.popen_options if account else {}),
            )
        return cls(Path(command[0]).name, popen, log, gentle)

    @property
    def running(self) -> bool:
        return self._popen.poll() is None

    def wait_for(self, answer: Callable[[], AnswerT | None], *, seconds: float) -> AnswerT:
        """Asks until there is an answer; raises with the log when it ends or takes too long."""
        deadline = time.monotonic() + seconds
        while not (found := answer()):
            if not self.running:
                raise self.failure(f"ended with code {self._popen.returncode} while starting")
            if time.monotonic() > deadline:
                self.kill()
                raise self.failure(f"was not ready after {seconds:.0f} s")
            time.sleep(0.01)
        return found

    def send(self, signal_number: signal.Signals) -> None:
        if self.running:
            self._popen.send_signal(signal_number)

    def stop(self, *, seconds: float = 30) -> None:
        """Asks it to end, and makes it when it does not."""
        # A frozen process takes no request.
        self.send(signal.SIGCONT)
        self.send(self._gentle)
        try:
            self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self, signal_number: signal.Signals = signal.SIGKILL) -> None:
        self.send(signal_number)
        self._popen.wait()

    def failure(self, what: str) -> EmbeddedServerError:
        lines = self.log.read_text(errors="replace").splitlines()[-8:]
        return failure(f"{self._name} {what}", "\n".join(lines), self.log)


def failure(what: str, output: str, place: Path) -> EmbeddedServerError:
    """The error for this output; a full disk gets its own, for its output often says little."""
    full = (
        "No space left on device" in output or shutil.disk_usage(place.parent).free < _ROOM_NEEDED
    )
    if full:
        return DiskFullError(f"{what}: the disk of {place.parent} is full.\n{output}")
    return EmbeddedServerError(f"{what}; its output is in {place}:\n{output}")


def stop_leftover(pid: int, names: Sequence[str], gentle: signal.Signals) -> None:
    """Ends a server whose owner is gone; a process id taken over by another program is left."""
    if not _is_server(pid, names):
        return
    os.kill(pid, gentle)
    deadline = time.monotonic() + 30
    while _is_server(pid, names):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


def _is_server(pid: int, names: Sequence[str]) -> bool:
    command = _command_line(pid)
    return all(name in command for name in names)


def _command_line(pid: int) -> str:
    if _LINUX:
        try:
            return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ")
        except OSError:
            return ""
    answer = subprocess.run(
        ["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False
    )
    return answer.stdout


def end_with_parent(gentle: signal.Signals) -> Callable[[], None] | None:
    """What a child of ours runs before its program, so that the kernel ends it with us."""
    libc, parent = _libc, os.getpid()
    if libc is None:
        return None

    def ask_kernel() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(gentle))
        if os.getppid() != parent:
            os._exit(1)

    return ask_kernel


def _refuse_other_threads() -> None:
    # The kernel ends the child with the thread that started it, not with the process.
    if _libc is not None and threading.current_thread() is not threading.main_thread():
        raise EmbeddedServerError("Start embedded servers from the main thread.")


def _shorten(log: Path) -> None:
    if log.exists() and log.stat().st_size > _LOG_KEPT:
        log.replace(log.with_suffix(".old.log"))
