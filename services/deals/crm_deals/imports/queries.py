"""Finding what rows of imports name."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from crm_deals.deals.models import Deal
from crm_deals.invoices.models import Invoice
from crm_deals.pipelines.models import Pipeline, Stage
from crm_deals.products.models import Product
from crm_deals.reasons.models import Reason
from crm_shared.db.infrastructure import KNOWN_USERS
from crm_shared.events import refs
from crm_shared.imports.nouns import Desk, Finder, KeyFinder, Names

Found = Mapping[str, UUID]
Column = InstrumentedAttribute[str] | InstrumentedAttribute[str | None]
BY_LABEL = frozenset({"external_id", "label"})


async def find_products(desk: Desk, names: Names) -> Found:
    """Find products by external id, SKU or label."""
    columns: dict[str, Column] = {"label": Product.label, "sku": Product.sku}
    return await _find(desk, names, Product, columns)


async def find_pipelines(desk: Desk, names: Names) -> Found:
    """Find pipelines by external id or label."""
    return await _find(desk, names, Pipeline, {"label": Pipeline.label})


async def find_reasons(desk: Desk, names: Names) -> Found:
    """Find reasons by external id or label."""
    return await _find(desk, names, Reason, {"label": Reason.label})


async def find_stages(desk: Desk, names: Names) -> Found:
    """Find stages by label within a pipeline, the default one when none is named."""
    if names.within is None:
        which: ColumnElement[bool] = Pipeline.is_default.is_(True)
    else:
        external = (Pipeline.external_id == names.within) & (Pipeline.source_system == names.system)
        which = or_(external, Pipeline.label == names.within)
    rows = select(Stage.label, Stage.id).join(Pipeline, Pipeline.id == Stage.pipeline_id)
    return await _unambiguous(
        desk.session,
        rows.where(which, Pipeline.deleted_at.is_(None), Stage.label.in_(names.texts)),
    )


async def find_deals(desk: Desk, names: Names) -> Found:
    """Find deals by external id."""
    return await _find(desk, names, Deal, {})


async def find_invoices(desk: Desk, names: Names) -> Found:
    """Find invoices by external id or number."""
    return await _find(desk, names, Invoice, {"number": Invoice.number})


async def find_foreign(kind: str, desk: Desk, names: Names) -> Found:
    """Find another service's records by the copies of their names that came by events."""
    found = await refs.find_by_external(desk.session, kind, names.system, names.texts)
    if kind != "user" or not found:
        return found
    # a deal takes its team from its owner: who is not known as a user yet is not here yet
    known = await desk.session.scalars(
        select(KNOWN_USERS.c.id).where(KNOWN_USERS.c.id.in_(found.values()))
    )
    ids = set(known)
    return {text: user_id for text, user_id in found.items() if user_id in ids}


async def _find(
    desk: Desk,
    names: Names,
    model: type[Product] | type[Pipeline] | type[Reason] | type[Deal] | type[Invoice],
    columns: Mapping[str, Column],
) -> Found:
    column = columns.get(names.by, model.external_id)
    rows = select(column, model.id).where(column.in_(names.texts), model.deleted_at.is_(None))
    if names.by == "external_id":
        rows = rows.where(model.source_system == names.system)
    return await _unambiguous(desk.session, rows)


async def _unambiguous(session: AsyncSession, rows: Any) -> Found:
    found: dict[str, UUID] = {}
    repeated: set[str] = set()
    for name, record_id in await session.execute(rows):
        if found.setdefault(name, record_id) != record_id:
            repeated.add(name)
    # of two with one name neither is meant: the row says so rather than take the first
    return {name: record_id for name, record_id in found.items() if name not in repeated}


async def find_by(
    model: type[Product] | type[Invoice], column: Column, desk: Desk, texts: Collection[str]
) -> Mapping[str, Sequence[UUID]]:
    """Find records by a property that only one of them should have."""
    rows = await desk.session.execute(
        select(column, model.id).where(column.in_(texts), model.deleted_at.is_(None))
    )
    found: dict[str, list[UUID]] = {}
    for text, record_id in rows:
        found.setdefault(str(text), []).append(record_id)
    return found


async def find_ids(
    model: type[Product] | type[Invoice], desk: Desk, texts: Collection[str]
) -> Mapping[str, Sequence[UUID]]:
    """Find records by our own id."""
    given: dict[UUID, str] = {}
    for text in texts:
        # a text that is no id finds nothing: that is the row's fault, told with its column
        with suppress(ValueError):
            given[UUID(text)] = text
    rows = await desk.session.scalars(
        select(model.id).where(model.id.in_(given), model.deleted_at.is_(None))
    )
    return {given[one]: [one] for one in rows}


PRODUCT_KEYS: dict[str, KeyFinder] = {
    "id": partial(find_ids, Product),
    "sku": partial(find_by, Product, Product.sku),
}
INVOICE_KEYS: dict[str, KeyFinder] = {
    "id": partial(find_ids, Invoice),
    "number": partial(find_by, Invoice, Invoice.number),
}
FINDERS = {
    "product": Finder(find_products, by=BY_LABEL | {"sku"}),
    "pipeline": Finder(find_pipelines, by=BY_LABEL),
    "reason": Finder(find_reasons, by=BY_LABEL),
    "deal": Finder(find_deals),
    "invoice": Finder(find_invoices, by=frozenset({"external_id", "number"})),
    "stage": Finder(find_stages, by=frozenset({"label"})),
    **{
        kind: Finder(partial(find_foreign, kind), is_foreign=True)
        for kind in ("user", "contact", "company")
    },
}
