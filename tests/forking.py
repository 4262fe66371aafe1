"""Starts services from a process that has loaded all their modules already.

A start of `python -m crm_contacts` is three seconds of processor time, nearly all of it for loading
modules, and the tests of faults start a service some sixty times. A fork of a loaded process is as
real: it has a life, a pid, signals and connections of its own. Where bounds are strict, the plain
command is run.
"""

import ctypes
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

SERVICES = ("contacts", "deals", "notifications", "reporting")
_END_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_MODULES = ("main", "worker", "settings")


class Fork:
    """A forked process with the face of a started one."""

    def __init__(self, name: str, role: str, environment: Mapping[str, str], log: Path) -> None:
        arguments = (f"crm_{name}", role, dict(environment), str(log))
        self._process: ForkServerProcess = _server().Process(target=_run, args=arguments)
        self._process.daemon = True
        self._process.start()

    @property
    def pid(self) -> int:
        """Its number."""
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """Return how it ended, or None while it lives."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end."""
        self._process.join(timeout)
        if (code := self.poll()) is None:
            raise subprocess.TimeoutExpired(self._process.name, timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it lives."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


@cache
def _server() -> ForkServerContext:
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload([f"crm_{name}.{one}" for name in SERVICES for one in _MODULES])
    return made


def _run(package: str, role: str, environment: Mapping[str, str], log: str) -> None:
    ctypes.CDLL(None).prctl(_END_WITH_PARENT, signal.SIGTERM)
    os.environ.clear()
    os.environ.update(environment)
    with Path(log).open("ab") as output:
        os.dup2(output.fileno(), sys.stdout.fileno())
        os.dup2(output.fileno(), sys.stderr.fileno())
    sys.argv = [package, role]
    runpy.run_module(package, run_name="__main__", alter_sys=True)
