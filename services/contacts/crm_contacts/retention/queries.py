"""Every SELECT of retention."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Row, Select, Text, cast, column, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.retention.models import RetentionReport

Rows = Sequence[Row[*tuple[Any, ...]]]


def all_reports() -> Select[RetentionReport]:
    return select(RetentionReport)


async def removed_in_all(session: AsyncSession) -> Rows:
    """Return what each service removed of each kind, dry runs left out."""
    told = func.jsonb_each_text(RetentionReport.removed).table_valued(
        column("key", Text), column("value", Text), name="told"
    )
    total = func.sum(cast(told.c.value, BigInteger)).label("removed")
    last_at = func.max(RetentionReport.at).label("last_at")
    found = (
        select(RetentionReport.service, told.c.key.label("kind"), total, last_at)
        .select_from(RetentionReport)
        .join(told, RetentionReport.is_dry_run.is_(False))
        .group_by(RetentionReport.service, told.c.key)
        .order_by(RetentionReport.service, told.c.key)
    )
    rows: Rows = (await session.execute(found)).all()
    return rows
