"""What every change of a deal goes through: its moment, its values, its owner, its demands."""

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.customers import queries as customers
from crm_deals.deals import catalogue, queries
from crm_deals.deals.catalogue import Catalogue
from crm_deals.deals.errors import (
    AmountTooLargeError,
    CustomerUnreliableError,
    DiscountTooLargeError,
    MayNotDateError,
    OccurredAtError,
    OutsideScopeError,
    PriceListRefusedError,
    RequirementsUnmetError,
    UnknownProductError,
    UnknownStageError,
)
from crm_deals.deals.models import Deal
from crm_deals.deals.rules import Move
from crm_deals.events import DealFacts
from crm_deals.lines.rules import (
    Discount,
    Sold,
    StoredLine,
    Terms,
    discounted,
    frozen_costs,
    kind_of,
    price_line,
    total_of,
)
from crm_deals.permissions import MAY_DATE_BACK
from crm_deals.pipelines.rules import unmet
from crm_deals.price_lists import queries as price_lists
from crm_deals.products import queries as products
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.errors import FieldError
from crm_shared.events import known_users
from crm_shared.money import LARGEST, plain

Values = Mapping[str, Any]
CLIENTS = ("contact_id", "company_id")
EARLIEST_YEAR = 1900
EDITABLE = frozenset(
    {
        "title",
        "owner_id",
        "team_id",
        "contact_id",
        "company_id",
        "amount",
        "expected_amount",
        "currency",
        "expected_close_date",
        "probability_override",
        "channel",
        "source",
        "price_list_id",
        "tags",
        "is_void",
    }
)


def moment_of(access: Access, given: datetime | None, *, after: datetime | None) -> datetime:
    """Return when the change happens: now, or the moment that a trusted caller names."""
    now = utc_now()
    if given is None:
        # clocks of two processes may differ by a little; history never runs backwards
        return now if after is None else max(now, after)
    if access.actor.role not in MAY_DATE_BACK:
        raise MayNotDateError
    # 0001-01-01 is how many systems write that they do not know; no calendar has it in every zone
    if given.year < EARLIEST_YEAR:
        raise OccurredAtError("too-long-ago", "It cannot have happened that long ago.")
    if given > now:
        raise OccurredAtError("in-the-future", "It cannot have happened yet.")
    # facts of one deal are told in their order: readers compute durations from it
    if after is not None and given < after:
        raise OccurredAtError("before-last-change", "The deal has changed since then.")
    return given


async def products_in(
    session: AsyncSession, some: Collection[Values], *, deal: Deal | None = None
) -> Mapping[UUID, Sold]:
    """Return every product that the line items of these values name.

    What `deal` holds already may be deleted: its other lines must still be able to change.
    """
    lines = [line for values in some for line in values.get("line_items") or ()]
    ids = {line.get(name) for line in lines for name in ("product_id", "asked_product_id")}
    held = () if deal is None else deal.product_ids
    return await products.products_by_id(session, ids - {None}, held=held)


async def terms_of(session: AsyncSession, deal: Deal, values: Values) -> Terms:
    """Return what lines of these values take from the deal's price list and its won lines."""
    costs = frozen_costs(deal.line_items) if deal.outcome == "won" else {}
    list_id = values.get("price_list_id", deal.price_list_id)
    is_named = list_id != deal.price_list_id
    currency = values.get("currency", deal.currency)
    is_touched = is_named or currency != deal.currency or values.get("line_items")
    if list_id is None or not is_touched:
        return Terms(costs)
    chosen = await price_lists.find_price_list(session, list_id)
    if chosen is None or chosen.currency != currency:
        raise PriceListRefusedError
    # a list that has run out refuses new deals and leaves old ones as they were priced
    if not chosen.is_valid_on(queries.today_of(session)):
        if is_named:
            raise PriceListRefusedError
        return Terms(costs)
    listed = {UUID(one["product_id"]): Decimal(one["price"]) for one in chosen.prices}
    return Terms(costs, listed, chosen.tax_included)


def fill(deal: Deal, values: Values, sold: Mapping[UUID, Sold], terms: Terms | None = None) -> None:
    """Put the given values into the row; without an amount, the line items make it."""
    due = values.get("expected_close_date", deal.expected_close_date)
    if due != deal.expected_close_date:
        # another day begins anew: it may be announced again
        deal.overdue_at = None
    for name in EDITABLE & values.keys():
        setattr(deal, name, values[name])
    deal.put_custom(values)
    if "contact_ids" in values:
        deal.contact_ids = [
            {"contact_id": str(one["contact_id"]), "role": one["role"]}
            for one in values["contact_ids"]
        ]
    if "credits" in values:
        deal.credits = [
            {"user_id": str(one["user_id"]), "share": plain(one["share"])}
            for one in values["credits"]
        ]
    if "discount" in values:
        deal.discount = stored_discount(values["discount"])
    if "line_items" in values or "discount" in values:
        lines = deal.line_items
        if "line_items" in values:
            lines = price_lines(values["line_items"], sold, deal.currency, terms or Terms())
        put_lines(deal, lines, is_amount_given="amount" in values)


def put_lines(deal: Deal, lines: list[StoredLine], *, is_amount_given: bool = False) -> None:
    """Put lines into the row, the deal's discount spread over them; they make its amount."""
    deal.line_items = reduced(lines, deal.discount, deal.currency)
    deal.product_ids = list(dict.fromkeys(UUID(line["product_id"]) for line in lines))
    # an amount that somebody names stands: a round price is agreed on beside the lines
    if lines and not is_amount_given:
        deal.amount = _fitting(total_of(deal.line_items))


