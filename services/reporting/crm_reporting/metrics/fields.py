"""What metrics can be filtered by, as columns of the contributions."""

from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from crm_reporting.contributions.models import Contribution
from crm_reporting.facts.models import NounFact
from crm_shared.db.aliases import surviving
from crm_shared.filters import Field, Fields


def sector_of(company: ColumnElement[UUID | None]) -> ColumnElement[str | None]:
    """Return the sector of a company as its newest fact says."""
    fact = aliased(NounFact)
    return (
        select(fact.data["sector"].astext)
        .where(fact.kind == "company", fact.id == company)
        .order_by(fact.revision.desc())
        .limit(1)
        .scalar_subquery()
    )


COMPANY = surviving(Contribution.company.expression, "company")
SECTOR = sector_of(COMPANY)

FIELDS = Fields(
    {
        "pipeline_id": Field(UUID, Contribution.pipeline),
        "owner_id": Field(UUID, Contribution.owner),
        "team_id": Field(UUID, Contribution.team),
        "product_id": Field(UUID, Contribution.product),
        "company_id": Field(UUID, COMPANY),
        "channel": Field(str, Contribution.channel),
        "sector": Field(str, SECTOR),
    }
)
