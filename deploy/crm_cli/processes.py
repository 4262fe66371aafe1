"""One service's process: started, watched, started again when it dies."""

import asyncio
import contextlib
import os
import shutil
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from crm_cli.forking import Fork

_FIRST_DELAY = 0.1
_LONGEST_DELAY = 30.0
_LIVED_LONG = 30.0
_SECONDS_TO_STOP = 25.0
_LOG_KEPT = 20_000_000
_LOGS_KEPT = 3
_LONGEST_LINE = 4_000_000
SIGN_IN_MARK = "CRM first sign-in:"

Report = Callable[[str], None]


class ServiceProcess:
    """`python -m crm_x all`, kept alive until it is stopped."""

    def __init__(
        self, program: str, environment: Mapping[str, str], log: Path, report: Report
    ) -> None:
        self.program = program
        self.log = log
        self.restarts = 0
        self.first_sign_in: str | None = None
        self.signed_in = asyncio.Event()
        self._environment = environment
        self._report = report
        self._process: Fork | None = None
        self._over = asyncio.Event()
        self._over.set()
        self._stopping = False
        self._wanted = asyncio.Event()
        self._wanted.set()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def keep_alive(self) -> None:
        """Run it; when it dies, say so and start it again, ever later while it dies at once."""
        delay = _FIRST_DELAY
        while True:
            await self._wanted.wait()
            began = time.monotonic()
            code = await self._run_once()
            if self._stopping:
                return
            if not self._wanted.is_set():
                continue
            if time.monotonic() - began > _LIVED_LONG:
                delay = _FIRST_DELAY
            self.restarts += 1
            self._report(
                f"{self.program} ended {_how(code)}; starting it again in {delay:.1f} s. "
                f"Its log: {self.log}"
            )
            await asyncio.sleep(delay)
            delay = min(delay * 3, _LONGEST_DELAY)

    async def hold(self) -> None:
        """Stop it and leave it stopped until `release()`."""
        if self._wanted.is_set():
            self._wanted.clear()
            await self._end()

    def release(self) -> None:
        self._wanted.set()

    async def stop(self) -> None:
        """Ask it to end, and make it when it does not in time."""
        self._stopping = True
        await self._end()

    async def _end(self) -> None:
        process = self._process
        if process is None or self._over.is_set():
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
            try:
                await asyncio.wait_for(self._over.wait(), _SECONDS_TO_STOP)
            except TimeoutError:
                self._report(f"{self.program} did not stop in time: killed")
                process.kill()
                await self._over.wait()

    async def _run_once(self) -> int:
        rotate(self.log)
        try:
            self._process = Fork(self.program, self._environment, self.log)
        except (OSError, EOFError) as failed:
            # the process that forks is gone; the next start begins another one
            self._report(f"{self.program} could not be started: {failed!r}")
            return 1
        self._over.clear()
        try:
            # its end is the end of its output: where the forking process died, nothing else tells
            await self._copy_errors(self._process.errors)
            return await self._process.wait()
        finally:
            self._over.set()

    async def _copy_errors(self, errors: int) -> None:
        reader = asyncio.StreamReader(limit=_LONGEST_LINE)
        loop = asyncio.get_running_loop()
        with os.fdopen(errors, "rb") as pipe, self.log.open("ab", buffering=0) as log:
            await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
            while line := await reader.readline():
                text = line.decode(errors="replace").strip()
                if text.startswith(SIGN_IN_MARK):
                    # A password does not belong in a log.
                    self.first_sign_in = text.removeprefix(SIGN_IN_MARK).strip()
                    self.signed_in.set()
                else:
                    # a disk without room costs lines of the log, never the service
                    with contextlib.suppress(OSError):
                        log.write(line)


def _how(code: int) -> str:
    return f"by signal {signal.Signals(-code).name}" if code < 0 else f"with code {code}"


def rotate(log: Path) -> None:
    """Keep a log within its size; the writer goes on in the same, emptied file."""
    if not log.exists() or log.stat().st_size < _LOG_KEPT:
        return
    for number in range(_LOGS_KEPT, 1, -1):
        older = log.with_suffix(f".{number - 1}.log")
        if older.exists():
            older.replace(log.with_suffix(f".{number}.log"))
    newest = log.with_suffix(".1.log")
    try:
        shutil.copyfile(log, newest)
    except OSError:
        # no room for a copy: what was copied says nothing, the log goes on
        newest.unlink(missing_ok=True)
        return
    os.truncate(log, 0)
