"""`contracts`: what the services promise each other, and the files made from that."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from crm_cli import caddyfile, event_pages, nats_conf, openapi, programs, site
from crm_cli.console import AsJson, say, show, table
from crm_cli.failure import CliError
from crm_cli.state import ROOT
from crm_cli.topology import SERVICES

DEPLOY = ROOT / "deploy"


def contracts(
    write: Annotated[bool, typer.Option("--write", help="Write the files made from them.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Fail when a committed file is stale.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what each service publishes and reads; write or check what is generated from it."""
    known = asyncio.run(programs.contracts())
    if write or check:
        stale = asyncio.run(_service_files(check=check)) + _own_files(known, check=check)
        show({"stale" if check else "written": stale}) if as_json else say("\n".join(stale))
        if check and stale:
            raise CliError("These files are stale: ./crm contracts --write")
    elif as_json:
        show(known)
    else:
        say(table([("READER", "STREAM", "EVENTS"), *_readers(known)]))


def generated(
    known: Mapping[str, Mapping[str, Any]], documents: Mapping[str, dict[str, Any]]
) -> dict[Path, str]:
    """Return every file outside of services/ that is made from the contracts and the topology."""
    return {
        DEPLOY / "nats" / "nats.conf": nats_conf.render(known),
        DEPLOY / "caddy" / "Caddyfile": caddyfile.render(),
        ROOT / "docs" / "events.md": event_pages.render(known, ROOT / "services"),
        DEPLOY / "caddy" / "site" / "index.html": site.INDEX.decode(),
        DEPLOY / "caddy" / "site" / "openapi.json": _json(openapi.merge(documents)),
    }


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _own_files(known: Mapping[str, Mapping[str, Any]], *, check: bool) -> list[str]:
    stale = []
    documents = asyncio.run(programs.openapi())
    for path, text in generated(known, documents).items():
        if not path.exists() or path.read_text() != text:
            stale.append(str(path.relative_to(ROOT)))
            if not check:
                path.write_text(text)
    return stale


async def _service_files(*, check: bool) -> list[str]:
    arguments = ("contracts", "--check") if check else ("contracts",)
    answers = await asyncio.gather(*(programs.ask(s, *arguments) for s in SERVICES))
    return [line for answer in answers for line in answer.splitlines()]


def _readers(known: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    return [
        (read["durable"], read["stream"], read["filter"])
        for service in known.values()
        for read in service["subscriptions"]
    ]
