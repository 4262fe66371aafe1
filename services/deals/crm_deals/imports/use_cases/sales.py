"""Bringing rows in: the same rules as the API's, the dates of the other system."""

from collections.abc import Sequence
from typing import Any

from crm_deals.deals import catalogue
from crm_deals.deals.schemas import DealIn
from crm_deals.deals.use_cases import DealImport, import_deals
from crm_deals.imports import errors
from crm_deals.invoices.queries import get_invoice
from crm_deals.invoices.schemas import InvoiceIn
from crm_deals.invoices.use_cases import create_invoice, put_invoice, update_invoice
from crm_deals.payments.schemas import PaymentIn
from crm_deals.payments.use_cases import put_payment
from crm_deals.products.queries import get_product
from crm_deals.products.schemas import ProductIn
from crm_deals.products.use_cases import create_product, put_product, update_product
from crm_shared.clock import utc_now
from crm_shared.errors import InvalidError
from crm_shared.imports.nouns import Desk, Outcome

OWN_NAMES = ("source_system", "external_id", "record_id")


def check_deal(_desk: Desk, values: dict[str, Any]) -> DealImport:
    """Return a deal as the import takes it; its dates must be possible."""
    created_at, closed_at = values.pop("created_at", None), values.pop("closed_at", None)
    first_stage_id = values.pop("first_stage_id", None)
    given = DealIn.model_validate(values).given()
    now = utc_now()
    faults = []
    if created_at is not None and created_at > now:
        faults.append(errors.CREATED_IN_THE_FUTURE)
    if faults:
        raise InvalidError(*faults)
    return DealImport(given, created_at, closed_at, first_stage_id)


async def write_deals(desk: Desk, batch: Sequence[DealImport]) -> list[Outcome]:
    """Put deals in, but those whose stage is closed and whose closing makes no sense."""
    known = await catalogue.reload(desk.session)
    outcomes: list[Outcome] = []
    good: list[DealImport] = []
    for one in batch:
        stage_id: Any = one.values.get("stage_id")
        stage = known.stages.get(stage_id)
        is_closed = stage is not None and stage.outcome != "open"
        if is_closed and one.closed_at is None:
            outcomes.append([errors.CLOSED_WITHOUT_DATE])
        elif is_closed and one.closed_at and one.closed_at > utc_now():
            # of an open deal many systems tell when it is expected to close
            outcomes.append([errors.CLOSED_IN_THE_FUTURE])
        elif is_closed and one.created_at and one.closed_at and one.closed_at < one.created_at:
            outcomes.append([errors.CLOSED_BEFORE_IT_BEGAN])
        else:
            good.append(one)
            outcomes.append("created")
    done = iter(await import_deals(desk.session, good, currency=desk.settings.currency))
    return [next(done) if outcome == "created" else outcome for outcome in outcomes]


def check_product(_desk: Desk, values: dict[str, Any]) -> dict[str, Any]:
    """Return a product's values."""
    own = _names_of(values)
    return {**ProductIn.model_validate(values).given(), **own}


async def write_products(desk: Desk, batch: Sequence[dict[str, Any]]) -> list[Outcome]:
    """Put products in; there are few, so one after another."""
    return [await _write_product(desk, values) for values in batch]


async def _write_product(desk: Desk, values: dict[str, Any]) -> Outcome:
    given = {k: v for k, v in values.items() if k not in OWN_NAMES}
    currency = desk.settings.currency
    if "record_id" in values:
        product = await get_product(desk.session, values["record_id"])
        changed = await update_product(desk.session, product, given, expected=None)
        return "updated" if changed else "unchanged"
    if "external_id" not in values:
        await create_product(desk.session, given, currency=currency)
        return "created"
    _product, put = await put_product(desk.session, _named(values)[0], given, currency=currency)
    return put


def check_invoice(_desk: Desk, values: dict[str, Any]) -> dict[str, Any]:
    """Return an invoice's values; one that says nothing else was issued."""
    record_id = values.pop("record_id", None)
    given = InvoiceIn.model_validate({"status": "issued", **values}).given()
    return given if record_id is None else {**given, "record_id": record_id}


async def write_invoices(desk: Desk, batch: Sequence[dict[str, Any]]) -> list[Outcome]:
    """Put invoices in, one after another: each may draw a number."""
    outcomes: list[Outcome] = []
    for values in batch:
        if "record_id" in values:
            outcomes.append(await _change_invoice(desk, values))
            continue
        if "external_id" not in values:
            await create_invoice(desk.session, desk.access, values, currency=desk.settings.currency)
            outcomes.append("created")
            continue
        name, given = _named(values)
        _invoice, put = await put_invoice(
            desk.session, desk.access, name, given, currency=desk.settings.currency
        )
        outcomes.append(put)
    return outcomes


async def _change_invoice(desk: Desk, values: dict[str, Any]) -> Outcome:
    given = {k: v for k, v in values.items() if k not in ("record_id", "status")}
    invoice = await get_invoice(desk.session, desk.access, values["record_id"])
    before = invoice.revision
    changed = await update_invoice(desk.session, desk.access, invoice.id, given, expected=None)
    return "updated" if changed.revision != before else "unchanged"


def check_payment(_desk: Desk, values: dict[str, Any]) -> dict[str, Any]:
    """Return a payment's values; the invoice that a row names is what it settles."""
    invoice_id = values.pop("invoice_id", None)
    if invoice_id is not None:
        values["allocations"] = [{"invoice_id": invoice_id}]
    return PaymentIn.model_validate(values).given()


async def write_payments(desk: Desk, batch: Sequence[dict[str, Any]]) -> list[Outcome]:
    """Book payments, one after another: several may settle one invoice."""
    outcomes: list[Outcome] = []
    for values in batch:
        name, given = _named(values)
        _payment, put = await put_payment(
            desk.session, desk.access, name, given, currency=desk.settings.currency
        )
        outcomes.append(put)
    return outcomes


def _names_of(values: dict[str, Any]) -> dict[str, Any]:
    return {name: values.pop(name) for name in OWN_NAMES if name in values}


def _named(values: dict[str, Any]) -> tuple[tuple[str, str], dict[str, Any]]:
    given = dict(values)
    return (given.pop("source_system"), given.pop("external_id")), given
