"""What lines come to: every total of the service is computed here, once.

A line is quantity × price − its own discount, rounded half up to the currency's digits. What is
taken off the whole is spread over the lines in proportion, to the digit. Then the tax is added to
the rest, or found in it when the price holds it already.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from typing import Any, Literal, NotRequired, Protocol, TypedDict
from uuid import UUID

from crm_deals.events import SaleKind, shortest
from crm_shared.money import plain, round_money

HUNDRED = Decimal(100)
ENOUGH_DIGITS = 80  # the product of three largest numbers; the usual 28 would refuse them
DiscountType = Literal["percent", "amount"]


class StoredLine(TypedDict):
    """A line as it stands in its row; money as plain decimal texts."""

    product_id: str
    product_label: str
    category: str | None
    quantity: str
    unit_price: str
    discount_type: DiscountType | None
    discount_value: str
    deal_discount: NotRequired[str]
    tax_rate: str
    tax_amount: str
    tax_included: bool
    total: str
    sale_kind: SaleKind
    asked_product_id: NotRequired[str | None]
    asked_quantity: NotRequired[str | None]
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


@dataclass(frozen=True, slots=True)
class Discount:
    """What is taken off all lines together; nothing without a type."""

    type: str | None = None
    value: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Totals:
    """What lines come to: `net` + `tax` = `gross`; `discount` is what was taken off on the way."""

    net: Decimal
    tax: Decimal
    gross: Decimal
    discount: Decimal


def frozen_costs(lines: Sequence[StoredLine]) -> Mapping[UUID, Decimal]:
    """Return what the products of a won deal cost when it was written: that stays."""
    return {
        UUID(line["product_id"]): Decimal(cost) for line in lines if (cost := line.get("unit_cost"))
    }


def price_line(
    line: Mapping[str, Any],
    product: Sold,
    currency: str,
    terms: Terms | None = None,
    *,
    kind: SaleKind = "base",
) -> StoredLine:
    """Return a line with its total: net of discount, without tax; `kind` when it names none."""
    terms = terms or Terms()
    cost = terms.costs.get(product.id, product.cost)
    unit_price = line.get("unit_price")
    if unit_price is None:
        unit_price = terms.prices.get(product.id, product.price) or Decimal(0)
    said = line.get("tax_included")
    asked_quantity, asked_product = line.get("asked_quantity"), line.get("asked_product_id")
    stored = StoredLine(
        product_id=str(product.id),
        product_label=product.label,
        category=product.category,
        quantity=shortest(line.get("quantity", Decimal(1))),
        unit_price=plain(unit_price),
        discount_type=line.get("discount_type"),
        discount_value=plain(line.get("discount_value") or Decimal(0)),
        deal_discount=plain(Decimal(0)),
        tax_rate=shortest(line.get("tax_rate") or Decimal(0)),
        tax_amount=plain(Decimal(0)),
        tax_included=terms.tax_included if said is None else said,
        total=plain(Decimal(0)),
        sale_kind=line.get("sale_kind") or kind,
        asked_product_id=str(asked_product) if asked_product else None,
        asked_quantity=None if asked_quantity is None else shortest(asked_quantity),
        unit_cost=None if cost is None else plain(cost),
    )
    return _settled(stored, _base_of(stored, currency), Decimal(0), currency)


def discounted(
    lines: Sequence[StoredLine], discount: Discount, currency: str
) -> list[StoredLine] | None:
    """Return the lines with the deal's discount spread over them; None if it is more than they."""
    bases = [_base_of(line, currency) for line in lines]
    with localcontext(prec=ENOUGH_DIGITS):
        whole = sum(bases, Decimal(0))
        off = discount.value
        if discount.type == "percent":
            off = whole * discount.value / HUNDRED
        off = round_money(off, currency) if discount.type else Decimal(0)
        if off > whole or any(base < 0 for base in bases if off):
            return None
        parts = _spread(off, bases, whole, currency)
    return [
        _settled(line, base, part, currency)
        for line, base, part in zip(lines, bases, parts, strict=True)
    ]


