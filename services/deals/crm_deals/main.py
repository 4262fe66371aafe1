"""The API process of the deals service."""

from fastapi import FastAPI

from crm_deals.approval_policies import endpoints as approval_policies
from crm_deals.approvals import endpoints as approvals
from crm_deals.balances import endpoints as balances
from crm_deals.board import endpoints as board
from crm_deals.card import endpoints as card
from crm_deals.claims import endpoints as claims
from crm_deals.competitors import endpoints as competitors
from crm_deals.customers import endpoints as customers
from crm_deals.deal_rules import endpoints as deal_rules
from crm_deals.deals import endpoints as deals
from crm_deals.events import (
    ExportAlarmed,
    ExportCompleted,
    ExportFacts,
    LookupsMeasured,
    WatchedFieldsRead,
)
from crm_deals.imports import endpoints as imports
from crm_deals.invoices import endpoints as invoices
from crm_deals.nouns import endpoints as nouns
from crm_deals.nouns.catalogue.bodies import SHOWN
from crm_deals.overviews import endpoints as overviews
from crm_deals.payments import endpoints as payments
from crm_deals.permissions import EXPORT_DEALS, PERMISSIONS
from crm_deals.pipelines import endpoints as pipelines
from crm_deals.presets import endpoints as presets
from crm_deals.price_lists import endpoints as price_lists
from crm_deals.product_wishes import endpoints as product_wishes
from crm_deals.products import endpoints as products
from crm_deals.quotes import endpoints as quotes
from crm_deals.reasons import endpoints as reasons
from crm_deals.settings import Settings
from crm_deals.validations import endpoints as validations
from crm_shared.app import service_app
from crm_shared.exports.announcing import AnnouncingWatch
from crm_shared.exports.room import ExportRoom
from crm_shared.http.lookups import Kind, Lookups
from crm_shared.http.veil import AnnouncingReads, Guard
from crm_shared.settings import load

EXPORTS = ExportRoom(
    EXPORT_DEALS,
    AnnouncingWatch(
        lambda told: ExportCompleted(export=ExportFacts(**told)),
        lambda told: ExportAlarmed(export=ExportFacts(**told)),
    ),
)


LOOKUPS: dict[str, Kind] = {
    "/v1/deals/overview": "view",
    "/v1/products/{product_id}/overview": "view",
}


def _lookups() -> Lookups:
    return Lookups("deals", LOOKUPS, lambda told: LookupsMeasured(lookup=told))


def _reads() -> AnnouncingReads:
    return AnnouncingReads(lambda told: WatchedFieldsRead(reading=told))


def create_app(settings: Settings | None = None) -> FastAPI:
    """Wire the service's routes."""
    return service_app(
        settings or load(Settings),
        title="Deals",
        routers=[
            *nouns.routers,  # before all: `tags` and `schema` are no ids
            board.router,  # before the deals: `board` is no id of a deal
            overviews.router,  # nor is `overview`
            deals.router,
            balances.deals_router,
            balances.invoices_router,  # before the invoices: `balance` is no id of one
            customers.router,  # so is `standing`
            invoices.router,
            payments.router,
            claims.router,
            card.router,
            quotes.router,
            presets.router,
            pipelines.router,
            pipelines.stages_router,
            reasons.router,
            competitors.router,
            products.router,
            product_wishes.router,
            price_lists.router,
            imports.router,
            validations.router,  # before the rules: `validations` is no id of one
            deal_rules.router,
            approval_policies.router,  # before the approvals: `policies` is no id of one
            approvals.router,
        ],
        permissions=PERMISSIONS,
        exports=EXPORTS,
        guard=Guard(SHOWN, _reads()),
        on_start=[_lookups().during],
    )
