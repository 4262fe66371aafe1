"""Every event the deals service publishes: ids, codes, amounts and dates, nothing personal."""

from crm_deals.events.base import Outcome, Quantity, SaleKind, Share, shortest
from crm_deals.events.competitors import (
    CompetitorCreated,
    CompetitorDeleted,
    CompetitorFacts,
    CompetitorUpdated,
)
from crm_deals.events.deals import (
    CreditFacts,
    DealCreated,
    DealDeleted,
    DealFacts,
    DealOverdue,
    DealRestored,
    DealRotting,
    DealStageChanged,
    DealUpdated,
    LineItemFacts,
    StageRef,
)
from crm_deals.events.pipelines import (
    PipelineCreated,
    PipelineDeleted,
    PipelineFacts,
    PipelineUpdated,
    StageFacts,
)
from crm_deals.events.price_lists import (
    ListedPriceFacts,
    PriceListCreated,
    PriceListDeleted,
    PriceListFacts,
    PriceListUpdated,
)
from crm_deals.events.products import ProductCreated, ProductDeleted, ProductFacts, ProductUpdated
from crm_deals.events.reasons import ReasonCreated, ReasonDeleted, ReasonFacts, ReasonUpdated

__all__ = [
    "CompetitorCreated",
    "CompetitorDeleted",
    "CompetitorFacts",
    "CompetitorUpdated",
    "CreditFacts",
    "DealCreated",
    "DealDeleted",
    "DealFacts",
    "DealOverdue",
    "DealRestored",
    "DealRotting",
    "DealStageChanged",
    "DealUpdated",
    "LineItemFacts",
    "ListedPriceFacts",
    "Outcome",
    "PipelineCreated",
    "PipelineDeleted",
    "PipelineFacts",
    "PipelineUpdated",
    "PriceListCreated",
    "PriceListDeleted",
    "PriceListFacts",
    "PriceListUpdated",
    "ProductCreated",
    "ProductDeleted",
    "ProductFacts",
    "ProductUpdated",
    "Quantity",
    "ReasonCreated",
    "ReasonDeleted",
    "ReasonFacts",
    "ReasonUpdated",
    "SaleKind",
    "Share",
    "StageFacts",
    "StageRef",
    "shortest",
]
