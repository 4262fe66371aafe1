"""Raw events as tests recount them: each subject's in its order, and the smallest formulas."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from crm_shared.events.envelope import Envelope

KYIV = ZoneInfo("Europe/Kyiv")
TODAY = date(2026, 4, 20)
RATES = {date(2026, 3, 28): Decimal("40"), date(2026, 4, 3): Decimal("50")}


def local(at: datetime) -> date:
    return at.astimezone(KYIV).date()


@dataclass
class Moment:
    verb: str
    at: datetime
    said: dict[str, Any]
    subject: str

    def when(self, name: str) -> datetime | None:
        return datetime.fromisoformat(self.said[name]) if self.said[name] else None


Past = list[Moment]


class World:
    """What the raw events say, by noun, each subject's in its order."""

    def __init__(self, events: Iterable[Envelope[Any]]) -> None:
        found: dict[str, dict[Any, dict[int, Moment]]] = defaultdict(lambda: defaultdict(dict))
        for event in events:
            noun, verb = event.type.split(".")[2:4]
            said = event.data.as_dict()[noun]
            found[noun][event.subject][event.revision] = Moment(
                verb, event.time, said, str(event.subject)
            )
        self.lives = {
            noun: [[past[n] for n in sorted(past)] for past in subjects.values()]
            for noun, subjects in found.items()
        }

        self._kept: dict[str, list[Past]] = {}
        self._moved: dict[str, list[dict[str, Any]]] | None = None

    def of(self, noun: str) -> list[Past]:
        """What counts: neither deleted nor void, nor waiting to be confirmed."""
        if noun not in self._kept:
            self._kept[noun] = list(self._counted(noun))
        return self._kept[noun]

    def _counted(self, noun: str) -> Iterator[Past]:
        for past in self.lives.get(noun, []):
            told = [one.verb for one in past if one.verb in ("deleted", "restored")]
            last = past[-1].said
            gone = bool(told) and told[-1] == "deleted"
            # closed money stays, whatever becomes of the deal's card
            gone = gone and (noun != "deal" or last["outcome"] == "open")
            if not gone and not last.get("is_void") and not last.get("awaits_confirmation"):
                yield past

    def went_back(self, deal: str, until: date = date.max) -> bool:
        """G15: whether all that was paid for a deal had been paid back at the end of a day."""
        if self._moved is None:
            self._moved = defaultdict(list)
            for past in self.of("payment"):
                if not past[-1].said["voided_at"]:
                    self._moved[str(past[-1].said.get("deal_id"))].append(past[-1].said)
        paid: dict[str, Decimal] = defaultdict(Decimal)
        back: dict[str, Decimal] = defaultdict(Decimal)
        for said in self._moved.get(deal, []):
            if said["kind"] in ("payment", "refund") and day(said["paid_on"]) <= until:
                sums = paid if said["kind"] == "payment" else back
                sums[said["currency"]] += Decimal(said["amount"])
        return any(paid.values()) and all(back[one] >= paid[one] for one in paid)

    def purchases(self) -> list[Past]:
        """What was won and not paid back in full."""
        return [past for past in self.of("deal") if not self.went_back(past[0].subject)]


def since(past: Past, name: str, value: object) -> Moment | None:
    """The moment from which it has been so until now."""
    found = None
    for one in reversed(past):
        if one.said[name] != value:
            break
        found = one
    return found


def at_end(past: Past, end: date) -> dict[str, Any] | None:
    known = [one for one in past if local(one.at) < end]
    told = [one.verb for one in known if one.verb in ("deleted", "restored")]
    is_gone = bool(told) and told[-1] == "deleted"
    return known[-1].said if known and not is_gone else None


def worth(amount: Decimal, currency: str, day: date) -> Decimal | None:
    if currency == "UAH":
        return amount
    known = [rate for since_day, rate in sorted(RATES.items()) if since_day <= day]
    return amount * known[-1] if known else None


def dead(past: Past) -> bool:
    return bool(past[-1].said["status"] == "cancelled")


def broken(past: Past) -> bool:
    """Missed in the end, or told as missed once its time had come, whatever was said later."""
    due = past[-1].when("due_at")
    told = [at for one in past if (at := one.when("missed_at"))]
    return bool(past[-1].said["missed_at"]) or any(due and at >= due for at in told)


def day(text: str) -> date:
    return date.fromisoformat(text)


def agreed_at(past: Past) -> datetime | None:
    told = past[-1].said.get("agreed_at")
    return datetime.fromisoformat(told) if told else None


def wall_days(start: datetime, end: datetime) -> float:
    """Days by the clock on the wall: the night of 23 hours is a night."""
    walls = [at.astimezone(KYIV).replace(tzinfo=None) for at in (start, end)]
    return (walls[1] - walls[0]).total_seconds() / 86_400


def costs_of(said: dict[str, Any]) -> Decimal | None:
    lines = [(one.get("unit_cost"), Decimal(one["quantity"])) for one in said["line_items"]]
    if not lines or any(cost is None for cost, _ in lines):
        return None
    return sum((Decimal(cost) * quantity for cost, quantity in lines), Decimal(0))


def extra_of(said: dict[str, Any]) -> Decimal:
    """K62: the part of its amount that belongs to lines sold as cross, up or over."""
    totals = [(Decimal(one["total"]), one["sale_kind"]) for one in said["line_items"]]
    whole = sum((total for total, _ in totals), Decimal(0))
    extra = sum((total for total, kind in totals if kind != "base"), Decimal(0))
    return Decimal(said["amount"]) * extra / whole if whole else Decimal(0)


def percent(top: int, bottom: int) -> Decimal | None:
    return Decimal(top) * 100 / bottom if bottom else None


def mean(values: Sequence[float]) -> Decimal | None:
    return Decimal(str(sum(values) / len(values))) if values else None


def is_content(said: dict[str, Any]) -> bool:
    """K42: four or five of five, or a promoter's nine or ten."""
    return bool(said["score"] >= {"csat": 4, "nps": 9}[said["scale"]])
