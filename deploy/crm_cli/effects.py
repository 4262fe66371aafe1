"""The report of an effect: asks the reporting program for the figures, sets them as a page."""

import json
import tomllib
from collections.abc import Iterator
from enum import StrEnum
from importlib.resources import files
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
STEPS = (
    "leads", "potential_by_leads", "potential", "completed_by_potential", "completed",
    "sales_at_old_average", "sales",
)  # fmt: skip
FACTORS = ("leads", "lead_conversion", "deal_conversion", "average_order")
BASES = ("revenue", "gross_profit")
_WORDS: dict[str, dict[str, dict[str, str]]] = tomllib.loads(
    files("crm_cli").joinpath("effect_words.toml").read_text("utf-8")
)
_LABEL, _CELL = 38, 12


class Language(StrEnum):
    EN = "en"
    UK = "uk"
    RU = "ru"


class Setter:
    """Sets rows of a page in one language: its words, its way of writing numbers."""

    def __init__(self, language: str) -> None:
        self.language = language

    def say(self, name: str, group: str = "says", /, **values: Any) -> str:
        """Return a word of the page; one that nobody wrote is its own name."""
        texts = _WORDS[group].get(name)
        return name if texts is None else texts[self.language].format(**values)

    def row(self, label: str, *cells: str | None) -> str:
        told = ("–" if cell is None else self.spaced(cell) for cell in cells)
        return (label.ljust(_LABEL) + "".join(f"  {cell:>{_CELL}}" for cell in told)).rstrip()

    def spaced(self, text: str) -> str:
        """Return a number as the language writes it; other words as they are."""
        sign, digits = (text[0], text[1:]) if text[:1] in ("-", "+") else ("", text)
        whole, point, rest = digits.partition(".")
        if not whole.isdigit():
            return text
        apart = f"{int(whole):,}"
        if self.language != "en":
            apart, point = apart.replace(",", " "), point and ","
        return f"{sign}{apart}{point}{rest}"

    def why(self, reason: str | None) -> str:
        return self.say(str(reason), "reasons")

    def factor(self, name: str) -> str:
        return self.say(name, "factors")


async def plan(scenario: dict[str, Any]) -> dict[str, Any]:
    """Return what the reporting program makes of typed figures, by way of counting."""
    body = json.dumps([{**scenario, "mode": mode} for mode in MODES])
    try:
        answers = json.loads(await programs.ask(REPORTING, "effect", body))
    except CliError as refused:
        # the first line is the command, the figures are in it
        raise CliError(str(refused).partition("\n")[2]) from None
    return dict(zip(MODES, answers, strict=True))


def page(planned: dict[str, Any], language: str = Language.EN) -> str:
    """Return the report of a plan: two ways of counting side by side."""
    return "\n".join(_lines(Setter(language), *(planned[mode] for mode in MODES)))


def _lines(set_: Setter, exact: dict[str, Any], whole: dict[str, Any]) -> Iterator[str]:
    say, row = set_.say, set_.row
    name = exact["name"] or say("scenario")
    if name == SEED_002["name"]:
        name = say("seed_002")
    yield say("would", name=name, currency=exact["currency"])
    yield ""
    yield row("", say("exact"), say("whole"))
    for key in STEPS:
        yield row(say(key, "steps"), exact["steps"][key], whole["steps"][key])
    yield row(say("sales_before"), exact["sales_before"], whole["sales_before"])
    for key in ("growth", "growth_percent"):
        yield row(say(key), _plus(set_, exact[key]), _plus(set_, whole[key]))
    yield from _factors(set_, exact)
    yield from _returns(set_, exact, whole)
    yield from _doubts(set_, exact, whole)
    yield ""
    yield say("assumed_all")
    for warning in dict.fromkeys((*exact["warnings"], *whole["warnings"])):
        yield say("note", text=warning)


def _factors(set_: Setter, exact: dict[str, Any]) -> Iterator[str]:
    yield ""
    yield set_.row(*(set_.say(one) for one in ("factors", "before", "after", "brings")))
    for each in exact["factors"]:
        cells = (each["before"], each["after"], each["credit_order_free"])
        name = each["factor"]
        label = set_.factor(name)
        yield set_.row(f"{label}, %" if name.endswith("conversion") else label, *cells)


def _returns(set_: Setter, exact: dict[str, Any], whole: dict[str, Any]) -> Iterator[str]:
    both, say, row = (exact, whole), set_.say, set_.row
    yield ""
    costs = exact["costs"]
    monthly = set_.spaced(costs["monthly"])
    running = say("running", sum=monthly) if float(costs["monthly"]) else ""
    yield say("costs", sum=set_.spaced(costs["invested"])) + running
    yield row("", say("exact"), say("whole"))
    for name in BASES:
        if exact[name] is None:
            continue
        told, basis = [side[name] for side in both], say(name)
        yield row(
            say("payback_months", basis=basis), *(_months(set_, each["payback"]) for each in told)
        )
        yield row(say("payback_days", basis=basis), *(each["payback"]["days"] for each in told))
        yield row(say("month_1", basis=basis), *(each["first_month_roi"]["value"] for each in told))
        horizon = say("horizon", months=exact["horizon_months"], basis=basis)
        yield row(horizon, *(each["roi"]["value"] for each in told))
    for one, other in zip(exact["by_margin"], whole["by_margin"], strict=True):
        label = say("at_margin", margin=one["margin"])
        yield row(label, _months(set_, one["payback"]), _months(set_, other["payback"]))
    limit = exact["break_even_limit_months"]
    yield row(
        say("break_even", months=limit), *(_known(set_, x["break_even_margin"]) for x in both)
    )
    yield ""
    yield say("alone", months=limit)
    for one, other in zip(exact["break_even"], whole["break_even"], strict=True):
        label = f"  {set_.factor(one['factor'])}"
        yield row(label, _uplift(set_, one), _uplift(set_, other))


def _doubts(set_: Setter, exact: dict[str, Any], whole: dict[str, Any]) -> Iterator[str]:
    if not exact["tornado"]:
        return
    yield ""
    yield set_.say("doubt", percent=exact["doubt_percent"])
    yield set_.row("", set_.say("lower"), set_.say("higher"))
    bars = {each["factor"]: each for each in exact["tornado"]}
    for name in FACTORS:
        yield set_.row(f"  {set_.factor(name)}", bars[name]["low"], bars[name]["high"])
    if exact["draws"]:
        yield set_.row(f"  {set_.say('random')}", exact["draws"]["p5"], exact["draws"]["p95"])


def _plus(set_: Setter, number: dict[str, Any]) -> str:
    value = _known(set_, number)
    return value if value[:1] in ("-", "–") or number["value"] is None else f"+{value}"


def _known(set_: Setter, number: dict[str, Any]) -> str:
    return str(number["value"] or f"– {set_.why(number['reason'])}")


def _months(set_: Setter, payback: dict[str, Any]) -> str:
    return str(payback["months"] or set_.why(payback["reason"]))


def _uplift(set_: Setter, found: dict[str, Any]) -> str:
    return str(found["percent"] or f"– {set_.why(found['reason'])}")
