"""What a metric measures, as its entry writes it: `won.n / won.n + lost.n`."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import NamedTuple

from crm_reporting.contributions.rules import Part
from crm_reporting.metrics.rules.dimensions import Dimension
from crm_reporting.metrics.rules.tallies import Tally

SUMS = frozenset(Tally.__slots__)
TallyOf = Callable[[Part], Tally]


class Term(NamedTuple):
    sign: int
    part: Part
    what: str


@dataclass(frozen=True, slots=True)
class Sum:
    """Terms added up: `lead.n - lead.passed`."""

    terms: tuple[Term, ...]

    @classmethod
    def read(cls, text: str) -> "Sum":
        """Read what an entry wrote; raises ValueError where it says nothing."""
        words = text.split()
        signs = [1, *(-1 if sign == "-" else 1 for sign in words[1::2])]
        return cls(tuple(_term(sign, word) for sign, word in zip(signs, words[::2], strict=True)))

    def of(self, tally: TallyOf) -> Decimal:
        """Return its value for what was counted."""
        return sum(
            (term.sign * Decimal(getattr(tally(term.part), term.what)) for term in self.terms),
            Decimal(0),
        )

    @property
    def parts(self) -> tuple[Part, ...]:
        return tuple(dict.fromkeys(term.part for term in self.terms))

    @property
    def is_money(self) -> bool:
        return all(term.what == "amount" for term in self.terms)

    @property
    def is_time(self) -> bool:
        return all(term.what == "measure" for term in self.terms)


class Division(NamedTuple):
    top: Sum
    bottom: Sum

    @classmethod
    def read(cls, text: str) -> "Division":
        """Read `top / bottom`."""
        top, bottom = text.split(" / ")
        return cls(Sum.read(top), Sum.read(bottom))

    @property
    def parts(self) -> tuple[Part, ...]:
        return (*self.top.parts, *self.bottom.parts)


@dataclass(frozen=True, slots=True)
class Measure:
    """How one variant of a metric is calculated. `own` names a formula that is code."""

    facts: tuple[Part, ...]
    dimensions: tuple[Dimension, ...]
    total: Sum | None = None
    ratio: Division | None = None
    mean: Division | None = None
    own: str | None = None
    parts: tuple[Part, ...] = ()
    per: int = 1
    count: Sum | None = None
    coverage: Division | None = None
    young: Sum | None = None
    told_by: Sum | None = None  # of which some must be there: else nobody tells, and nought is none
    details: dict[str, Sum] = field(default_factory=dict)
    means: dict[str, Division] = field(default_factory=dict)
    details_per: int = 1
    reads: tuple[str, ...] = ()  # of the inputs: whoever may not read that gets no answer
    narrowed_by_own: bool = False  # a filter that is none of its cuts would narrow half of it

    @property
    def is_defined(self) -> bool:
        """Whether there is a formula; of what has none, nothing can be told yet."""
        return any((self.total, self.ratio, self.mean, self.own))

    @property
    def money_parts(self) -> tuple[Part, ...]:
        """Of which parts money is told: each once, where a sum is held against another of them."""
        if self.own is not None:
            return self.facts
        of = self.ratio or self.mean
        sums = (self.total, of.bottom if of else None, of.top if of else None)
        return next((one.parts for one in sums if one and one.is_money), ())

    def with_parts(self) -> "Measure":
        """Return it with everything that has to be read for it."""
        found = [*self.parts]
        sums = (self.total, self.count, self.young, self.told_by, *self.details.values())
        divisions = (self.ratio, self.mean, self.coverage, *self.means.values())
        for total in sums:
            found += total.parts if total else ()
        for division in divisions:
            found += division.parts if division else ()
        return replace(self, parts=tuple(dict.fromkeys(found)))


def _term(sign: int, word: str) -> Term:
    part, what = word.split(".")
    if what not in SUMS:
        raise ValueError(f"{word}: nothing is summed as {what}")
    return Term(sign, Part[part.upper()], what)
