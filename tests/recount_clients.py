"""Figures of customers recomputed apart: who stays, who leaves, who brings what; K14 to K59."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import ceil
from typing import Any

from recount import Oracle
from recounted import TODAY, Moment, Past, costs_of, local, percent, worth

Figure = Decimal | None
NOUGHT = Decimal(0)
A_DAY, YEAR = timedelta(days=1), timedelta(days=365)
# G13: a month is the twelfth part of a year of 365¼ days
MONTH = Decimal("30.4375")
FOUR_FIFTHS = Decimal("0.8")
# G17: groups of fewer are not shown
FEWEST = 5
COVERED = {
    "retention", "customer_life", "pareto:revenue", "pareto:gross_profit",
    "customer_classes:net_revenue",
    "customer_classes:gross_profit",
    "portrait:gross_profit", "portrait:revenue", "contact_intensity", "lost_clients",
    "class_moves", "word_of_mouth",
}  # fmt: skip


@dataclass(frozen=True)
class Sale:
    at: datetime
    subject: str
    amount: Decimal

    @property
    def day(self) -> date:
        return local(self.at)


Bought = dict[Any, list[Sale]]


@dataclass
class Clients:
    """Each formula of customers, over the days of the facts' time that have begun."""

    facts: Oracle
    today: date = TODAY

    @property
    def end(self) -> date:
        return min(self.facts.end, max(self.today + A_DAY, self.facts.start))

    def figures(self) -> dict[str, Figure]:
        if self.end <= self.facts.start:
            # nobody has seen these days yet
            return dict.fromkeys(COVERED)
        return {
            **self.lives(), **self.ranks(),
            "contact_intensity": self.intensity(), "word_of_mouth": self.rumour(),
        }  # fmt: skip

    def bought(self, until: date, *, profit: bool = False) -> Bought:
        """Sales in force of each customer before a day, in their order; merged ones are one."""
        found: Bought = defaultdict(list)
        for past in self.facts.world.purchases():
            at, said, who = past[-1].when("won_at"), past[-1].said, self.facts.who(past)
            cost = self.cost(past) if profit else NOUGHT
            if at is None or who is None or local(at) >= until or cost is None:
                continue
            amount = Decimal(said["amount"] or 0) - cost
            told = worth(amount, said["currency"], local(at)) or NOUGHT
            found[who].append(Sale(at, past[0].subject, told))
        return {who: sorted(sales, key=lambda one: (one.at, one.subject))
                for who, sales in found.items()}  # fmt: skip

    def cost(self, past: Past) -> Decimal | None:
        said = past[-1].said
        return costs_of(said) if said["amount"] is not None else None

    def active(self, on: date, known: Bought) -> set[Any]:
        """G14: who bought within the 365 days before a day."""
        return {
            who for who, sales in known.items() if any(on - YEAR <= one.day < on for one in sales)
        }

    def lives(self) -> dict[str, Figure]:
        """K50, K52, K63: who stays, who left, and how long those lived."""
        known = self.bought(self.end)
        before, after = self.active(self.facts.start, known), self.active(self.end, known)
        gone = [sales for who, sales in known.items() if who not in after]
        months = [Decimal((one[-1].day - one[0].day).days) / MONTH for one in gone]
        return {
            "retention": percent(len(before & after), len(before)),
            "lost_clients": percent(len(before - after), len(before)),
            "customer_life": sum(months, NOUGHT) / len(months) if months else None,
        }

    # K14, K53, K55, K58: ranks.

    def classes(self, on: date, *, profit: bool = False) -> dict[Any, str]:
        """K14: A before 80 % of what a year brought, B before 95 %, then C; N bought nothing."""
        known = self.bought(on, profit=profit)
        year = {who: [one for one in sales if on - YEAR <= one.day] for who, sales in known.items()}
        sums = {who: sum((one.amount for one in sales), NOUGHT) for who, sales in year.items()}
        whole = sum((told for told in sums.values() if told > 0), NOUGHT)
        found, before = {}, NOUGHT
        for who in sorted(known, key=lambda one: (-sums[one], known[one][0].day, str(one))):
            told = sums[who]
            if not year[who]:
                found[who] = "N"
            elif told <= 0:
                found[who] = "C"
            else:
                share = before / whole
                found[who] = "A" if share < FOUR_FIFTHS else "B" if share < Decimal("0.95") else "C"
                before += told
        return found

    def best(self, *, profit: bool) -> Figure:
        """K55: the fewest customers who bring four fifths / all who bought."""
        sums = []
        for sales in self.bought(self.end, profit=profit).values():
            here = [one.amount for one in sales if one.day >= self.facts.start]
            sums += [sum(here, NOUGHT)] if here else []
        whole, gathered = sum(sums, NOUGHT), NOUGHT
        if whole <= 0:
            return None
        for n, amount in enumerate(sorted(sums, reverse=True), 1):
            gathered += amount
            if gathered >= whole * FOUR_FIFTHS:
                return percent(n, len(sums))
        raise AssertionError("all together bring four fifths")

    def portrait(self, *, profit: bool) -> Figure:
        """K58: how large class A is against all who bought within the year."""
        told = [one for one in self.classes(self.end, profit=profit).values() if one != "N"]
        best = told.count("A")
        return Decimal(best) / len(told) if best >= FEWEST else None

    def moves(self) -> dict[str, int]:
        """K53: from which class customers went to which; who is new comes from nowhere."""
        before, now = self.classes(self.facts.start), self.classes(self.end)
        found: dict[str, int] = defaultdict(int)
        for who, name in now.items():
            found[f"{before.get(who, 'new')}>{name}"] += 1
        return dict(found)

    def ranks(self) -> dict[str, Figure]:
        moves = {way: n for way, n in self.moves().items() if not way.startswith("new")}
        stayed = sum(n for way, n in moves.items() if way[0] == way[-1])
        return {
            "pareto:revenue": self.best(profit=False),
            "pareto:gross_profit": self.best(profit=True),
            **dict.fromkeys(
                ("customer_classes:net_revenue", "customer_classes:gross_profit"),
                Decimal(len(self.bought(self.end))),
            ),
            "portrait:gross_profit": self.portrait(profit=True),
            "portrait:revenue": self.portrait(profit=False),
            "class_moves": percent(stayed, sum(moves.values())),
        }

    def lifts(self, attributes: dict[Any, dict[str, Any]], *, profit: bool) -> dict[str, Decimal]:
        """K58: how much more frequent a plain attribute's value is in class A than in all."""
        told = {w: c for w, c in self.classes(self.end, profit=profit).items() if c != "N"}
        best = [who for who, name in told.items() if name == "A"]
        found = {}
        for name in ("sector", "country"):
            of = {who: attributes.get(who, {}).get(name) or "-" for who in told}
            for value in set(of.values()):
                here = sum(of[who] == value for who in best)
                base = sum(one == value for one in of.values())
                if base >= FEWEST and not 0 < here < FEWEST:
                    lift = (Decimal(here) / len(best)) / (Decimal(base) / len(told))
                    found[f"{name}={value}"] = lift
        return found

    # K23, K59.

    def intensity(self) -> Figure:
        """K23: contacts in the time / weeks; of a new customer since the first contact."""
        met: dict[Any, list[date]] = defaultdict(list)
        for who, at in self.facts.contacts(with_leads=False):
            if local(at) < self.end:
                met[who].append(local(at))
        paces = []
        for days in met.values():
            here = [one for one in days if one >= self.facts.start]
            weeks = Decimal((self.end - max(min(days), self.facts.start)).days) / 7
            paces += [len(here) / weeks] if here else []
        return sum(paces, NOUGHT) / len(paces) if paces else None

    def answers(self) -> list[Moment]:
        told = [past[-1] for past in self.facts.world.of("feedback")]
        return [
            one for one in told
            if one.said["score"] is not None and self.facts.was(one.when("submitted_at"))
        ]  # fmt: skip

    def rumour(self) -> Figure:
        """K59: fifteen hear of every unhappy answer and of every customer who left."""
        known = self.bought(self.end)
        gone = self.active(self.facts.start, known) - self.active(self.end, known)
        answers = self.answers()
        limits = {"csat": 2, "nps": 6}
        unhappy = sum(one.said["score"] <= limits[one.said["scale"]] for one in answers)
        return Decimal(15 * (unhappy + len(gone))) if answers or gone else None

    def top_fifth(self) -> Figure:
        """K55: what the top fifth of the customers brings of the whole, in percent."""
        sums = []
        for sales in self.bought(self.end).values():
            here = [one.amount for one in sales if one.day >= self.facts.start]
            sums += [sum(here, NOUGHT)] if here else []
        top = sorted(sums, reverse=True)[: ceil(Decimal(len(sums)) / 5)]
        whole = sum(sums, NOUGHT)
        return sum(top, NOUGHT) * 100 / whole if whole > 0 else None
