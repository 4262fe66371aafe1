"""What a deal must satisfy, and what it is worth: pure functions and values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal, localcontext
from typing import Any, Literal, Protocol, TypedDict
from uuid import UUID

from crm_deals.events import SaleKind, shortest
from crm_deals.pipelines.rules import StageEntry
from crm_shared.money import plain, round_money

HUNDRED = Decimal(100)
ENOUGH_DIGITS = 80  # the product of three largest numbers; the usual 28 would refuse them


@dataclass(frozen=True, slots=True)
class ReasonEntry:
    """A reason as the process knows it."""

    id: UUID
    label: str
    outcome: Literal["won", "lost"]
    is_deleted: bool = False


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


class StoredLine(TypedDict):
    """A line item as it stands in the deal's row; money as plain decimal texts."""

    product_id: str
    product_label: str
    category: str | None
    quantity: str
    unit_price: str
    discount_type: Literal["percent", "amount"] | None
    discount_value: str
    tax_rate: str
    tax_amount: str
    tax_included: bool
    total: str
    sale_kind: SaleKind
    unit_cost: str | None


class Sold(Protocol):
    """What pricing needs to know of a product."""

    @property
    def id(self) -> UUID: ...
    @property
    def label(self) -> str: ...
    @property
    def category(self) -> str | None: ...
    @property
    def price(self) -> Decimal | None: ...
    @property
    def cost(self) -> Decimal | None: ...


@dataclass(frozen=True, slots=True)
class Terms:
    """What a line takes when it says nothing itself."""

    costs: Mapping[UUID, Decimal] = field(default_factory=dict)
    prices: Mapping[UUID, Decimal] = field(default_factory=dict)
    tax_included: bool = False


def frozen_costs(lines: Sequence[StoredLine]) -> Mapping[UUID, Decimal]:
    """Return what the products of a won deal cost when it was written: that stays."""
    return {
        UUID(line["product_id"]): Decimal(cost) for line in lines if (cost := line.get("unit_cost"))
    }


def price_line(
    line: Mapping[str, Any], product: Sold, currency: str, terms: Terms | None = None
) -> StoredLine:
    """Return a line with its total: net of discount, without tax, rounded once."""
    terms = terms or Terms()
    cost = terms.costs.get(product.id, product.cost)
    unit_price = line.get("unit_price")
    if unit_price is None:
        unit_price = terms.prices.get(product.id, product.price) or Decimal(0)
    said = line.get("tax_included")
    tax_included = terms.tax_included if said is None else said
    quantity: Decimal = line.get("quantity", Decimal(1))
    discount_type, discount = line.get("discount_type"), line.get("discount_value") or Decimal(0)
    tax_rate: Decimal = line.get("tax_rate") or Decimal(0)
    with localcontext(prec=ENOUGH_DIGITS):
        gross = quantity * unit_price
        off = gross * discount / HUNDRED if discount_type == "percent" else discount
        total, tax = _net_and_tax(gross - off, tax_rate, currency, included=tax_included)
    return StoredLine(
        product_id=str(product.id),
        product_label=product.label,
        category=product.category,
        quantity=shortest(quantity),
        unit_price=plain(unit_price),
        discount_type=discount_type,
        discount_value=plain(discount),
        tax_rate=shortest(tax_rate),
        tax_amount=plain(tax),
        tax_included=tax_included,
        total=plain(total),
        sale_kind=line.get("sale_kind", "base"),
        unit_cost=None if cost is None else plain(cost),
    )


def _net_and_tax(
    price: Decimal, tax_rate: Decimal, currency: str, *, included: bool
) -> tuple[Decimal, Decimal]:
    """Split what is to be paid, or add the tax to it; both parts are whole digits."""
    if not included:
        net = round_money(price, currency)
        return net, round_money(net * tax_rate / HUNDRED, currency)
    paid = round_money(price, currency)
    net = round_money(paid * HUNDRED / (HUNDRED + tax_rate), currency)
    return net, paid - net


def total_of(lines: Sequence[StoredLine]) -> Decimal:
    """Return what the lines come to."""
    return sum((Decimal(line["total"]) for line in lines), Decimal(0))


def rank_of(at: datetime) -> Decimal:
    """Return the rank of a deal that begins now: above all that came before it."""
    return Decimal(int(at.timestamp() * 1_000_000)).scaleb(-6)


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


def _exponent(rank: Decimal) -> int:
    exponent = rank.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
