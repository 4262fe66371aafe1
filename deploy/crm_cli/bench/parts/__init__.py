"""What can be measured: one module per part, each with `measure(bed)`."""

from collections.abc import Awaitable, Callable, Mapping

from crm_cli.bench.bed import Bed
from crm_cli.bench.figures import Report
from crm_cli.bench.parts import (
    board,
    create,
    dashboard,
    idle,
    importing,
    listing,
    mail,
    move,
    reactions,
    report,
    search,
    views,
)

Part = Callable[[Bed], Awaitable[Report]]

PARTS: Mapping[str, Part] = {
    "move": move.measure,
    "reactions": reactions.measure,
    "list": listing.measure,
    "board": board.measure,
    "search": search.measure,
    "views": views.measure,
    "report": report.measure,
    "dashboard": dashboard.measure,
    "create": create.measure,
    "import": importing.measure,
    "mail": mail.measure,
    "idle": idle.measure,
}
