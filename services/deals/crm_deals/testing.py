"""Ready rows for tests and seeds."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx

from crm_deals.competitors.models import Competitor
from crm_deals.deals.models import Deal
from crm_deals.pipelines.models import Pipeline, Stage
from crm_deals.products.models import Product
from crm_deals.reasons.models import Reason
from crm_shared.clock import utc_now
from crm_shared.ids import new_id


def make_stage(label: str = "Qualified", **values: Any) -> Stage:
    """Return a stage without a pipeline; `make_pipeline` gives it its position."""
    given: dict[str, Any] = {
        "probability": 25,
        "outcome": "open",
        "required_fields": [],
        "rotting_days": None,
        "requirements": None,
        "is_agreed": False,
    }
    return Stage(id=new_id(), label=label, position=1, **{**given, **values})


def make_pipeline(*stages: Stage, label: str = "Sales", is_default: bool = True) -> Pipeline:
    """Return a pipeline; without stages it has New, Qualified, Proposal, Won and Lost."""
    ordered = list(stages) or [
        make_stage("New", probability=10),
        make_stage("Qualified", probability=25),
        make_stage("Proposal", probability=50),
        make_stage("Won", probability=100, outcome="won"),
        make_stage("Lost", probability=0, outcome="lost"),
    ]
    for position, stage in enumerate(ordered, start=1):
        stage.position = position
    pipeline = Pipeline(id=new_id(), label=label, is_default=is_default, revision=1)
    pipeline.unreliable_customers = "warn"
    pipeline.stages = ordered
    return pipeline


def stage_called(pipeline: Pipeline, label: str) -> Stage:
    """Return the stage of this label."""
    return next(stage for stage in pipeline.stages if stage.label == label)


def make_deal(
    stage: Stage, *, owner_id: UUID | None = None, at: datetime | None = None, **values: Any
) -> Deal:
    """Return a deal that stands in `stage` since `at`."""
    began_at = at or utc_now()
    given: dict[str, Any] = {
        "title": "200 chairs for the library",
        "currency": "UAH",
        "amount": Decimal("12500.00"),
        "outcome": stage.outcome,
        "pipeline_id": stage.pipeline_id,
        "stage_id": stage.id,
        "revision": 1,
        "created_at": began_at,
        "occurred_at": began_at,
        "stage_entered_at": began_at,
    }
    return Deal(id=new_id(), owner_id=owner_id, **{**given, **values})


def make_reason(label: str = "Too expensive", outcome: str = "lost", **values: Any) -> Reason:
    """Return a reason for losing."""
    return Reason(id=new_id(), revision=1, label=label, outcome=outcome, **values)


def make_product(label: str = "Oak chair", **values: Any) -> Product:
    """Return a product that costs 1,250.00 UAH."""
    given: dict[str, Any] = {"price": Decimal("1250.00"), "currency": "UAH", "is_active": True}
    return Product(id=new_id(), revision=1, label=label, **{**given, **values})


def make_competitor(label: str = "Pinewood Ltd", **values: Any) -> Competitor:
    """Return somebody to whom deals are lost."""
    return Competitor(id=new_id(), revision=1, label=label, **values)


async def set_policy(client: httpx.AsyncClient, **values: Any) -> dict[str, Any]:
    """Let moves into any stage wait for the head of the team, unless other values are given."""
    body = {
        "name": "Wins are agreed upon",
        "kind": "stage",
        "steps": [{"approvers": [{"team_head": True}]}],
        **values,
    }
    answer = await client.post("/v1/approvals/policies", json=body)
    answer.raise_for_status()
    made: dict[str, Any] = answer.json()
    return made
