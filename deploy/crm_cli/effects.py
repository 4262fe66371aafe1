"""The report of an effect: asks the reporting program for the figures, sets them as a page."""

import json
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from crm_cli import programs
from crm_cli.failure import CliError
from crm_cli.topology import SERVICES

REPORTING = next(service for service in SERVICES if service.name == "reporting")
MODES = ("exact", "whole_deals")
# the worked example of the article: a month of a company with ten sellers, in hryvnias
SEED_002: dict[str, Any] = {
    "name": "the worked example of seed 002",
    "situation": {
        "leads": "10000",
        "potential": "600",
        "completed": "400",
        "sales": "80000",
        "lead_conversion": "6",
        "deal_conversion": "66.7",
        "average_order": "200",
    },
    "changes": {
        "leads": {"value": "3"},
        "lead_conversion": {"value": "7"},
        "deal_conversion": {"value": "5"},
        "average_order": {"value": "7"},
    },
    "economics": {"currency": "UAH", "investment": "15000", "margins": ["30", "20", "10"]},
    "doubt": {"percent": "10", "draws": 500, "seed": 2},
}
STEPS = {
    "leads": "leads",
    "potential_by_leads": "potential deals, more leads alone",
    "potential": "potential deals",
    "completed_by_potential": "completed deals, more potential alone",
    "completed": "completed deals",
    "sales_at_old_average": "sales at the old average order",
    "sales": "sales",
}
FACTORS = {
    "leads": "leads",
    "lead_conversion": "leads → potential deals, %",
    "deal_conversion": "potential → completed deals, %",
    "average_order": "average order",
}
_LABEL, _CELL = 37, 12


class Language(StrEnum):
    EN = "en"
    UK = "uk"
    RU = "ru"


async def plan(scenario: dict[str, Any]) -> dict[str, Any]:
    """Return what the reporting program makes of typed figures, by way of counting."""
    body = json.dumps([{**scenario, "mode": mode} for mode in MODES])
    try:
        answers = json.loads(await programs.ask(REPORTING, "effect", body))
    except CliError as refused:
        # the first line is the command, the figures are in it
        raise CliError(str(refused).partition("\n")[2]) from None
    return dict(zip(MODES, answers, strict=True))


def page(planned: dict[str, Any]) -> str:
    """Return the report of a plan: two ways of counting side by side."""
    return "\n".join(_lines(*(planned[mode] for mode in MODES)))


def _lines(exact: dict[str, Any], whole: dict[str, Any]) -> Iterator[str]:
    yield f"What the CRM would bring: {exact['name'] or 'a scenario'}, a month, {exact['currency']}"
    yield ""
    yield row("", "exact", "whole deals")
    for key, label in STEPS.items():
        yield row(label, exact["steps"][key], whole["steps"][key])
    yield row("before: sales", exact["sales_before"], whole["sales_before"])
    yield row("growth", _plus(exact["growth"]), _plus(whole["growth"]))
    yield row("growth, %", _plus(exact["growth_percent"]), _plus(whole["growth_percent"]))
    yield from _factors(exact)
    yield from _returns(exact, whole)
    yield from _doubts(exact, whole)
    yield ""
    yield "All of it is assumed: nothing here was measured, and all is credited to the CRM."
    for warning in dict.fromkeys((*exact["warnings"], *whole["warnings"])):
        yield f"Note: {warning}"


def _factors(exact: dict[str, Any]) -> Iterator[str]:
    yield ""
    yield row("Factors", "before", "after", "brings")
    for each in exact["factors"]:
        cells = (each["before"], each["after"], each["credit_order_free"])
        yield row(FACTORS[each["factor"]], *cells)


def _returns(exact: dict[str, Any], whole: dict[str, Any]) -> Iterator[str]:
    both = (exact, whole)
    yield ""
    costs = exact["costs"]
    running = f", {spaced(costs['monthly'])} a month" if float(costs["monthly"]) else ""
    yield f"It costs {spaced(costs['invested'])} at once{running}"
    yield row("", "exact", "whole deals")
    for basis, words in (("revenue", "sales"), ("gross_profit", "gross profit")):
        if exact[basis] is None:
            continue
        told = [side[basis] for side in both]
        yield row(f"payback on {words}, months", *(_months(each["payback"]) for each in told))
        yield row(f"payback on {words}, days", *(each["payback"]["days"] for each in told))
        yield row(
            f"return of month 1 on {words}, %", *(each["first_month_roi"]["value"] for each in told)
        )
        horizon = f"return of {exact['horizon_months']} months on {words}, %"
        yield row(horizon, *(each["roi"]["value"] for each in told))
    for one, other in zip(exact["by_margin"], whole["by_margin"], strict=True):
        label = f"payback at a margin of {one['margin']} %, months"
        yield row(label, _months(one["payback"]), _months(other["payback"]))
    limit = exact["break_even_limit_months"]
    yield row(
        f"margin that pays back in {limit} month, %",
        *(_known(x["break_even_margin"]) for x in both),
    )
    yield ""
    yield f"Change of one factor alone that pays back on sales in {limit} month, %"
    for one, other in zip(exact["break_even"], whole["break_even"], strict=True):
        yield row(f"  {FACTORS[one['factor']].removesuffix(', %')}", _uplift(one), _uplift(other))


def _doubts(exact: dict[str, Any], whole: dict[str, Any]) -> Iterator[str]:
    if not exact["tornado"]:
        return
    yield ""
    yield f"Growth (exact) when an assumption is off by {exact['doubt_percent']} %"
    yield row("", "lower", "higher")
    bars = {each["factor"]: each for each in exact["tornado"]}
    for factor, label in FACTORS.items():
        yield row(f"  {label.removesuffix(', %')}", bars[factor]["low"], bars[factor]["high"])
    if exact["draws"]:
        yield row("  all at random, 90 of 100 cases", exact["draws"]["p5"], exact["draws"]["p95"])


def row(label: str, *cells: str | None) -> str:
    told = ("–" if cell is None else spaced(cell) for cell in cells)
    return (label.ljust(_LABEL) + "".join(f"  {cell:>{_CELL}}" for cell in told)).rstrip()


def spaced(text: str) -> str:
    """Return a number with its thousands apart; other words as they are."""
    sign, digits = (text[0], text[1:]) if text[:1] in ("-", "+") else ("", text)
    whole, point, rest = digits.partition(".")
    if not whole.isdigit():
        return text
    return f"{sign}{int(whole):,}{point}{rest}".replace(",", " ")


def _plus(number: dict[str, Any]) -> str:
    value = _known(number)
    return value if value[:1] in ("-", "–") or number["value"] is None else f"+{value}"


def _known(number: dict[str, Any]) -> str:
    return str(number["value"] or f"– {number['reason']}")


def _months(payback: dict[str, Any]) -> str:
    return str(payback["months"] or payback["reason"])


def _uplift(found: dict[str, Any]) -> str:
    return str(found["percent"] or f"– {found['reason']}")
