"""`up`, `down`, `migrate`: the embedded system's life."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crm_cli.console import AsJson, note, say, show
from crm_cli.failure import CliError
from crm_cli.patience import Patience
from crm_cli.state import AlreadyUpError, Running, State, port_base, refuse_taken_ports
from crm_cli.topology import SERVICES

if TYPE_CHECKING:
    from crm_cli.embedded import Embedded

_SECONDS_TO_STOP = 90
_SECONDS_TO_START = 180
_LAST_WORDS = 1000
_SIGN_IN_COMES_WITHIN = 3.0
_SIGN_IN_FILE = "first-sign-in"


def up(
    detach: Annotated[
        bool, typer.Option("--detach", "-d", help="Return when it is ready.")
    ] = False,
    as_json: AsJson = False,
    detached: Annotated[bool, typer.Option("--detached", hidden=True)] = False,
) -> None:
    """Start the embedded system: PostgreSQL, NATS, four services, one origin."""
    state = State.here()
    state.prepare()
    if detach:
        told = start_detached(state)
        show(told) if as_json else tell_ready(told)
    else:
        state.lock()
        base = port_base()
        refuse_taken_ports(base)
        asyncio.run(_run(state, base, as_json=as_json, detached=detached))


async def _run(state: State, base: int, *, as_json: bool, detached: bool) -> None:
    # Imported here, like every large thing of one command: --help stays quick.
    from crm_cli.embedded import Embedded

    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    system = Embedded(state, base, note)
    try:
        starting = asyncio.ensure_future(system.start())
        if not await _before(stopping, starting):
            return
        first = await _first_sign_in(system)
        if detached and first:
            _leave_sign_in(state, first)
        running = system.announce()
        if not detached:
            told = _ready(running, first)
            show(told) if as_json else tell_ready(told)
        await _before(stopping, asyncio.ensure_future(system.run_until_a_part_ends()))
    finally:
        note("stopping")
        await system.stop()


async def _before(stopping: asyncio.Event, work: asyncio.Future[None]) -> bool:
    """Tell whether the work ended before a signal came; a failure of it is raised."""
    waiting = asyncio.ensure_future(stopping.wait())
    both: set[asyncio.Future[Any]] = {waiting, work}
    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if work.done():
        work.result()
        return True
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    return False


async def _first_sign_in(system: "Embedded") -> str | None:
    process = system.processes["contacts"]
    if system.is_new:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.signed_in.wait(), _SIGN_IN_COMES_WITHIN)
    return process.first_sign_in


def _leave_sign_in(state: State, first: str) -> None:
    path = state.folder / _SIGN_IN_FILE
    path.touch(mode=0o600)
    path.write_text(first)


def _take_sign_in(state: State) -> str | None:
    path = state.folder / _SIGN_IN_FILE
    if not path.exists():
        return None
    first = path.read_text()
    path.unlink()
    return first


def _ready(running: Running, first: str | None) -> dict[str, Any]:
    return {
        "url": running.url,
        "seconds": running.took_s,
        "pid": running.pid,
        "services": {s.name: f"http://127.0.0.1:{s.port(running.base)}" for s in SERVICES},
        "nats": running.nats_url,
        "first_sign_in": first,
    }


def tell_ready(told: dict[str, Any], say: Callable[[str], None] = say) -> None:
    """Tell people where everything is."""
    say(f"The CRM is up at {told['url']} after {told['seconds']} s")
    for name, address in told["services"].items():
        say(f"  {name:<14} {address}  docs {told['url']}/-/{name}/docs")
    if told["first_sign_in"]:
        say(f"First sign-in, shown only now: {told['first_sign_in']}")
    say("A token: ./crm token   State: ./crm status   Stop: Ctrl-C or ./crm down")


def start_detached(state: State) -> dict[str, Any]:
    """Start the system as a process of its own and return when it is ready."""
    running = state.running()
    if running is not None and running.ready:
        raise AlreadyUpError(running)
    log = state.logs / "up.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "crm_cli", "up", "--detached"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    patience = Patience(state.logs, _SECONDS_TO_START)
    while not ((running := state.running()) and running.ready and running.pid == process.pid):
        if process.poll() is not None:
            raise CliError(log.read_text(errors="replace").strip().removeprefix("crm: "))
        if patience.is_over():
            process.terminate()
            raise CliError(
                f"It is not ready, and nothing was written for {_SECONDS_TO_START} s. The end of "
                f"{log}:\n{log.read_text(errors='replace')[-_LAST_WORDS:]}"
            )
        time.sleep(0.05)
    return _ready(running, _take_sign_in(state))


def down(as_json: AsJson = False) -> None:
    """Stop the embedded system in order."""
    state = State.here()
    running = state.running()
    if running is not None:
        os.kill(running.pid, signal.SIGTERM)
        deadline = time.monotonic() + _SECONDS_TO_STOP
        while state.running() is not None:
            if time.monotonic() > deadline:
                raise CliError(f"Process {running.pid} does not stop: see {state.logs}.")
            time.sleep(0.05)
    told = "stopped" if running else "nothing ran"
    show({"result": told}) if as_json else say(told)


def migrate(as_json: AsJson = False) -> None:
    """Bring the four databases up to date; in containers a job does it at every start."""
    state = State.here()
    state.prepare()
    if (running := state.running()) is not None:
        raise CliError(f"Stop the system first (process {running.pid}): ./crm down")
    state.lock()
    migrated = asyncio.run(_migrate(state))
    show({"migrated": migrated}) if as_json else say(f"migrated: {', '.join(migrated)}")


async def _migrate(state: State) -> list[str]:
    from crm_cli import embedded, migrations
    from crm_cli.servers import Servers

    servers = Servers.start(state, port_base(), note)
    try:
        environments = embedded.environments_for(state, port_base(), servers)
        noted = state.folder / "migrated.json"
        return await migrations.migrate(environments, noted, force=True)
    finally:
        servers.stop()
