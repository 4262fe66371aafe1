"""Putting the card together; every part lies within the caller's scope, for the deal does."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.balances import queries as balances
from crm_deals.balances.rules import Subject, joined
from crm_deals.card.rules import Suggestion, missing_for, suggested_ids, suggestions_of
from crm_deals.claims import queries as claims
from crm_deals.deals import catalogue
from crm_deals.deals import queries as deals
from crm_deals.deals.models import Deal
from crm_deals.events import DealFacts
from crm_deals.invoices import queries as invoices
from crm_deals.lines.rules import totals_of
from crm_deals.payments import queries as payments
from crm_deals.products import queries as products
from crm_deals.quotes import queries as quotes
from crm_deals.work import queries as work
from crm_shared.actor import Access
from crm_shared.events import refs

# nouns of other services that name a deal
ELSEWHERE = ("tasks", "activities", "calls", "notes", "messages")


async def card_of(session: AsyncSession, access: Access, deal_id: UUID) -> dict[str, Any]:
    """Return every part of a deal's card."""
    deal = await deals.get_deal(session, access, deal_id)
    subject = Subject(deal_id=deal.id)
    return {
        "deal": deal,
        "totals": totals_of(deal.line_items, deal.currency),
        "stages": await _stages(session, deal),
        "history": await deals.list_moves(session, deal.id),
        "quotes": await quotes.list_quotes(session, deal.id),
        "invoices": await invoices.list_for_deal(session, deal.id),
        "payments": await payments.list_for_deal(session, deal.id),
        "balance": joined(
            await balances.sum_invoices(session, access, subject),
            await balances.sum_payments(session, access, subject),
        ),
        "claims": await claims.list_for_deal(session, deal.id),
        "suggestions": await suggestions_for(session, deal),
        **await _people(session, deal),
        "tasks": await work.list_work(session, deal.id, "task"),
        "activities": await work.list_work(session, deal.id, "activity"),
        "calls": await work.list_work(session, deal.id, "call"),
        "messages": await work.list_messages(session, deal.id),
        "elsewhere": {noun: f"/v1/{noun}?deal_id={deal.id}" for noun in ELSEWHERE},
    }


async def _people(session: AsyncSession, deal: Deal) -> dict[str, Any]:
    """Return who the deal is about and whose it is, by the names that contacts told."""
    found: dict[str, Any] = {}
    for part, kind, one in (
        ("contact", "contact", deal.contact_id),
        ("company", "company", deal.company_id),
        ("owner", "user", deal.owner_id),
    ):
        label = (await refs.labels(session, kind, [one])).get(one, {}) if one else {}
        name = label.get("name") or " ".join(
            word for word in (label.get("first_name"), label.get("last_name")) if word
        )
        shown = {"id": one, "owner_name" if part == "owner" else "name": name or None}
        found[part] = shown if one else None
    return found


async def _stages(session: AsyncSession, deal: Deal) -> list[dict[str, Any]]:
    known = await catalogue.current(session)
    values = {name: getattr(deal, name) for name in DealFacts.model_fields}
    values["custom"] = deal.all_fields
    return [
        {
            "stage_id": stage.id,
            "label": stage.label,
            "outcome": stage.outcome,
            "is_current": stage.id == deal.stage_id,
            "missing": list(
                missing_for(stage, values, asks_why=known.has_reasons_for(stage.outcome))
            )
            if stage.id != deal.stage_id
            else [],
        }
        for stage in known.pipelines[deal.pipeline_id].stages
        if not stage.is_archived or stage.id == deal.stage_id
    ]


async def suggestions_for(session: AsyncSession, deal: Deal) -> list[Suggestion]:
    """Return what goes with the products in the deal and is not in it."""
    held = (await products.products_by_id(session, deal.product_ids)).values()
    others = await products.products_by_id(session, suggested_ids(held))
    return suggestions_of(held, others)
