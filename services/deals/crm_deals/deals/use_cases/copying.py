"""Ordering the same once more."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals import queries
from crm_deals.deals.models import Deal
from crm_deals.deals.use_cases.create import create_deal
from crm_deals.lines.rules import StoredLine, values_of
from crm_shared.actor import Access

COPIED = (
    "owner_id",
    "team_id",
    "contact_id",
    "contact_ids",
    "company_id",
    "currency",
    "channel",
    "source",
    "pipeline_id",
)


async def copy_deal(
    session: AsyncSession,
    access: Access,
    deal_id: UUID,
    values: Mapping[str, Any],
    *,
    currency: str,
) -> Deal:
    """Begin a deal with the customer, the owner and the lines of an earlier one.

    Lines keep the prices they had; with `reprice` they take those of the price list and of the
    products now. Raises UnknownProductError for lines whose product is gone.
    """
    source = await queries.get_deal(session, access, deal_id)
    reprice = bool(values.get("reprice"))
    copied: dict[str, Any] = {name: getattr(source, name) for name in COPIED}
    if reprice:
        copied["price_list_id"] = source.price_list_id
    if source.discount:
        copied["discount"] = {
            "type": source.discount["type"],
            "value": Decimal(source.discount["value"]),
        }
    if source.line_items:
        copied["line_items"] = [_line(line, reprice=reprice) for line in source.line_items]
    else:
        # lines make their own amount; without lines the amount is all that was agreed
        copied["amount"] = source.amount
    given = {name: value for name, value in values.items() if name != "reprice"}
    return await create_deal(
        session,
        access,
        {"title": source.title, **copied, **given, "copied_from_id": source.id},
        currency=currency,
    )


def _line(line: StoredLine, *, reprice: bool) -> dict[str, Any]:
    values = values_of(line)
    if reprice:
        # null asks for today's: a copied price would be somebody's former discount
        values["unit_price"] = values["tax_included"] = None
    return values
