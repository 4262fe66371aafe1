"""Writes of the hot path, by hand.

A move through the unit of work takes 6 round trips (about 450/s on two cores); reading the deal and
then this one statement takes 2 (about 700/s). New deals go in as one statement, one or five
hundred: an import takes 430 µs of processor a deal, 730 through the unit of work.
"""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Table,
    bindparam,
    delete,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.sql.dml import ReturningInsert

from crm_deals.configuration.queries import GUARD_MARK
from crm_deals.deals.fields import HAS_NEXT_STEP
from crm_deals.deals.models import Deal, StageMove
from crm_deals.pipelines.models import Pipeline
from crm_deals.work.models import DealWithoutStep
from crm_shared.db.driver import DriverStatement
from crm_shared.db.infrastructure import OUTBOX

DEALS = cast("Table", Deal.__table__)
MOVES = cast("Table", StageMove.__table__)
PIPELINES = cast("Table", Pipeline.__table__)
FORGET_THOSE_WITH_A_STEP = (
    delete(DealWithoutStep)
    .where(
        DealWithoutStep.deal_id == Deal.id,
        or_(HAS_NEXT_STEP, Deal.outcome != "open", Deal.deleted_at.is_not(None)),
    )
    .execution_options(synchronize_session=False)
)
MOVED_COLUMNS = (
    "stage_id",
    "outcome",
    "stage_entered_at",
    "reason_id",
    "reason_note",
    "competitor_id",
    "closed_at",
    "won_at",
    "lost_at",
    "first_won_at",
    "agreed_at",
    "rotting_at",
    "overdue_at",
    "occurred_at",
    "updated_at",
    "revision",
)
ENTRY_COLUMNS = (
    "event_id",
    "aggregate_id",
    "revision",
    "type",
    "envelope",
    "bulk",
    "recorded_at",
)


def _bound(prefix: str, column: ColumnElement[Any]) -> BindParameter[Any]:
    return bindparam(f"{prefix}_{column.key}", type_=column.type)


def _move(columns: Sequence[str] = MOVED_COLUMNS) -> ReturningInsert[int]:
    """Change, history and event as one: written together, or not at all when the deal moved on.

    Everything the move was checked against stands under the deal's revision, its pipeline's, or
    the mark of validations and approval policies.
    """
    checked_against = (
        select(PIPELINES.c.revision).where(PIPELINES.c.id == DEALS.c.pipeline_id).scalar_subquery()
    )
    moved = (
        update(DEALS)
        .where(
            DEALS.c.id == bindparam("deal_id"),
            DEALS.c.revision == bindparam("read_revision"),
            checked_against == bindparam("pipeline_revision"),
            # a validation switched on while the move was checked: it is checked once more
            bindparam("guard_mark") == GUARD_MARK,
        )
        .values({name: _bound("deal", DEALS.c[name]) for name in columns})
        .returning(DEALS.c.id)
        .cte("moved")
    )
    history = (
        insert(MOVES)
        .from_select(
            [column.name for column in MOVES.c],
            select(*(_bound("move", column) for column in MOVES.c)).select_from(moved),
            # every column is given: a default would be computed a second time, and could differ
            include_defaults=False,
        )
        .cte("history")
    )
    entry = select(*(_bound("entry", OUTBOX.c[name]) for name in ENTRY_COLUMNS)).select_from(moved)
    return (
        insert(OUTBOX)
        .from_select(list(ENTRY_COLUMNS), entry, include_defaults=False)
        .add_cte(history)
        .returning(OUTBOX.c.id)
    )


MOVE_DEAL = DriverStatement(_move())
# winning may freeze costs that were not known before; every other move is spared the lines
MOVE_DEAL_AND_COSTS = _move((*MOVED_COLUMNS, "line_items"))


def _columns(table: Table) -> str:
    return ", ".join(column.name for column in table.columns)


_ENTRY = ", ".join(ENTRY_COLUMNS)
ADD_DEALS = text(
    f"""
    WITH added AS (
        INSERT INTO deals ({_columns(DEALS)})
        SELECT {_columns(DEALS)}
        FROM jsonb_populate_recordset(NULL::deals, CAST(:deals AS jsonb))
    ), history AS (
        INSERT INTO stage_moves ({_columns(MOVES)})
        SELECT {_columns(MOVES)}
        FROM jsonb_populate_recordset(NULL::stage_moves, CAST(:moves AS jsonb))
    )
    INSERT INTO outbox ({_ENTRY})
    SELECT {_ENTRY} FROM jsonb_populate_recordset(NULL::outbox, CAST(:entries AS jsonb))
    """  # noqa: S608 names of our own columns
)
