"""The report of the measured effect, as the API tells it, set as a page."""

import textwrap
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from crm_cli.effects import row, spaced

_WIDTH = 79


def page(found: dict[str, Any], language: str) -> str:
    """Return the page: components, months, before and after; the sentence comes first."""
    return "\n".join(_lines(found, language))


def _lines(found: dict[str, Any], language: str) -> Iterator[str]:
    yield from textwrap.wrap(found["sentence"][language].replace("\u00a0", " "), _WIDTH)
    yield ""
    yield f"Measured {found['start']} to {_last(found['end'])}, a month, {found['currency']}"
    yield row("", "found", "came in", "credited")
    for each in found["components"]:
        yield from _component(each, language)
    total, real = found["total"], found["realised"]
    yield row("credited in all", "", real["mid"], total["mid"])
    yield row("  as low as, as high as", "", total["low"], total["high"])
    if found["assumed_share"] is not None:
        yield f"Of it assumed: {float(found['assumed_share']):.0%}"
    yield from textwrap.wrap(COLUMNS, _WIDTH)
    for warning in found["warnings"]:
        yield f"Note: {WARNINGS.get(warning, warning)}"
    yield from _months(found)
    yield from _before_after(found, language)


WARNINGS = {"above_growth": "it is more than sales grew by; look at shares and confidence"}


COLUMNS = (
    "found: what the facts come to; came in: of it what is money already, not only time or "
    "room for more; credited: × share × confidence, as the setup says."
)
REASONS = {
    "no_data": "no facts of it yet",
    "no_baseline": "no baseline: what it was before",
    "no_denominator": "nothing to divide by yet",
    "script_coverage": "scripts cover too little, or nobody said",
    "never": "not at this pace",
}


def _last(end: str) -> str:
    """Return the last day of a span whose end is not included."""
    return (date.fromisoformat(end) - timedelta(days=1)).isoformat()


def _component(each: dict[str, Any], language: str) -> Iterator[str]:
    *before, title = textwrap.wrap(
        f"{each['id']} {each['title'][language]}", 36, subsequent_indent="    "
    )
    yield from before
    if each["value"] is None:
        yield f"{title.ljust(37)}  – {REASONS.get(each['reason'], each['reason'])}"
        return
    credited = each["credited"]["mid"] if each["credited"] else "no weight"
    yield row(title, each["value"], each["realised"], credited)


def _months(found: dict[str, Any]) -> Iterator[str]:
    yield ""
    yield row("Since the start, sums", "brought", "came in", "cost")
    for each in found["months"]:
        cells = (each["total_brought"], each["total_realised"], each["total_cost"])
        yield row(f"  to {_last(each['end'])}", *cells)
    back, plan = found["payback"], found["planned_payback"]
    day = f", on {found['payback_day']}" if found["payback_day"] else ""
    yield f"Paid back{_after(back)}{day}; as planned{_after(plan)}"


def _after(payback: dict[str, Any]) -> str:
    if payback["months"] is None:
        return f": not yet ({REASONS.get(payback['reason'], payback['reason'])})"
    return f" after {payback['months']} months"


def _before_after(found: dict[str, Any], language: str) -> Iterator[str]:
    if not found["before_after"]:
        return
    yield ""
    yield row("Before and after", "before", "after", "change")
    for each in found["before_after"]:
        change = each["change_pp"] or each["change_pct"]
        unit = "pp" if each["change_pp"] else "%"
        good = {True: "+", False: "!", None: " "}[each["good"]]
        reason = REASONS.get(each["reason"], each["reason"])
        told = f"{spaced(change)} {unit}" if change is not None else reason
        title = textwrap.shorten(each["title"][language], 34, placeholder=" …")
        yield row(f"{good} {title}", each["before"], each["after"], told)
    yield "+ better, ! worse. Before is scaled to as many days; without a group not yet on the"
    yield "CRM to compare with, a change is no proof of its cause."
