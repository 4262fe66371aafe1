"""One realistic example of each event of deals and of what they are made of."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from crm_deals.events import (
    CompetitorCreated,
    CompetitorDeleted,
    CompetitorFacts,
    CompetitorUpdated,
    CreditFacts,
    DealCreated,
    DealDeleted,
    DealFacts,
    DealOverdue,
    DealRestored,
    DealRotting,
    DealStageChanged,
    DealUpdated,
    DealWithoutStep,
    LineItemFacts,
    ListedPriceFacts,
    PipelineCreated,
    PipelineDeleted,
    PipelineFacts,
    PipelineUpdated,
    PriceListCreated,
    PriceListDeleted,
    PriceListFacts,
    PriceListUpdated,
    ProductArrived,
    ProductCreated,
    ProductDeleted,
    ProductFacts,
    ProductUpdated,
    ProductWishCreated,
    ProductWishFacts,
    ProductWishFulfilled,
    ProductWishWithdrawn,
    ReasonCreated,
    ReasonDeleted,
    ReasonFacts,
    ReasonUpdated,
    StageFacts,
    StageRef,
)
from crm_shared.events.envelope import Event


def id_of(number: int) -> UUID:
    return UUID(f"01936d3a-0000-7000-8000-{number:012d}")


NEW = StageFacts(
    id=id_of(11),
    label="New",
    position=1,
    probability=10,
    outcome="open",
    rotting_days=7,
    required_fields=[],
)
PROPOSAL = StageFacts(
    id=id_of(12),
    label="Proposal",
    position=2,
    probability=50,
    outcome="open",
    rotting_days=14,
    required_fields=["amount", "company_id"],
)
WON = StageFacts(
    id=id_of(13),
    label="Won",
    position=3,
    probability=100,
    outcome="won",
    rotting_days=None,
    required_fields=[],
)
LOST = StageFacts(
    id=id_of(14),
    label="Lost",
    position=4,
    probability=0,
    outcome="lost",
    rotting_days=None,
    required_fields=["reason_id"],
)
PIPELINE = PipelineFacts(
    label="Sales", currency="UAH", is_default=True, stages=[NEW, PROPOSAL, WON, LOST]
)
WISH = ProductWishFacts(
    owner_id=id_of(1),
    team_id=id_of(2),
    contact_id=id_of(3),
    product_id=id_of(5),
    product_label="Oak chair",
    category="Chairs",
    status="waiting",
    fulfilled_at=None,
)
PRODUCT = ProductFacts(
    label="Oak chair",
    sku="CH-OAK-01",
    category="Chairs",
    price=Decimal("1250.00"),
    cost=Decimal("810.00"),
    currency="UAH",
    is_active=True,
    custom_fields={"warranty_months": 24},
)
REASON = ReasonFacts(
    label="Delivery too slow", outcome="lost", group="Terms", department="logistics"
)
COMPETITOR = CompetitorFacts(label="Pinewood Ltd")
PRICE_LIST = PriceListFacts(
    label="Wholesale 2027",
    currency="UAH",
    tax_included=False,
    valid_from=date(2026, 11, 1),
    valid_until=None,
    is_active=True,
    prices=[ListedPriceFacts(product_id=id_of(5), price=Decimal("1250.00"))],
)
DEAL = DealFacts(
    owner_id=id_of(1),
    team_id=id_of(2),
    contact_id=id_of(3),
    company_id=id_of(4),
    pipeline_id=id_of(10),
    stage_id=PROPOSAL.id,
    stage_label=PROPOSAL.label,
    outcome="open",
    probability=50,
    amount=Decimal("237500.00"),
    expected_amount=Decimal("250000.00"),
    currency="UAH",
    expected_close_date=date(2026, 12, 15),
    channel="phone",
    source="website",
    reason_id=None,
    reason_label=None,
    reason_group=None,
    reason_department=None,
    price_list_id=id_of(7),
    competitor_id=None,
    competitor_label=None,
    created_at=datetime(2026, 11, 2, 8, 15, tzinfo=UTC),
    created_at_known=True,
    stage_entered_at=datetime(2026, 11, 20, 14, 3, 27, tzinfo=UTC),
    won_at=None,
    lost_at=None,
    first_won_at=None,
    is_void=False,
    rotting_at=None,
    overdue_at=None,
    line_items=[
        LineItemFacts(
            product_id=id_of(5),
            product_label="Oak chair",
            category="Chairs",
            quantity=Decimal(200),
            unit_price=Decimal("1250.00"),
            total=Decimal("237500.00"),
            sale_kind="base",
            unit_cost=Decimal("810.00"),
        )
    ],
    credits=[
        CreditFacts(user_id=id_of(1), share=Decimal("70.00")),
        CreditFacts(user_id=id_of(6), share=Decimal("30.00")),
    ],
    tags=["wholesale"],
    custom_fields={"delivery_terms": "courier"},
)


def _ref(stage: StageFacts) -> StageRef:
    return StageRef(
        id=stage.id,
        label=stage.label,
        position=stage.position,
        probability=stage.probability,
        outcome=stage.outcome,
    )


BEGUN = DEAL.model_copy(
    update={
        "stage_id": NEW.id,
        "stage_label": NEW.label,
        "probability": 10,
        "stage_entered_at": DEAL.created_at,
    }
)

LATE = datetime(2026, 12, 16, 0, 0, 31, tzinfo=UTC)

EXAMPLES: list[Event] = [
    PipelineCreated(pipeline=PIPELINE, changed=[], previous={}),
    PipelineUpdated(pipeline=PIPELINE, changed=["label"], previous={"label": "Selling"}),
    PipelineDeleted(pipeline=PIPELINE, changed=["deleted_at"], previous={}),
    ProductCreated(product=PRODUCT, changed=[], previous={}),
    ProductUpdated(product=PRODUCT, changed=["price"], previous={"price": "1190.00"}),
    ProductDeleted(product=PRODUCT, changed=["deleted_at"], previous={}),
    ProductArrived(product=PRODUCT, changed=["arrived_at"], previous={}),
    ProductWishCreated(product_wish=WISH, changed=[], previous={}),
    ProductWishFulfilled(
        product_wish=WISH.model_copy(
            update={"status": "fulfilled", "fulfilled_at": datetime(2026, 11, 20, 8, 0, tzinfo=UTC)}
        ),
        changed=["status", "fulfilled_at"],
        previous={"status": "waiting", "fulfilled_at": None},
    ),
    ProductWishWithdrawn(
        product_wish=WISH.model_copy(update={"status": "withdrawn"}),
        changed=["status"],
        previous={"status": "waiting"},
    ),
    ReasonCreated(reason=REASON, changed=[], previous={}),
    ReasonUpdated(reason=REASON, changed=["department"], previous={"department": None}),
    ReasonDeleted(reason=REASON, changed=["deleted_at"], previous={}),
    CompetitorCreated(competitor=COMPETITOR, changed=[], previous={}),
    CompetitorUpdated(competitor=COMPETITOR, changed=["label"], previous={"label": "Pinewood"}),
    CompetitorDeleted(competitor=COMPETITOR, changed=["deleted_at"], previous={}),
    PriceListCreated(price_list=PRICE_LIST, changed=[], previous={}),
    PriceListUpdated(price_list=PRICE_LIST, changed=["is_active"], previous={"is_active": False}),
    PriceListDeleted(price_list=PRICE_LIST, changed=["deleted_at"], previous={}),
    DealCreated(deal=BEGUN, changed=[], previous={}),
    DealUpdated(deal=DEAL, changed=["amount"], previous={"amount": "250000.00"}),
    DealDeleted(deal=DEAL, changed=["deleted_at"], previous={}),
    DealRestored(deal=DEAL, changed=["deleted_at"], previous={}),
    DealRotting(
        deal=DEAL.model_copy(update={"rotting_at": LATE}),
        changed=["rotting_at"],
        previous={"rotting_at": None},
    ),
    DealOverdue(
        deal=DEAL.model_copy(update={"overdue_at": LATE}),
        changed=["overdue_at"],
        previous={"overdue_at": None},
    ),
    DealWithoutStep(deal=DEAL, changed=[], previous={}),
    DealStageChanged(
        deal=DEAL,
        changed=["stage_id", "stage_entered_at"],
        previous={"stage_id": str(NEW.id), "stage_entered_at": "2026-11-02T08:15:00Z"},
        from_stage=_ref(NEW),
        to_stage=_ref(PROPOSAL),
        reopened=False,
    ),
]
