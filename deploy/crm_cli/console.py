"""How the tool talks: lines for people, one JSON document for programs."""

import contextlib
import json
import sys
from collections.abc import Iterable, Sequence
from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document, not text.")]
Url = Annotated[str | None, typer.Option(help="Another system's origin (CRM_URL).")]


def say(text: str = "") -> None:
    """Print a line for people, at once."""
    print(text, flush=True)


def note(text: str) -> None:
    """Print a line about what is going on, beside the result."""
    # it may go to a file on a full disk, which must not stop what it tells of
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def show(document: object) -> None:
    """Print the result for a program."""
    print(json.dumps(document, ensure_ascii=False, indent=2, default=str), flush=True)


def table(rows: Iterable[Sequence[object]]) -> str:
    """Return columns of one width each."""
    texts = [[str(cell) for cell in row] for row in rows]
    if not texts:
        return ""
    widths = [max(len(row[column]) for row in texts) for column in range(len(texts[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in texts
    )
