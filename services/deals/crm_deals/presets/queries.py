"""Every SELECT of the presets feature."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.customs.models import CustomField
from crm_deals.pipelines.models import Pipeline
from crm_deals.pipelines.queries import all_pipelines
from crm_deals.reasons.models import Reason
from crm_deals.reasons.queries import all_reasons


async def find_pipeline_by_label(session: AsyncSession, label: str) -> Pipeline | None:
    """Return the pipeline of this label."""
    return await session.scalar(all_pipelines().where(Pipeline.label == label).limit(1))


async def find_reason(session: AsyncSession, outcome: str, label: str) -> Reason | None:
    """Return the reason of this label for an outcome."""
    wanted = all_reasons().where(Reason.outcome == outcome, Reason.label == label)
    return await session.scalar(wanted)


async def list_custom_fields(session: AsyncSession) -> Sequence[CustomField]:
    """Return every custom field of deals that is not archived, in a fixed order."""
    found = select(CustomField).where(CustomField.noun == "deal", CustomField.deleted_at.is_(None))
    return (await session.scalars(found.order_by(CustomField.position, CustomField.key))).all()


async def list_reasons(session: AsyncSession) -> Sequence[Reason]:
    """Return every reason that may be named, in a fixed order."""
    ordered = all_reasons().order_by(Reason.outcome, Reason.label, Reason.id)
    return (await session.scalars(ordered)).all()
