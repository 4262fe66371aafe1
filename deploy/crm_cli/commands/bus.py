"""`events` and `nats-user`: the street between the services, and who may look at it."""

import asyncio
import contextlib
import json
import os
import secrets
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from crm_cli import env, nats_users
from crm_cli.api import Api
from crm_cli.console import AsJson, Url, note, say, show
from crm_cli.failure import CliError
from crm_cli.state import ROOT, State
from crm_cli.target import DOT_ENV, containers_nats, find
from crm_cli.topology import SERVICES

events = typer.Typer(help="The events that the services publish.", no_args_is_help=True)
nats_user = typer.Typer(
    help="Other systems that read events, or bring things in.", no_args_is_help=True
)
_COMPOSE_FOLDER = ROOT / "deploy" / "nats"
_COMPOSE_CONF = "local.conf"


@events.command()
def tail(
    subject: Annotated[str, typer.Argument(help="A pattern, e.g. crm.deals.deal.>")] = "crm.>",
    since: Annotated[
        datetime | None, typer.Option(help="Also what was recorded from this moment (UTC) on.")
    ] = None,
    from_start: Annotated[
        bool, typer.Option("--from-start", help="Also everything that the broker still holds.")
    ] = False,
    count: Annotated[
        int, typer.Option(min=0, help="End after so many; 0 goes on until Ctrl-C.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Print events as they are published from now on, one a line."""
    from crm_cli.lag import operator_link
    from crm_cli.tailing import follow

    if since and from_start:
        raise CliError("--since and --from-start name two beginnings: choose one.")

    def tell(event: dict[str, Any]) -> None:
        say(json.dumps(event, ensure_ascii=False) if as_json else _line(event))

    following = follow(
        operator_link(find()),
        subject,
        since.replace(tzinfo=UTC) if since else None,
        count,
        tell,
        is_live=not (since or from_start),
        listening=lambda: note(f"listening to {subject}; Ctrl-C ends it"),
    )
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(following)


def _line(event: dict[str, Any]) -> str:
    data = json.dumps(event["data"], ensure_ascii=False)
    return f"{event['recordedtime']}  {event['type']}  {event['subject']}  {data}"


@events.command()
def republish(
    since: Annotated[datetime, typer.Option(help="Everything recorded from this moment (UTC) on.")],
    service: Annotated[str | None, typer.Option(help="Only this service's events.")] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Publish recorded events again; who has handled them already does nothing."""
    names = [each.name for each in SERVICES if service in (None, each.name)]
    if not names:
        raise CliError(f"There is no service {service!r}.")
    moment = since.replace(tzinfo=UTC).isoformat()
    with Api.open(url) as api:
        done = {
            name: api.post(f"/-/{name}/ops/events/republish", {"since": moment}) for name in names
        }
    show(done) if as_json else say("\n".join(f"{n}: {d.get('rows')}" for n, d in done.items()))


@nats_user.command()
def add(
    name: Annotated[str, typer.Argument(help="The system's name, e.g. billing.")],
    brings: Annotated[
        str | None,
        typer.Option(help="It reads nothing, and brings things in as this system of /v1/inbound."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Let another system read every event, or bring things in; again gives a new password."""
    nats_users.check_name(name)
    if brings is not None:
        nats_users.check_system(brings)
    password = secrets.token_hex(20)
    state = State.here()
    running = state.running()
    if running is not None or not env.read(DOT_ENV):
        address, todo = _add_embedded(state, name, password, brings)
    else:
        address, todo = _add_to_compose(name, password, brings)
    line = address.replace("nats://", f"nats://{name}:{password}@")
    if as_json:
        show({"user": name, "password": password, "url": line, "todo": todo})
        return
    tried = f"publish to crm.inbound.{brings}.>" if brings else "python docs/examples/consumer.py"
    say(f"{line}\nTry it: {tried} {line}")
    if todo:
        say(todo)


@nats_user.command()
def refresh(as_json: AsJson = False) -> None:
    """Give the added users of the containers the present release's nats.conf, after an upgrade."""
    users = sorted(nats_users.read(_COMPOSE_FOLDER))
    if users:
        nats_users.write_config(_COMPOSE_FOLDER, _COMPOSE_FOLDER / _COMPOSE_CONF)
    if as_json:
        return show({"users": users})
    return say(f"{len(users)} added users. Then: docker compose restart nats")


def _add_embedded(
    state: State, name: str, password: str, system: str | None
) -> tuple[str, str | None]:
    state.prepare()
    nats_users.add(state.folder, name, password, system=system)
    nats_users.config_for(state)
    running = state.running()
    if running is None:
        return "nats://127.0.0.1:8022", "It counts from the next ./crm up on."
    os.kill(running.nats_pid, signal.SIGHUP)
    return running.nats_url, None


def _add_to_compose(name: str, password: str, system: str | None) -> tuple[str, str]:
    nats_users.add(_COMPOSE_FOLDER, name, password, system=system)
    nats_users.write_config(_COMPOSE_FOLDER, _COMPOSE_FOLDER / _COMPOSE_CONF)
    settings = env.read(DOT_ENV)
    address = containers_nats(settings)
    if settings.get("CRM_NATS_CONF") == _COMPOSE_CONF:
        return address, "Then: docker compose kill --signal HUP nats"
    _append(DOT_ENV, f"CRM_NATS_CONF='{_COMPOSE_CONF}'\n")
    return address, "Then: docker compose up --detach nats"


def _append(path: Path, line: str) -> None:
    with path.open("a") as file:
        file.write(line)
