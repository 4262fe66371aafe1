"""When two records look like one client's: pure, the same for the scan and at every door."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

# what each reason is worth; a hundred is as sure as it gets
PHONE, EMAIL, NAME, ALIKE, PLACE = 60, 70, 40, 30, 20
# how alike names must be on their own, and with company or city beside them
SAME, SIMILAR = 0.85, 0.55
STRONG = frozenset({"phone", "email"})
# who does not find his client among ten looks by the search
MOST_SHOWN = 10


class Policy(StrEnum):
    """What happens when somebody comes in who seems to be here already."""

    OFF = "off"
    WARN = "warn"
    REFUSE = "refuse"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Card:
    """What of a record is compared: its folded name, ways to reach it, and where it belongs."""

    name: str
    emails: frozenset[str]
    phones: frozenset[str]
    place: str | None
    # "company" or "city": what the reason is called
    place_kind: str


class Verdict(NamedTuple):
    """How alike two records are, out of a hundred, and why."""

    score: int
    reasons: list[str]

    @property
    def is_strong(self) -> bool:
        """Whether they share a number or an address, which names alone never are."""
        return not STRONG.isdisjoint(self.reasons)


def judge(one: Card, other: Card) -> Verdict | None:
    """Return why two records look like one client's, or None."""
    reasons: list[str] = []
    score = 0
    if one.phones & other.phones:
        reasons, score = [*reasons, "phone"], score + PHONE
    if one.emails & other.emails:
        reasons, score = [*reasons, "email"], score + EMAIL
    alike = likeness(one.name, other.name)
    near = one.place is not None and one.place == other.place
    if alike >= SAME:
        reasons, score = [*reasons, "name"], score + NAME
    elif alike >= SIMILAR and (near or reasons):
        reasons, score = [*reasons, "similar_name"], score + ALIKE
    if near and reasons:
        reasons, score = [*reasons, one.place_kind], score + PLACE
    if not reasons:
        return None
    if reasons == ["name"] and " " not in one.name:
        return None  # half the town is called so
    return Verdict(min(score, 100), reasons)


def likeness(one: str, other: str) -> float:
    """Return how many trigrams two folded names share, as PostgreSQL's pg_trgm counts them."""
    mine, others = _trigrams(one), _trigrams(other)
    if not mine or not others:
        return 0.0
    return len(mine & others) / len(mine | others)


def _trigrams(text: str) -> set[str]:
    padded = [f"  {word} " for word in text.split()]
    return {word[at : at + 3] for word in padded for at in range(len(word) - 2)}
