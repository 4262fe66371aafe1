"""`preset`: a whole way of selling as one file."""

import json
from pathlib import Path
from typing import Annotated

import typer

from crm_cli import presetting
from crm_cli.api import Api
from crm_cli.console import AsJson, Url, note, say, show, table

app = typer.Typer(help="Ways of selling as files: pipeline, reasons, rules, tasks, messages.")


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the presets that come with the system."""
    found = presetting.shipped()
    if as_json:
        show(found)
    else:
        rows = [(one["preset"], one["name"], one["description"]) for one in found]
        say(table([("PRESET", "NAME", "WHAT IT IS"), *rows]))


@app.command("import", hidden=True)
@app.command()
def apply(
    preset: Annotated[str, typer.Argument(help="A shipped preset's name, or a file.")],
    language: Annotated[str, typer.Option(help="Of its labels: en, uk or ru.")] = "en",
    label: Annotated[
        str | None, typer.Option(help="The pipeline's label, instead of the preset's.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check everything, change nothing.")
    ] = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Set a preset up, once every service would take its part; again adds what is missing."""
    content = presetting.read(preset)
    with Api.open(url) as api:
        applied = presetting.apply(api, content, language=language, label=label, dry_run=dry_run)
    if as_json:
        show(applied)
        return
    made = ", ".join(f"{count} {name}" for name, count in applied["created"].items() if count)
    say(f"{'Would set up' if dry_run else 'Set up'} {applied['label']}: {made}")


@app.command()
def export(
    pipeline: Annotated[str, typer.Argument(help="A pipeline's id or label.")],
    to: Annotated[Path | None, typer.Option(help="The file to write; else it is printed.")] = None,
    name: Annotated[str | None, typer.Option(help="The preset's name.")] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Write a pipeline with its reasons, rules, task rules, templates and message rules."""
    with Api.open(url) as api:
        preset = presetting.export(api, pipeline, name=name)
    if to is None:
        show(preset)
        return
    to.write_text(json.dumps(preset, ensure_ascii=False, indent=1) + "\n")
    show({"file": str(to)}) if as_json else note(f"{to} is written.")
