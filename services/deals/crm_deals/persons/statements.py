"""Emptying notes: no event ever told them, so none tells that they are gone."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, Table, or_, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.approvals.models import Approval, ApprovalDecision
from crm_deals.imports.models import TABLES
from crm_deals.persons.queries import OF_PERSONS

# where a wish that waits for consent holds what somebody typed
TYPED = ("title", "reason_note", "custom_fields")


async def empty_texts(
    session: AsyncSession, person_id: UUID, deal_ids: Sequence[UUID]
) -> dict[str, int]:
    """Empty the notes on a person's money facts, quotes and approvals; return how many rows."""
    emptied = {}
    for model in OF_PERSONS:
        table = _table(model)
        of_person = or_(table.c.contact_id == person_id, table.c.deal_id.in_(deal_ids))
        texts: dict[str, Any] = {"note": None}
        if "personal_fields" in table.c:
            texts["personal_fields"] = {}
        emptied[table.name] = await _empty(session, table, of_person, texts)
        ids = table.select().with_only_columns(table.c.id).where(of_person)
        await _empty(session, TABLES.changes, TABLES.changes.c.record_id.in_(ids), {"before": {}})
    of_deals = TABLES.changes.c.record_id.in_(deal_ids)
    await _empty(session, TABLES.changes, of_deals, {"before": {}})
    approvals, decisions = _table(Approval), _table(ApprovalDecision)
    asked = approvals.c.deal_id.in_(deal_ids)
    # what the deal held when it was asked stands beside what was asked for
    wish: ColumnElement[Any] = approvals.c.order
    base: ColumnElement[Any] = approvals.c.base
    for path in TYPED:
        wish, base = wish.op("-")(path), base.op("-")(path)
    texts = {"note": None, "order": wish, "base": base}
    emptied[approvals.name] = await _empty(session, approvals, asked, texts)
    of_asked = decisions.c.approval_id.in_(
        approvals.select().with_only_columns(approvals.c.id).where(asked)
    )
    emptied[decisions.name] = await _empty(session, decisions, of_asked, {"note": None})
    return emptied


def _table(model: Any) -> Table:
    table: Table = model.__table__
    return table


async def _empty(session: AsyncSession, table: Table, rows: Any, values: dict[str, Any]) -> int:
    done = await session.execute(update(table).where(rows).values(**values))
    return done.rowcount if isinstance(done, CursorResult) else 0
