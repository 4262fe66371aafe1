"""Every SELECT of the validations feature."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Select, Uuid, case, column, func, select, table
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.validations.models import Validation
from crm_shared.db.types import Money
from crm_shared.validations.errors import ValidationNotFoundError

# keeps this lock apart from others that are taken by a hash
COUNTING = 7_274_101
# Named by hand: validations must not know the deals feature, which is built upon them.
DEALS = table(
    "deals",
    column("id", Uuid),
    column("owner_id", Uuid),
    column("pipeline_id", Uuid),
    column("stage_id", Uuid),
    column("outcome"),
    column("deleted_at"),
)

PAYMENTS = table(
    "payments",
    column("deal_id", Uuid),
    column("kind"),
    column("amount", Money),
    column("currency"),
    column("voided_at"),
)


def all_validations() -> Select[Validation]:
    """Select the validations that there are."""
    return select(Validation).where(Validation.deleted_at.is_(None))


async def get_validation(session: AsyncSession, validation_id: UUID) -> Validation:
    """Return one validation."""
    found = await session.scalar(all_validations().where(Validation.id == validation_id))
    if found is None:
        raise ValidationNotFoundError(validation_id)
    return found


async def find_validation_by_external_id(
    session: AsyncSession, system: str, external_id: str
) -> Validation | None:
    """Return the validation that another system knows under this id, be it deleted."""
    return await session.scalar(
        select(Validation).where(
            Validation.source_system == system, Validation.external_id == external_id
        )
    )


async def list_active_validations(session: AsyncSession) -> Sequence[Validation]:
    """Return what is in force, the oldest first."""
    active = all_validations().where(Validation.is_active).order_by(Validation.created_at)
    return (await session.scalars(active.order_by(Validation.id))).all()


async def list_validations_of(session: AsyncSession, pipeline_id: UUID) -> Sequence[Validation]:
    """Return the validations of one pipeline."""
    own = all_validations().where(Validation.pipeline_id == pipeline_id)
    return (await session.scalars(own.order_by(Validation.created_at, Validation.id))).all()


async def paid_for(session: AsyncSession, deal_id: UUID, currency: str) -> Decimal:
    """Return what came in for a deal in its currency, refunds taken off."""
    payment = PAYMENTS.c
    sign = case((payment.kind == "payment", 1), (payment.kind == "refund", -1), else_=0)
    paid = select(func.coalesce(func.sum(sign * payment.amount), 0)).where(
        payment.deal_id == deal_id, payment.currency == currency, payment.voided_at.is_(None)
    )
    return Decimal(await session.scalar(paid) or 0)


async def hold_count_of(session: AsyncSession, owner_id: UUID) -> None:
    """Let nobody else count an owner's deals until this transaction ends."""
    key = func.hashtextextended(str(owner_id), COUNTING)
    # two deals that come at once would each count without the other, and both be let in
    await session.execute(select(func.pg_advisory_xact_lock(key)))


async def open_deals_of(
    session: AsyncSession, owner_id: UUID, *, but: UUID, pipeline_id: UUID, stage_id: UUID
) -> dict[str, int]:
    """Count the other open deals of an owner: in all, in one pipeline, in one stage."""
    deal = DEALS.c
    found = await session.execute(
        select(
            func.count(),
            func.count().filter(deal.pipeline_id == pipeline_id),
            func.count().filter(deal.stage_id == stage_id),
        ).where(
            deal.owner_id == owner_id,
            deal.id != but,
            deal.outcome == "open",
            deal.deleted_at.is_(None),
        )
    )
    counted = found.one()
    return {"all": counted[0], "pipeline": counted[1], "stage": counted[2]}
