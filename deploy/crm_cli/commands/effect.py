"""`effect`: what the CRM would bring, from typed figures; and what it brings, where it runs."""

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from crm_cli import effects
from crm_cli.console import AsJson, say, show
from crm_cli.failure import CliError


def effect(
    scenario: Annotated[
        Path | None,
        typer.Argument(help="Typed figures as JSON; without it the worked example of seed 002."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell what the CRM would bring in money, cost, and when it pays back."""
    planned = asyncio.run(effects.plan(_read(scenario)))
    if as_json:
        return show({"planned": planned})
    return say(effects.page(planned))


def _read(scenario: Path | None) -> dict[str, Any]:
    if scenario is None:
        return effects.SEED_002
    try:
        told: dict[str, Any] = json.loads(scenario.read_text())
    except (OSError, ValueError) as wrong:
        raise CliError(f"{scenario} cannot be read: {wrong}") from wrong
    return told
