"""`bench`: how fast it is, beside what this machine could do."""

from typing import Annotated

import typer

from crm_cli.bench import PART_NAMES
from crm_cli.console import AsJson, say, show
from crm_cli.failure import CliError

_FEWEST_DEALS = 1_000
_MOST_DEALS = 2_000_000
_KNOWN = ", ".join(PART_NAMES)


def bench(
    parts: Annotated[
        list[str] | None, typer.Argument(help=f"Which: {_KNOWN}; all when none is named.")
    ] = None,
    seconds: Annotated[
        float, typer.Option(min=0.5, max=600, help="How long each row is measured.")
    ] = 6,
    deals: Annotated[
        int, typer.Option(min=_FEWEST_DEALS, max=_MOST_DEALS, help="How many deals there are.")
    ] = 100_000,
    large: Annotated[
        bool,
        typer.Option(
            "--large",
            help="Report, dashboard, search at ten times as many; import: 750,000 rows.",
        ),
    ] = False,
    runs: Annotated[
        int, typer.Option(min=1, max=10, help="How often to try while others use the machine.")
    ] = 3,
    as_json: AsJson = False,
) -> None:
    """Measure a system of its own beside what this machine could do; touches nothing of yours."""
    # Imported here, like every large thing of one command: --help stays quick.
    import uvloop

    from crm_cli.bench.bed import Wish
    from crm_cli.bench.figures import missed
    from crm_cli.bench.running import machine_told, measure

    chosen = parts or list(PART_NAMES)
    if unknown := [part for part in chosen if part not in PART_NAMES]:
        raise CliError(f"There is no part {unknown[0]!r}. There are: {_KNOWN}.")
    wish = Wish(seconds=seconds, deals=deals, large=large, runs=runs)
    reports = uvloop.run(measure(chosen, wish, quiet=as_json))
    if as_json:
        show({"machine": machine_told(), "parts": [report.document() for report in reports]})
        return
    failed = missed(reports)
    say(f"\nmissed: {'; '.join(failed)}" if failed else "\nevery target is met")
