"""`effect`: what the CRM would bring, from typed figures; and what it brings, where it runs."""

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from crm_cli import effects, measuring
from crm_cli.api import Api, ApiError
from crm_cli.console import AsJson, Url, note, say, show
from crm_cli.failure import CliError
from crm_cli.target import find


def effect(
    scenario: Annotated[
        Path | None,
        typer.Argument(help="Typed figures as JSON; without it the worked example of seed 002."),
    ] = None,
    language: Annotated[
        effects.Language, typer.Option(help="Of the whole page.")
    ] = effects.Language.EN,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Tell what the CRM would bring in money, from typed figures; and what it brings, measured."""
    planned = asyncio.run(effects.plan(_read(scenario)))
    measured = _measured(url, language)
    if as_json:
        return show({"planned": planned, "measured": measured})
    say(effects.page(planned, language))
    if measured:
        say()
        say(measuring.page(measured, language))
    return None


def _measured(url: str | None, language: effects.Language) -> dict[str, Any] | None:
    """Return the measured effect, or None with a word why there is none."""
    try:
        target = find(url)
    except CliError:
        note(effects.Setter(language).say("nothing_runs"))
        return None
    try:
        with Api(target) as api:
            found: dict[str, Any] = api.get("/v1/effect")
    except ApiError as refused:
        note(f"Nothing was measured: {refused}")
        return None
    return found


def _read(scenario: Path | None) -> dict[str, Any]:
    if scenario is None:
        return effects.SEED_002
    try:
        told: dict[str, Any] = json.loads(scenario.read_text())
    except (OSError, ValueError) as wrong:
        raise CliError(f"{scenario} cannot be read: {wrong}") from wrong
    return told
