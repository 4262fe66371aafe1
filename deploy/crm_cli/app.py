"""The command line tool's commands, under one name."""

import typer

from crm_cli.commands import lifecycle, status

app = typer.Typer(
    name="crm",
    help="A self-hosted CRM back end: start it, look at it, feed it, take care of it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (lifecycle.up, lifecycle.down, status.status, status.token, lifecycle.migrate):
    app.command()(command)
