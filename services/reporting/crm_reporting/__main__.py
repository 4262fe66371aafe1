"""`python -m crm_reporting api|worker|all|migrate|contracts`, `rebuild [--json]`, `effect JSON`."""

import asyncio
import gc
import json
import sys

from crm_reporting.contributions.use_cases import COLLECT_AFTER
from crm_reporting.effect.schemas.program import WrongInputError, worked_out
from crm_reporting.rebuilds import use_cases
from crm_reporting.rebuilds.errors import OtherBuildError
from crm_reporting.rebuilds.jobs import carry_out
from crm_reporting.rebuilds.queries import get_latest
from crm_reporting.settings import Settings
from crm_shared.actor import SYSTEM
from crm_shared.db.engine import Sessions, make_engine, make_sessions
from crm_shared.program import main as run
from crm_shared.settings import load

SERVING = ("api", "worker", "all")
REFUSED = 2
TELL_EVERY_S = 2.0


async def check(settings: Settings) -> None:
    """Refuse to serve counters of another zone or currency; a new database is fine."""
    engine = make_engine(settings.database_url, application="crm-reporting-check")
    try:
        async with make_sessions(engine, settings).begin() as session:
            await use_cases.ensure_build(session, settings)
    finally:
        await engine.dispose()


async def mend(settings: Settings) -> None:
    """After an upgrade: build anew what an older version's rules counted."""
    engine = make_engine(settings.database_url, application="crm-reporting-mend")
    try:
        async with make_sessions(engine, settings)() as session:
            outdated = await use_cases.has_older_rules(session, settings)
    finally:
        await engine.dispose()
    if outdated:
        sys.stdout.write("the rules changed: building the counters anew\n")
        if not await rebuild(settings, as_json=False):
            sys.exit("the rebuild failed; see the log, then run it again")


async def rebuild(settings: Settings, *, as_json: bool) -> bool:
    """Build the counters anew with the present settings, here and now; tell whether it went."""
    engine = make_engine(settings.database_url, application="crm-reporting-rebuild")
    sessions = make_sessions(engine, settings)
    try:
        async with sessions.begin() as session:
            await use_cases.ask_for_rebuild(session, SYSTEM)
        progress = asyncio.create_task(_tell_progress(sessions, silent=as_json))
        await carry_out(sessions, settings)
        progress.cancel()
        async with sessions() as session:
            done = await get_latest(session)
        told = {"id": str(done.id), "state": done.state, "events": done.done}
        line = json.dumps(told) if as_json else f"rebuild {done.state}: {done.done} events"
        sys.stdout.write(f"{line}\n")
        return done.state == "done"
    finally:
        await engine.dispose()


async def _tell_progress(sessions: Sessions, *, silent: bool) -> None:
    while not silent:
        await asyncio.sleep(TELL_EVERY_S)
        async with sessions() as session:
            now = await get_latest(session)
        step = f"{now.done:,} of {now.total:,} events" if now.step == "facts" else str(now.step)
        sys.stderr.write(f"rebuild: {step}\n")


def tell_effects(arguments: list[str]) -> int:
    """Work typed scenarios out, a JSON list of them; needs neither settings nor a database."""
    try:
        answer = worked_out(arguments[0] if arguments else "")
    except WrongInputError as wrong:
        sys.stderr.write(f"{wrong}\n")
        return REFUSED
    sys.stdout.write(f"{answer}\n")
    return 0


def main(arguments: list[str]) -> None:
    """Check what the counters were built with, then do what every service does."""
    role = arguments[0] if arguments else ""
    if role == "rebuild":
        sys.exit(not asyncio.run(rebuild(load(Settings), as_json="--json" in arguments)))
    if role == "effect":
        sys.exit(tell_effects(arguments[1:]))
    if role in SERVING:
        try:
            asyncio.run(check(load(Settings)))
        except OtherBuildError as other:
            sys.stderr.write(f"{other}\n")
            sys.exit(REFUSED)
    if role in ("worker", "all"):
        gc.set_threshold(*COLLECT_AFTER)
    run("crm_reporting", arguments)
    if role == "migrate":
        asyncio.run(mend(load(Settings)))


if __name__ == "__main__":
    main(sys.argv[1:])
