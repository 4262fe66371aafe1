"""The command line tool's commands, under one name."""

import typer

from crm_cli.commands import (
    bench,
    bus,
    care,
    contracts,
    dead_letters,
    demo,
    effect,
    imports,
    lifecycle,
    presets,
    quality,
    status,
)

app = typer.Typer(
    name="crm",
    help="A self-hosted CRM back end: start it, look at it, feed it, take care of it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(demo.demo)
app.command()(effect.effect)
app.command()(lifecycle.up)
app.command()(lifecycle.down)
app.command()(status.status)
app.command()(status.token)
app.command("import")(imports.import_)
app.add_typer(presets.app, name="preset")
app.add_typer(bus.events, name="events")
app.add_typer(dead_letters.app, name="dead-letters")
app.command()(care.rebuild)
app.command()(contracts.contracts)
app.command()(lifecycle.migrate)
app.command()(care.backup)
app.command()(care.restore)
app.add_typer(bus.nats_user, name="nats-user")
app.command()(bench.bench)
app.command("test")(quality.check_all)
