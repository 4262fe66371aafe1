"""What metrics can be filtered by, as columns of the contributions."""

from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from crm_reporting.contributions.models import Contribution
from crm_reporting.facts.models import NounFact
from crm_shared.db.infrastructure import ALIASES
from crm_shared.filters import Field, Fields


def surviving(column: ColumnElement[UUID | None], kind: str) -> ColumnElement[UUID | None]:
    """Return the record that a merged one lives on in; merges are resolved where one reads."""
    survivor = (
        select(ALIASES.c.survivor_id)
        .where(ALIASES.c.loser_id == column, ALIASES.c.kind == kind)
        .scalar_subquery()
    )
    return func.coalesce(survivor, column)


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