async def freeze_costs(session: AsyncSession, deal: Deal) -> bool:
    """Note what the lines of a deal that is won cost by now, if that was not known before.

    Tells whether anything was noted; what stays unknown is null, not 0.
    """
    unknown = {UUID(one["product_id"]) for one in deal.line_items if not one.get("unit_cost")}
    # until then costs follow the catalogue; what was sold keeps the cost of its day
    if deal.outcome != "won" or not unknown:
        return False
    sold = await products.products_by_id(session, unknown, held=unknown)
    costs = {str(id_): plain(one.cost) for id_, one in sold.items() if one.cost is not None}
    if not costs:
        return False
    deal.line_items = [
        {**line, "unit_cost": line.get("unit_cost") or costs.get(line["product_id"])}
        for line in deal.line_items
    ]
    return True


def stored_discount(given: Values | None) -> dict[str, str] | None:
    """Return a discount as it is stored."""
    if given is None:
        return None
    return {"type": given["type"], "value": plain(given["value"])}


def reduced(
    lines: list[StoredLine], discount: Mapping[str, str] | None, currency: str
) -> list[StoredLine]:
    """Return the lines after a discount on all of them."""
    off = Discount(discount["type"], Decimal(discount["value"])) if discount else Discount()
    less = discounted(lines, off, currency)
    if less is None:
        raise DiscountTooLargeError
    for line in less:
        _fitting(Decimal(line["total"]))
    return less


def price_lines(
    lines: list[Values], sold: Mapping[UUID, Sold], currency: str, terms: Terms
) -> list[StoredLine]:
    """Return the lines that these values make; refuses products that are not there."""
    # all of them at once: a form would otherwise be corrected line by line
    unknown = [index for index, line in enumerate(lines) if line["product_id"] not in sold]
    if unknown:
        raise UnknownProductError(unknown)
    # what is sold beside the first line of another category is a cross-sale (D10)
    base = sold[lines[0]["product_id"]].category if lines else None
    priced = [
        price_line(line, sold[line["product_id"]], currency, terms, kind=kind_of(line, sold, base))
        for line in lines
    ]
    # a line may not overflow the column before the sum is even made
    for line in priced:
        _fitting(Decimal(line["total"]))
    return priced


def _fitting(amount: Decimal) -> Decimal:
    if not 0 <= amount <= LARGEST:
        raise AmountTooLargeError
    return amount


async def settle_team(session: AsyncSession, deal: Deal, values: Values) -> None:
    """Give the deal its owner's first team when the owner is new and no team was named."""
    if "team_id" not in values and "owner_id" in values:
        owner = deal.owner_id
        teams = await known_users.first_teams(session, [owner]) if owner else {}
        deal.team_id = teams.get(owner) if owner else None


async def know_customer(session: AsyncSession, deal: Deal, *, may_refuse: bool = False) -> None:
    """Note whether the customer has bought before and how he pays.

    Raises CustomerUnreliableError when that matters to the pipeline and `may_refuse`.
    """
    if deal.contact_id is None and deal.company_id is None:
        deal.is_repeat = deal.is_customer_unreliable = None
        return
    standing = await customers.standing_of(
        session,
        contact_id=deal.contact_id,
        company_id=deal.company_id,
        before=deal.created_at,
    )
    deal.is_repeat = standing.has_bought
    deal.is_customer_unreliable = standing.is_unreliable
    if may_refuse and standing.is_unreliable:
        # what this process knows may be two seconds old, and this is rare
        known = await catalogue.reload(session)
        if known.pipelines[deal.pipeline_id].unreliable_customers == "block":
            raise CustomerUnreliableError


def check_scope(access: Access, deal: Deal) -> None:
    """Refuse a deal that its writer could not see afterwards."""
    if not access.may_see(deal.owner_id, deal.team_id):
        raise OutsideScopeError


def move_of(known: Catalogue, order: Values, at: datetime) -> Move:
    """Return the move that is asked for, its ids resolved."""
    stage = known.stages.get(order["stage_id"])
    if stage is None:
        raise UnknownStageError
    reason = known.reason(order.get("reason_id"), stage.outcome)
    return Move(
        stage=stage,
        at=at,
        reason=reason,
        reason_note=order.get("reason_note"),
        competitor=known.competitor(order.get("competitor_id"), stage.outcome),
        reopen=bool(order.get("reopen")),
        across=bool(order.get("across")),
    )


def check_demands(known: Catalogue, deal: Deal) -> None:
    """Refuse unless the deal meets everything that its stage asks for; name all that is missing."""
    stage = deal.stage
    faults: list[FieldError] = []
    if stage.required_fields or stage.requirements is not None:
        values = {name: getattr(deal, name) for name in DealFacts.model_fields}
        values["custom"] = deal.all_fields
        faults.extend(unmet(stage, values))
    # without a dictionary there is nothing to choose from: closing is not made impossible
    must_say_why = stage.outcome != "open" and deal.reason_id is None
    is_named = any(fault.pointer == "/reason_id" for fault in faults)
    if must_say_why and not is_named and known.has_reasons_for(stage.outcome):
        faults.append(
            FieldError("/reason_id", "required-by-stage", f"Say why the deal is {stage.outcome}.")
        )
    if faults:
        raise RequirementsUnmetError(faults)
