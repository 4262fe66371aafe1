"""I9 recomputed apart: campaign, lead, deal, invoice and payment, by plain Python over events."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from recounted import Past, World, costs_of, day, local, worth

Sum = tuple[Decimal | None, str, date]


class Brought(NamedTuple):
    """What became of some leads: each deal once, whatever came of it whenever it came."""

    leads: int
    deals: int
    won: int
    won_amount: Decimal | None
    profit: Decimal | None
    invoiced: Decimal | None
    paid: Decimal | None
    refunded: Decimal | None


def money(sums: Sequence[Sum]) -> Decimal | None:
    """Nought of nothing; unknown where things happened and nobody knows what any came to."""
    # of dollars no rate is told
    told = [
        None if amount is None or code == "USD" else worth(amount, code, on)
        for amount, code, on in sums
    ]
    known = [one for one in told if one is not None]
    return sum(known, Decimal(0)) if known or not told else None


def gained(past: Past) -> Decimal | None:
    last = past[-1].said
    costs = costs_of(last)
    return None if costs is None or last["amount"] is None else Decimal(last["amount"]) - costs


def brought(world: World, leads: Sequence[Past]) -> Brought:
    ids = {one[-1].said.get("deal_id") for one in leads} - {None}
    deals = [past for past in world.of("deal") if past[0].subject in ids]
    won = [past for past in deals if past[-1].said["outcome"] == "won"]

    def sold(past: Past, amount: Decimal | None) -> Sum:
        at = past[-1].when("won_at")
        assert at
        return amount, past[-1].said["currency"], local(at)

    def amount_of(past: Past) -> Decimal | None:
        told = past[-1].said["amount"]
        return None if told is None else Decimal(told)

    bills = list(linked(world, "invoice", ids))
    moved = [one for one in linked(world, "payment", ids) if not one["voided_at"]]
    return Brought(
        len(leads), len(deals), len(won),
        money([sold(past, amount_of(past)) for past in won]),
        money([sold(past, gained(past)) for past in won]),
        money([
            (Decimal(one["net"]) * (-1 if one["kind"] == "credit_note" else 1), one["currency"],
             day(one["issue_date"]))
            for one in bills if one["status"] not in ("void", "draft")
        ]),
        *(
            money([(Decimal(one["amount"]), one["currency"], day(one["paid_on"]))
                   for one in moved if one["kind"] == kind])
            for kind in ("payment", "refund")
        ),
    )  # fmt: skip


def linked(world: World, noun: str, deals: set[Any]) -> Iterable[dict[str, Any]]:
    """By the newest word: what was put to another deal follows it."""
    for past in world.of(noun):
        if past[-1].said.get("deal_id") in deals:
            yield past[-1].said


def chain_of(world: World, start: date, end: date) -> tuple[dict[str | None, Brought], Brought]:
    """By campaign; and all leads of the time together, in which a deal counts once."""
    came = [past for past in world.of("lead") if start <= local(past[0].at) < end]
    found: dict[str | None, list[Past]] = {}
    for past in came:
        found.setdefault((past[-1].said.get("labels") or {}).get("campaign"), []).append(past)
    return {name: brought(world, leads) for name, leads in found.items()}, brought(world, came)
