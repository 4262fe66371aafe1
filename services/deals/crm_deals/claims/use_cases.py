"""What can be done to a claim."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.claims import queries
from crm_deals.claims.errors import (
    ClaimedInTheFutureError,
    ClaimExternalIdTakenError,
    ClaimNotFoundError,
    NobodysClaimError,
    NoResolutionError,
    UnknownInvoiceError,
)
from crm_deals.claims.models import Claim
from crm_deals.claims.rules import OVER
from crm_deals.deals import queries as deals
from crm_deals.deals.models import Deal
from crm_deals.events import (
    ClaimDeleted,
    ClaimFacts,
    ClaimRecorded,
    ClaimResolved,
    ClaimUpdated,
)
from crm_deals.events.claims import ClaimEvent
from crm_deals.invoices import queries as invoices
from crm_deals.invoices.errors import InvoiceNotFoundError
from crm_deals.invoices.models import Invoice
from crm_deals.invoices.use_cases.preparing import check_digits
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.events import outbox
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.ids import new_id
from crm_shared.money import plainly

Put = Literal["created", "updated", "unchanged"]
Values = Mapping[str, Any]


async def record_claim(
    session: AsyncSession, access: Access, values: Values, *, currency: str
) -> Claim:
    """Record a claim and announce it; customer and currency are its invoice's or deal's."""
    named = (values.get("source_system"), values.get("external_id"))
    # also a deleted one: its name is taken, and figures still know it
    if named[1] is not None and await queries.find_claim_by_external_id(session, *named):  # type: ignore[arg-type]
        raise ClaimExternalIdTakenError
    usual = {"status": "open", "claimed_on": deals.today_of(session)}
    claim = Claim(id=new_id(), **{**usual, **values})
    source = await _settle_subject(session, access, claim)
    if claim.deal_id is None and access.actor.kind == "user":
        claim.owner_id = access.actor.id
    # a claim about an invoice is settled in the money that was paid for it
    claim.currency = values.get("currency") or (source.currency if source else currency)
    _check_digits(claim)
    _settle_status(session, claim)
    session.add(claim)
    await outbox.record(session, claim, ClaimRecorded(claim=_facts(claim), changed=[], previous={}))
    return claim


async def update_claim(
    session: AsyncSession, access: Access, claim_id: UUID, values: Values, *, expected: int | None
) -> Claim:
    """Change a claim, accept, reject, settle or reopen it; nothing changed, nothing said."""
    claim = await queries.get_claim(session, access, claim_id)
    if expected not in (None, claim.revision):
        raise ChangedMeanwhileError
    await _change(session, access, claim, values)
    return claim


async def put_claim(
    session: AsyncSession, access: Access, named: tuple[str, str], values: Values, *, currency: str
) -> tuple[Claim, Put]:
    """Record or change the claim that another system knows under this id."""
    system, external_id = named
    known = await queries.find_claim_by_external_id(session, system, external_id)
    if known is None:
        identified = {**values, "source_system": system, "external_id": external_id}
        return await record_claim(session, access, identified, currency=currency), "created"
    try:
        claim = await queries.get_claim(session, access, known.id)
    except ClaimNotFoundError as hidden:
        raise ClaimNotFoundError(external_id) from hidden
    changed = await _change(session, access, claim, values)
    return claim, "updated" if changed else "unchanged"


async def delete_claim(
    session: AsyncSession, access: Access, claim_id: UUID, *, expected: int | None
) -> None:
    """Take away a claim that was recorded by mistake."""
    claim = await queries.get_claim(session, access, claim_id)
    if expected not in (None, claim.revision):
        raise ChangedMeanwhileError
    claim.deleted_at = utc_now()
    await _announce(session, claim, ClaimDeleted)


async def _change(session: AsyncSession, access: Access, claim: Claim, values: Values) -> bool:
    was = claim.status
    for name, value in values.items():
        setattr(claim, name, value)
    await _settle_subject(session, access, claim)
    _check_digits(claim)
    _settle_status(session, claim)
    # only the first time: a rejected claim that is accepted later is one claim resolved
    is_over = claim.status in OVER and was not in OVER
    return await _announce(session, claim, ClaimResolved if is_over else ClaimUpdated)


async def _settle_subject(
    session: AsyncSession, access: Access, claim: Claim
) -> Invoice | Deal | None:
    """Take customer, owner and team from what the claim is about, and return that."""
    source: Invoice | Deal | None = None
    if claim.invoice_id is not None:
        source = await _named_invoice(session, access, claim.invoice_id)
        claim.deal_id = claim.deal_id or source.deal_id
    if claim.deal_id is not None:
        deal = await deals.named_deal(session, access, claim.deal_id)
        source = source or deal
    # whoever looks after the deal now, not on the day of the claim
    await deals.follow_deal(session, claim)
    if claim.contact_id is None and claim.company_id is None:
        # a loss of nobody could be counted for no customer
        if source is None:
            raise NobodysClaimError
        claim.contact_id, claim.company_id = source.contact_id, source.company_id
    return source


async def _named_invoice(session: AsyncSession, access: Access, invoice_id: UUID) -> Invoice:
    try:
        return await invoices.get_invoice(session, access, invoice_id)
    except InvoiceNotFoundError as missing:
        raise UnknownInvoiceError from missing


def _check_digits(claim: Claim) -> None:
    for name in ("amount", "settled_amount"):
        amount: Decimal | None = getattr(claim, name)
        if amount is not None:
            check_digits(amount, claim.currency, pointer=f"/{name}")


def _settle_status(session: AsyncSession, claim: Claim) -> None:
    today = deals.today_of(session)
    if claim.claimed_on > today:
        raise ClaimedInTheFutureError
    if claim.status not in OVER:
        # reopened: what it was settled with is in the history and must not count
        claim.resolution = claim.resolved_on = claim.settled_amount = None
        return
    if claim.resolution is None:
        raise NoResolutionError
    claim.resolved_on = claim.resolved_on or today
    if claim.status == "settled" and claim.settled_amount is None:
        # settled without a word about the sum: in full
        claim.settled_amount = claim.amount


async def _announce(session: AsyncSession, claim: Claim, kind: type[ClaimEvent]) -> bool:
    changes = outbox.changes_of(claim, ClaimFacts)
    if not changes:
        return False
    previous = plainly(changes.previous)
    event = kind(claim=_facts(claim), changed=changes.changed, previous=previous)
    await outbox.record(session, claim, event)
    return True


def _facts(claim: Claim) -> ClaimFacts:
    return ClaimFacts.model_validate(claim, from_attributes=True)
