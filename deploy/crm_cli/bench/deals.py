"""The deals of the bench: everything about one follows from its number."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from crm_cli.bench.people import SELLERS, made_id

_PIPELINE, _STAGE, _DEAL, _CONTACT, _COMPANY, _PRODUCT = range(1, 7)
PIPELINE = made_id(_PIPELINE, 1)
LABELS = ("New", "Qualified", "Proposal", "Agreement", "Won", "Lost")
PROBABILITIES = (10, 30, 60, 80, 100, 0)
OUTCOMES = ("open", "open", "open", "open", "won", "lost")
# Each stage asks for something, as in a pipeline that somebody has thought about.
REQUIRED: tuple[list[str], ...] = ([], ["amount"], ["amount", "contact_id"], ["amount"], [], [])
REQUIREMENT = '{"field": "amount", "op": "gt", "value": "0"}'
ASKING_STAGE = 3
STAGES = [made_id(_STAGE, number) for number in range(len(LABELS))]
OPEN_STAGES = STAGES[:4]
_WON, _LOST = 4, 5
CONTACTS, COMPANIES, PRODUCTS = 20_000, 5_000, 20
_OVER_S = 730 * 86_400
_BETWEEN_MOVES = timedelta(days=9)
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class Entry:
    """The entry of a deal into a stage."""

    revision: int
    stage: int
    at: datetime


class Deal:
    """Number `number` of `count` deals, begun over two years; six of ten are open."""

    def __init__(self, number: int, count: int) -> None:
        self.number = number
        self.begun_at = TODAY - timedelta(seconds=(count - number) * _OVER_S // count, minutes=1)

    @property
    def id(self) -> UUID:
        return deal_id(self.number)

    @property
    def seller(self) -> int:
        return seller_of(self.number)

    @property
    def contact_id(self) -> UUID:
        return contact_id(self.number)

    @property
    def company_id(self) -> UUID:
        return company_id(self.number)

    @property
    def product_id(self) -> UUID | None:
        return made_id(_PRODUCT, self.number % PRODUCTS) if self.number % 2 else None

    @property
    def amount(self) -> Decimal:
        return Decimal(self.number * 7919 % 4_950_000 + 50_000) / 100

    @cached_property
    def entries(self) -> list[Entry]:
        """Every stage it went through; the last moves of the youngest have not come yet."""
        steps = [*range(self.number // SELLERS % len(OPEN_STAGES) + 1)]
        if not is_open(self.number):
            steps.append(_WON if _fate(self.number) < 8 else _LOST)  # noqa: PLR2004
        moments = [self.begun_at + step * _BETWEEN_MOVES for step in range(len(steps))]
        return [
            Entry(revision, stage, min(at, TODAY))
            for revision, (stage, at) in enumerate(zip(steps, moments, strict=True), start=1)
        ]

    def closed_at(self, outcome: str) -> datetime | None:
        """Return when it was won or lost, if it was."""
        last = self.entries[-1]
        return last.at if OUTCOMES[last.stage] == outcome else None

    def line(self) -> dict[str, Any] | None:
        """Return its one line item, if it has one."""
        if self.product_id is None:
            return None
        return {
            "product_id": str(self.product_id),
            "product_label": "Chair",
            "category": "Seats",
            "quantity": "1",
            "unit_price": str(self.amount),
            "total": str(self.amount),
            "sale_kind": "base",
        }


@dataclass(frozen=True, slots=True)
class Deals:
    """The deals from a number up to another one, as many as there will be."""

    first: int
    count: int

    def __iter__(self) -> Iterator[Deal]:
        return (Deal(number, self.count) for number in range(self.first, self.count))


def deal_id(number: int) -> UUID:
    """Return the id of a deal."""
    return made_id(_DEAL, number)


def contact_id(number: int) -> UUID:
    """Return who a deal is about."""
    return made_id(_CONTACT, number % CONTACTS)


def company_id(number: int) -> UUID:
    """Return which company a deal is with."""
    return made_id(_COMPANY, number % COMPANIES)


def products() -> list[UUID]:
    """Return the ids of all products."""
    return [made_id(_PRODUCT, number) for number in range(PRODUCTS)]


def number_of(id_: UUID) -> int:
    """Return the number of the deal that has this id."""
    return id_.int - deal_id(0).int


def seller_of(number: int) -> int:
    """Return whose deal it is."""
    return number % SELLERS


def is_open(number: int) -> bool:
    """Tell whether a deal was open at the beginning."""
    return _fate(number) < 6  # noqa: PLR2004 six of ten


def _fate(number: int) -> int:
    # Beyond seller and stage, so that every seller has open deals in each.
    return number // (SELLERS * len(OPEN_STAGES)) % 10


def all_deals(count: int) -> Iterator[Deal]:
    """Yield so many deals, the oldest first."""
    return (Deal(number, count) for number in range(count))
