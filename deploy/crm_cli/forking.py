"""Starts services as forks of a process that has loaded their modules: a restart takes no time.

Loading a service's modules costs two to three seconds of processor time, four times at each start
and again at each restart, and the pages of what is loaded were there four times.
"""

import asyncio
import ctypes
import multiprocessing
import os
import runpy
import signal
import sys
from collections.abc import Mapping
from functools import cache
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path

_END_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_NAME = 15  # PR_SET_NAME, for `ps` and `top`


# loaded before any fork
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def end_with_parent() -> None:
    """Have the kernel end this process with the one that started it, however that ends."""
    if _LIBC is not None:
        _LIBC.prctl(_END_WITH_PARENT, signal.SIGTERM)


@cache
def _context() -> ForkServerContext:
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload(["crm_cli.preloaded"])
    return made


def load() -> None:
    """Begin to load what the services need; the first start waits for the end of it."""
    _context()
    forkserver.ensure_running()


class Fork:
    """A running service: its number, what it writes to its error output, how it ended."""

    def __init__(self, program: str, environment: Mapping[str, str], log: Path) -> None:
        reading, writing = os.pipe()
        self.errors = reading
        with Connection(writing) as errors:
            arguments = (program, dict(environment), str(log), errors)
            self._process = _context().Process(target=_run, args=arguments, name=program)
            self._process.start()
        self._ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(self._process.sentinel, self._note_end)

    @property
    def pid(self) -> int | None:
        """Its number."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """How it ended, or None while it lives."""
        return self._process.exitcode

    async def wait(self) -> int:
        """Wait for its end."""
        await self._ended.wait()
        self._process.join()
        return self._process.exitcode or 0

    def _note_end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._process.sentinel)
        self._ended.set()

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.terminate()

    def kill(self) -> None:
        """End it."""
        self._process.kill()


def _run(program: str, environment: Mapping[str, str], log: str, errors: Connection) -> None:
    # Ctrl-C must reach the tool alone: it stops the services in order.
    os.setsid()
    end_with_parent()
    if _LIBC is not None:
        _LIBC.prctl(_NAME, program.replace("_", "-").encode())
    os.environ.clear()
    os.environ.update(environment)
    with Path(log).open("ab") as output:
        os.dup2(output.fileno(), sys.stdout.fileno())
    os.dup2(errors.fileno(), sys.stderr.fileno())
    errors.close()
    sys.argv = [program, "all"]
    runpy.run_module(program, run_name="__main__", alter_sys=True)
