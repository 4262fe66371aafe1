"""The report of the measured effect, as the API tells it, set as a page."""

import textwrap
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from crm_cli.effects import Setter

_WIDTH = 82


def page(found: dict[str, Any], language: str) -> str:
    """Return the page: components, months, before and after; the sentence comes first."""
    return "\n".join(_lines(found, Setter(language)))


def _lines(found: dict[str, Any], set_: Setter) -> Iterator[str]:
    say, row = set_.say, set_.row
    yield from _wrapped(found["sentence"][set_.language].replace("\u00a0", " "))
    yield ""
    last = _last(found["end"])
    yield say("measured", first=found["start"], last=last, currency=found["currency"])
    yield row("", say("found"), say("came_in"), say("credited"))
    for each in found["components"]:
        yield from _component(each, set_)
    total, real = found["total"], found["realised"]
    yield row(say("in_all"), "", real["mid"], total["mid"])
    yield row(say("range"), "", total["low"], total["high"])
    if found["assumed_share"] is not None:
        yield say("assumed", share=f"{float(found['assumed_share']):.0%}")
    yield from _wrapped(say("columns"))
    for warning in found["warnings"]:
        yield say("note", text=set_.why(warning))
    yield from _months(found, set_)
    yield from _before_after(found, set_)
    yield from _goals(found, set_)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH)


def _last(end: str) -> str:
    """Return the last day of a span whose end is not included."""
    return (date.fromisoformat(end) - timedelta(days=1)).isoformat()


def _component(each: dict[str, Any], set_: Setter) -> Iterator[str]:
    *before, title = textwrap.wrap(
        f"{each['id']} {each['title'][set_.language]}", 39, subsequent_indent="    "
    )
    yield from before
    if each["value"] is None:
        yield f"{title.ljust(40)}  – {set_.why(each['reason'])}"
        return
    credited = each["credited"]["mid"] if each["credited"] else set_.say("no_weight")
    yield set_.row(title, each["value"], each["realised"], credited)


def _months(found: dict[str, Any], set_: Setter) -> Iterator[str]:
    yield ""
    yield set_.row(*(set_.say(one) for one in ("since", "brought", "came_in", "cost")))
    for each in found["months"]:
        cells = (each["total_brought"], each["total_realised"], each["total_cost"])
        yield set_.row(set_.say("until", day=_last(each["end"])), *cells)
    back, plan = found["payback"], found["planned_payback"]
    day = set_.say("on_day", day=found["payback_day"]) if found["payback_day"] else ""
    yield set_.say("paid_back", real=_after(back, set_) + day, plan=_after(plan, set_))


def _after(payback: dict[str, Any], set_: Setter) -> str:
    if payback["months"] is None:
        return set_.say("not_yet", reason=set_.why(payback["reason"]))
    return set_.say("after_months", months=set_.spaced(payback["months"]))


def _before_after(found: dict[str, Any], set_: Setter) -> Iterator[str]:
    if not found["before_after"]:
        return
    yield ""
    yield set_.row(*(set_.say(one) for one in ("before_after", "before", "after", "change")))
    for each in found["before_after"]:
        change = each["change_pp"] or each["change_pct"]
        unit = set_.say("points") if each["change_pp"] else "%"
        good = {True: "+", False: "!", None: " "}[each["good"]]
        told = f"{set_.spaced(change)} {unit}" if change is not None else set_.why(each["reason"])
        title = textwrap.shorten(each["title"][set_.language], 37, placeholder=" …")
        yield set_.row(f"{good} {title}", each["before"], each["after"], told)
    yield from _wrapped(set_.say("legend"))


def _goals(found: dict[str, Any], set_: Setter) -> Iterator[str]:
    if not found["goals"]:
        return
    yield ""
    yield set_.row(set_.say("goals"), set_.say("reached"))
    titles = {one["metric"]: one["title"][set_.language] for one in found["before_after"]}
    for each in found["goals"]:
        percent = each["percent"]
        told = f"{set_.spaced(percent['value'])} %" if percent["value"] else None
        label = titles.get(each["metric"], each["metric"])
        label += set_.say("due", day=each["ends_on"])
        yield set_.row(label, told or set_.why(percent["reason"]))
