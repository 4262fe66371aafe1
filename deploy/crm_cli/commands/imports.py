"""`import`: rows of CSV files become the services' nouns."""

import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from crm_cli import importing
from crm_cli.api import Api
from crm_cli.console import AsJson, Url, note, say, show, table
from crm_cli.failure import CliError
from crm_cli.importing import Outcome, Step

_HEAD = ("FILE", "NOUN", "STATE", "ROWS", "CREATED", "UPDATED", "UNCHANGED", "FAILED")


def import_(
    source: Annotated[
        list[Path],
        typer.Argument(
            help="A CSV or XLSX file, several CSV files as one, or with --preset their folder."
        ),
    ],
    preset: Annotated[
        str | None, typer.Option(help=f"A ready mapping: {', '.join(importing.preset_names())}.")
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="The file that says which column becomes what.")
    ] = None,
    noun: Annotated[
        str | None, typer.Option(help="What the rows become: contact, company, deal …")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check every row, change nothing.")
    ] = False,
    errors: Annotated[
        Path | None, typer.Option(help="Write the rows that failed, with reasons, here.")
    ] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Import CSV and XLSX files; a second time changes nothing that is already there."""
    steps = _steps(source, preset, mapping, noun)
    began = time.monotonic()
    outcomes = []
    with Api.open(url) as api:
        if preset and not dry_run:
            importing.prepare(api, preset)
        for step in steps:
            outcomes.append(_import(api, step, dry_run=dry_run))
            # Later files refer to rows of earlier ones: going on would only multiply errors.
            if outcomes[-1].state == "failed":
                break
    took = time.monotonic() - began
    if errors:
        errors.write_text("".join(each.errors or "" for each in outcomes))
    _tell(outcomes, took, as_json=as_json)
    if not all(map(importing.succeeded, outcomes)):
        raise CliError("Some rows were not taken; see above, or write them with --errors FILE.")


def _steps(
    source: list[Path], preset: str | None, mapping: Path | None, noun: str | None
) -> list[Step]:
    if preset and len(source) > 1:
        raise CliError("A preset reads one folder.")
    if preset:
        return importing.preset_steps(preset, source[0])
    if mapping and noun:
        return [importing.file_step(source, mapping, noun)]
    raise CliError("Say --preset NAME, or --mapping FILE and --noun NOUN.")


def _import(api: Api, step: Step, *, dry_run: bool) -> Outcome:
    last = 0.0

    def progress(name: str, seen: dict[str, Any]) -> None:
        nonlocal last
        if not sys.stderr.isatty() and time.monotonic() - last < 5:  # noqa: PLR2004 seconds
            return
        last = time.monotonic()
        total = seen.get("rows_total") or "?"
        note(f"  {name}: {seen['state']} {seen.get('rows_done') or 0} of {total}")

    return importing.run(api, step, dry_run=dry_run, progress=progress)


def _tell(outcomes: list[Outcome], took: float, *, as_json: bool) -> None:
    if as_json:
        return show({"seconds": round(took, 2), "files": [asdict(each) for each in outcomes]})
    rows = [
        (
            *(each.file, each.noun, each.state, each.counts["rows_total"]),
            *(each.counts[name] for name in ("created", "updated", "unchanged", "failed")),
        )
        for each in outcomes
    ]
    say(table([_HEAD, *rows]))
    for each in outcomes:
        if each.errors:
            say("\n".join(each.errors.splitlines()[:10]))
    say(f"{took:.1f} s")
    return None
