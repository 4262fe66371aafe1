"""`dead-letters`: events that a service could not handle, and what to do about them."""

from typing import Annotated, Any
from urllib.parse import quote

import typer

from crm_cli.api import Api
from crm_cli.console import AsJson, Url, say, show, table
from crm_cli.failure import CliError
from crm_cli.topology import BY_NAME, SERVICES

app = typer.Typer(help="Events that a service could not handle.", no_args_is_help=True)
_HEAD = ("SERVICE", "ID", "READER", "EVENT", "ATTEMPTS", "SINCE", "STATE", "REASON")
_COLUMNS = ("id", "durable", "type", "attempts", "first_at", "state", "reason")
_DEFAULT_REASON = "dropped by the operator"
_PAGE = 200

Only = Annotated[str | None, typer.Option("--service", help="Only this service's.")]
Holder = Annotated[str, typer.Argument(help="The service that holds it.")]
Letter = Annotated[str, typer.Argument(help="The dead letter's id, or `all`.")]


@app.command("list")
def list_(service: Only = None, url: Url = None, as_json: AsJson = False) -> None:
    """List open dead letters."""
    names = [_checked(service)] if service else [each.name for each in SERVICES]
    with Api.open(url) as api:
        found = {name: _items(api, name) for name in names}
    if as_json:
        return show(found)
    rows = [
        (name, *(str(item[column])[:60] for column in _COLUMNS))
        for name, items in found.items()
        for item in items
    ]
    say(table([_HEAD, *rows]) if rows else "There are no dead letters.")
    return None


@app.command("show")
def show_(service: Holder, letter: Letter, url: Url = None) -> None:
    """Show one dead letter whole, as JSON."""
    with Api.open(url) as api:
        show(api.get(_path(service, letter)))


@app.command()
def retry(
    service: Holder,
    letter: Letter,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Have the worker handle it again; it leaves the list when that succeeds."""
    told = _each(service, letter, "retry", {}, url)
    if as_json:
        return show(told)
    return say(f"retry: {told['retry']}, within seconds. What fails again: ./crm dead-letters list")


@app.command()
def drop(
    service: Holder,
    letter: Letter,
    reason: Annotated[str, typer.Option(help="Why; it is kept with the letter.")] = _DEFAULT_REASON,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Give it up: it stays on record and is not handled."""
    told = _each(service, letter, "drop", {"reason": reason}, url)
    show(told) if as_json else say(f"drop: {told['drop']}")


def _each(
    service: str, letter: str, verb: str, body: dict[str, str], url: str | None
) -> dict[str, int]:
    with Api.open(url) as api:
        items = _items(api, _checked(service)) if letter == "all" else [{"id": letter}]
        for item in items:
            api.send("POST", f"{_path(service, str(item['id']))}/{verb}", json=body)
    return {verb: len(items)}


def _items(api: Api, service: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    page: dict[str, Any] = {"next_cursor": None}
    while not found or page["next_cursor"]:
        more = {"cursor": page["next_cursor"]} if page["next_cursor"] else {}
        page = api.get(f"/-/{service}/ops/dead-letters", {"limit": _PAGE, **more})
        if not page["items"]:
            break
        found += page["items"]
    return found


def _path(service: str, letter: str) -> str:
    return f"/-/{_checked(service)}/ops/dead-letters/{quote(letter, safe='')}"


def _checked(service: str) -> str:
    if service not in BY_NAME:
        raise CliError(f"There is no service {service!r}; there are: {', '.join(BY_NAME)}.")
    return service