def _spread(off: Decimal, bases: Sequence[Decimal], whole: Decimal, currency: str) -> list[Decimal]:
    # rounding what has been given so far, not each part: the parts make the whole to the digit
    parts, so_far, given = [], Decimal(0), Decimal(0)
    for base in bases:
        so_far += base
        upto = round_money(off * so_far / whole, currency) if off else Decimal(0)
        parts.append(upto - given)
        given = upto
    return parts


def _base_of(line: StoredLine, currency: str) -> Decimal:
    value = Decimal(line["discount_value"])
    with localcontext(prec=ENOUGH_DIGITS):
        gross = Decimal(line["quantity"]) * Decimal(line["unit_price"])
        off = gross * value / HUNDRED if line["discount_type"] == "percent" else value
        return round_money(gross - off, currency)


def _settled(line: StoredLine, base: Decimal, part: Decimal, currency: str) -> StoredLine:
    rate = Decimal(line["tax_rate"])
    included = line.get("tax_included", False)
    net, tax = net_and_tax(base - part, rate, currency, included=included)
    return {**line, "deal_discount": plain(part), "total": plain(net), "tax_amount": plain(tax)}


def net_and_tax(
    price: Decimal, tax_rate: Decimal, currency: str, *, included: bool
) -> tuple[Decimal, Decimal]:
    """Split what is to be paid, or add the tax to it; both parts are whole digits."""
    with localcontext(prec=ENOUGH_DIGITS):
        price = round_money(price, currency)
        if not included:
            return price, round_money(price * tax_rate / HUNDRED, currency)
        net = round_money(price * HUNDRED / (HUNDRED + tax_rate), currency)
        return net, price - net


def values_of(line: StoredLine) -> dict[str, Any]:
    """Return a line as it was given, to be priced once more."""
    asked_product, asked_quantity = line.get("asked_product_id"), line.get("asked_quantity")
    return {
        "product_id": UUID(line["product_id"]),
        "quantity": Decimal(line["quantity"]),
        "unit_price": Decimal(line["unit_price"]),
        "discount_type": line["discount_type"],
        "discount_value": Decimal(line["discount_value"]),
        "tax_rate": Decimal(line["tax_rate"]),
        "tax_included": line.get("tax_included", False),
        "sale_kind": line["sale_kind"],
        "asked_product_id": UUID(asked_product) if asked_product else None,
        "asked_quantity": Decimal(asked_quantity) if asked_quantity else None,
    }


def kind_of(line: Mapping[str, Any], sold: Mapping[UUID, Sold], base: str | None) -> SaleKind:
    """Return what kind of sale a line is that does not say so itself.

    `up`: a dearer product in place of the one asked for; `over`: more of it than was asked for;
    `cross`: of another category than the deal's first line (`base`).
    """
    product = sold[line["product_id"]]
    asked = sold.get(line["asked_product_id"]) if line.get("asked_product_id") else None
    if asked is not None and asked.id != product.id:
        return "up" if (product.price or 0) > (asked.price or 0) else "base"
    asked_quantity = line.get("asked_quantity")
    if asked_quantity is not None and line.get("quantity", Decimal(1)) > asked_quantity:
        return "over"
    return "cross" if base and product.category and product.category != base else "base"


def total_of(lines: Sequence[StoredLine]) -> Decimal:
    """Return what the lines come to, without tax."""
    return sum((Decimal(line["total"]) for line in lines), Decimal(0))


def totals_of(lines: Sequence[StoredLine], currency: str) -> Totals:
    """Return what the lines come to with everything that was added and taken off."""
    with localcontext(prec=ENOUGH_DIGITS):
        net = total_of(lines)
        tax = sum((Decimal(line["tax_amount"]) for line in lines), Decimal(0))
        listed = sum(
            (
                round_money(Decimal(line["quantity"]) * Decimal(line["unit_price"]), currency)
                for line in lines
            ),
            Decimal(0),
        )
        left = sum(
            (_base_of(line, currency) - Decimal(line.get("deal_discount", "0")) for line in lines),
            Decimal(0),
        )
        return Totals(net, tax, net + tax, listed - left)
