"""What metrics can be filtered by, as columns of the contributions."""

from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, select
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


def department_of(reason: ColumnElement[str | None]) -> ColumnElement[str | None]:
    """Return the department that a reason concerns, as its newest fact says."""
    fact = aliased(NounFact)
    return (
        select(fact.data["department"].astext)
        .where(fact.kind == "reason", cast(fact.id, Text) == reason)
        .order_by(fact.revision.desc())
        .limit(1)
        .scalar_subquery()
    )


COMPANY = surviving(Contribution.company.expression, "company")
CUSTOMER = surviving(Contribution.customer.expression)
DEPARTMENT = department_of(Contribution.kind.expression)
SECTOR = sector_of(COMPANY)

NAMES_OF_KIND = ("kind", "source", "reason_id", "topic")
FIELDS = Fields(
    {
        "pipeline_id": Field(UUID, Contribution.pipeline),
        "owner_id": Field(UUID, Contribution.owner),
        "team_id": Field(UUID, Contribution.team),
        "product_id": Field(UUID, Contribution.product),
        "company_id": Field(UUID, COMPANY),
        "customer_id": Field(UUID, CUSTOMER),
        **{name: Field(str, Contribution.kind) for name in NAMES_OF_KIND},
        "department": Field(str, DEPARTMENT),
        "channel": Field(str, Contribution.channel),
        "sector": Field(str, SECTOR),
    }
)
