"""`backup`, `restore`, `rebuild`: taking care of what the system knows."""

import time
from pathlib import Path
from typing import Annotated

import typer

from crm_cli import backups
from crm_cli.api import Api, ApiError
from crm_cli.console import AsJson, Url, note, say, show
from crm_cli.failure import CliError
from crm_cli.state import State

_LOOK_EVERY = 0.5
_REBUILD = "/-/reporting/ops/rebuild"
_GOING_ON = frozenset({"waiting", "running"})


def backup(
    target: Annotated[Path, typer.Argument(help="A folder that does not exist yet.")],
    as_json: AsJson = False,
) -> None:
    """Copy all four databases, as they are at one moment, and the secrets; it may stay up."""
    made = backups.make(State.here(), target.absolute())
    show(made) if as_json else say(f"{target}: {made['megabytes']} MB in {made['seconds']} s")


def restore(
    source: Annotated[Path, typer.Argument(help="A folder that `crm backup` made.")],
    yes: Annotated[
        bool, typer.Option("--yes", help="Replace what is there without asking.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Put a backup in place of the embedded system's databases and secrets."""
    state = State.here()
    if (running := state.running()) is not None:
        raise CliError(f"It runs (process {running.pid}). Stop it first: ./crm down")
    if not yes and not typer.confirm(f"Replace everything in {state.folder}?"):
        raise CliError("Nothing was changed.")
    state.prepare()
    state.lock()
    made = backups.put_back(state, source.absolute())
    if not made["erased_known"]:
        # to the error stream: it must be seen beside the JSON as well
        typer.echo("Erase once more whoever was erased since: nobody knows it now.", err=True)
    show(made) if as_json else say(f"{state.folder} is as it was at {made['made_at']}: ./crm up")


def rebuild(
    wait: Annotated[bool, typer.Option(help="Wait until it is done.")] = True,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Count every figure anew from the ledger, while the system goes on."""
    with Api.open(url) as api:
        seen = api.post(_REBUILD, {})
        while wait:
            seen = api.get(_REBUILD)
            if seen.get("state") not in _GOING_ON:
                break
            note(f"  {seen.get('step') or 'waiting'}: {seen['done']} of {seen['total'] or '?'}")
            time.sleep(_LOOK_EVERY)
    show(seen) if as_json else say(f"rebuild: {seen.get('state', 'started')}")
    if seen.get("state") == "failed":
        raise ApiError(f"The rebuild failed: {seen.get('problem') or 'see the log of reporting'}")
