"""Why deals close, how they move and where they stand: pure functions and values."""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal, localcontext
from typing import Literal
from uuid import UUID

from crm_deals.pipelines.rules import StageEntry

ENOUGH_DIGITS = 80  # more than any two neighbours have between them


@dataclass(frozen=True, slots=True)
class ReasonEntry:
    """A reason as the process knows it."""

    id: UUID
    label: str
    outcome: Literal["won", "lost"]
    is_deleted: bool = False
    group: str | None = None
    department: str | None = None


@dataclass(frozen=True, slots=True)
class CompetitorEntry:
    """A competitor as the process knows it."""

    id: UUID
    label: str
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """A wish to put a deal into a stage."""

    stage: StageEntry
    at: datetime
    reason: ReasonEntry | None = None
    reason_note: str | None = None
    competitor: CompetitorEntry | None = None
    reopen: bool = False
    across: bool = False  # into another pipeline


def rank_of(at: datetime) -> Decimal:
    """Return the rank of a deal that begins now: above all that came before it."""
    return Decimal(int(at.timestamp() * 1_000_000)).scaleb(-6)


def rank_beside(rank: Decimal, at: datetime) -> Decimal:
    """Return a place of its own among deals of one rank, the later one higher."""
    # ten digits before the point and twenty-two after it: the usual context rounds the last away
    with localcontext(prec=ENOUGH_DIGITS):
        return rank + rank_of(at).scaleb(-16)


def rank_between(above: Decimal | None, below: Decimal | None) -> Decimal:
    """Return the shortest rank under `above` and over `below`; None is the end of the column."""
    if above is None:
        return Decimal(0) if below is None else below.to_integral_value(ROUND_FLOOR) + 1
    if below is None:
        return -((-above).to_integral_value(ROUND_FLOOR) + 1)
    with localcontext(prec=-min(0, _exponent(above), _exponent(below)) + ENOUGH_DIGITS):
        digits = 0
        while True:
            step = Decimal(1).scaleb(-digits)
            rank = below.quantize(step, ROUND_FLOOR) + step
            if rank < above:
                return rank
            digits += 1


def ranks_between(above: Decimal | None, below: Decimal, count: int) -> list[Decimal]:
    """Return so many ranks under `above` and over `below`, evenly, the lowest first."""
    top = below + count + 1 if above is None else above
    with localcontext(prec=-min(0, _exponent(top), _exponent(below)) + ENOUGH_DIGITS):
        step = (top - below) / (count + 1)
        # one digit of it is enough, and keeps the ranks short
        step = step.quantize(Decimal(1).scaleb(step.adjusted()), ROUND_FLOOR)
        return [below + step * nth for nth in range(1, count + 1)]


def _exponent(rank: Decimal) -> int:
    exponent = rank.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
