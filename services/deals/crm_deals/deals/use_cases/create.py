"""Beginning deals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic_core import to_json
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import make_transient_to_detached

from crm_deals.customs.catalogue import BOOK
from crm_deals.deals import catalogue, queries
from crm_deals.deals.catalogue import Catalogue
from crm_deals.deals.errors import ExternalIdTakenError
from crm_deals.deals.models import Deal
from crm_deals.deals.rules import Move, rank_of
from crm_deals.deals.statements import ADD_DEALS, DEALS
from crm_deals.deals.use_cases import announcements, preparing
from crm_deals.deals.use_cases.gates import Asked, pass_gates
from crm_deals.deals.use_cases.preparing import Values
from crm_deals.events import DealCreated, DealStageChanged
from crm_deals.pipelines.rules import StageEntry
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.db import aliases
from crm_shared.events import outbox
from crm_shared.ids import new_id

MARKS = ("first_won_at", "agreed_at", "rotting_at", "overdue_at")


@dataclass(frozen=True, slots=True)
class Beginning:
    """A new deal with its first revisions: one, or two when it comes already closed."""

    deal: Deal
    moves: list[dict[str, Any]]
    entries: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Plan:
    """Where a new deal ends up, where it begins, and when it closed if those differ."""

    stage: StageEntry
    first: StageEntry
    closed_at: datetime
    today: date | None = None  # of an import: what a deal is by now is noted silently


async def create_deal(
    session: AsyncSession, access: Access, values: Values, *, currency: str
) -> Deal:
    """Begin a deal and announce it; in a closed stage it begins in the first one and moves there.

    `currency` is taken when neither the values nor the pipeline name one.
    """
    values = await aliases.resolved(session, values, preparing.CLIENTS)
    at = preparing.moment_of(access, values.get("occurred_at"), after=None)
    known = await catalogue.for_writing(
        session,
        stage_id=values.get("stage_id"),
        reason_id=values.get("reason_id"),
        competitor_id=values.get("competitor_id"),
    )
    stage = known.stage_to_start_in(values.get("pipeline_id"), values.get("stage_id"))
    await _check_external_id(session, values)
    values = await BOOK.settled(session, "deal", values)
    if "owner_id" not in values and access.actor.kind == "user":
        values = {**values, "owner_id": access.actor.id}
    deal = new_deal(known, values, stage, at, currency=currency)
    terms = await preparing.terms_of(session, deal, values)
    preparing.fill(deal, values, await preparing.products_in(session, [values]), terms)
    await preparing.settle_team(session, deal, values)
    preparing.check_scope(access, deal)
    await preparing.know_customer(session, deal, may_refuse=True)
    plan = Plan(stage, known.first_open_stage(stage), closed_at=at)
    beginning = begin(known, deal, values, plan, checked=True)
    await pass_gates(session, known.guards, deal, Asked(("create", "enter")))
    await write_beginnings(session, [beginning])
    # written past the unit of work, the row joins the session as one that was read
    make_transient_to_detached(deal)
    session.add(deal)
    await queries.place(session, [deal])
    return deal


def new_deal(
    known: Catalogue, values: Values, stage: StageEntry, at: datetime, *, currency: str
) -> Deal:
    """Return a row for a deal that begins at `at`; every column has a value from the start."""
    pipeline = known.pipelines[stage.pipeline_id]
    return Deal(
        **dict.fromkeys(
            (
                *preparing.EDITABLE,
                "reason_id",
                "reason_note",
                "competitor_id",
                "deleted_at",
                "discount",
                "is_repeat",
                "is_customer_unreliable",
                *MARKS,
            ),
        )
        | {
            "id": new_id(),
            "currency": values.get("currency") or pipeline.currency or currency,
            "pipeline_id": pipeline.id,
            "source_system": values.get("source_system"),
            "external_id": values.get("external_id"),
            "created_at": at,
            "created_at_known": True,
            "occurred_at": at,
            "is_void": False,
            "source_lead_id": values.get("source_lead_id"),
            "copied_from_id": values.get("copied_from_id"),
            "is_pipeline_assumed": False,
            "rank": rank_of(at),
            "contact_ids": [],
            "credits": [],
            "line_items": [],
            "product_ids": [],
            "tags": [],
            "custom_fields": {},
            "personal_fields": {},
        }
    )


def begin(known: Catalogue, deal: Deal, values: Values, plan: Plan, *, checked: bool) -> Beginning:
    """Let a deal enter its first stage, and its closed one if it comes closed."""
    first, stage, closed_at = plan.first, plan.stage, plan.closed_at
    began_at = deal.created_at
    deal.enter(Move(first, began_at))
    if checked:
        preparing.check_demands(known, deal)
    beginning = Beginning(deal, [], [])
    if plan.today is not None and stage is first:
        deal.read_on(plan.today)
        deal.note_states(utc_now())
    created = announcements.created(deal)
    _note(beginning, created, left=None, at=began_at)
    if stage is not first:
        before = created.deal
        deal.enter(preparing.move_of(known, {**values, "stage_id": stage.id}, closed_at))
        deal.occurred_at = closed_at
        if checked:
            preparing.check_demands(known, deal)
        event = announcements.stage_changed_since(before, deal, first)
        _note(beginning, event, left=first, at=closed_at)
    return beginning


async def write_beginnings(session: AsyncSession, beginnings: Sequence[Beginning]) -> None:
    """Write new deals with their history and events in one statement, however many deals.

    The rows do not join the session: nothing of them is written a second time.
    """
    if not beginnings:
        return
    written = {
        "deals": [_columns_of(one.deal) for one in beginnings],
        "moves": [move for one in beginnings for move in one.moves],
        "entries": [entry for one in beginnings for entry in one.entries],
    }
    await session.execute(
        ADD_DEALS, {name: to_json(rows).decode() for name, rows in written.items()}
    )
    session.info[outbox.RECORDED] = True


def _columns_of(deal: Deal) -> dict[str, Any]:
    held = vars(deal)
    return {column.name: held.get(column.name) for column in DEALS.columns}


def _note(
    beginning: Beginning,
    event: DealCreated | DealStageChanged,
    *,
    left: StageEntry | None,
    at: datetime,
) -> None:
    deal = beginning.deal
    deal.revision = len(beginning.entries) + 1
    deal.updated_at = utc_now()
    beginning.moves.append(announcements.entry_values(deal, left, revision=deal.revision, at=at))
    beginning.entries.append(
        outbox.entry_values(event, aggregate_id=deal.id, revision=deal.revision, at=at)
    )


async def _check_external_id(session: AsyncSession, values: Values) -> None:
    if values.get("external_id") is None:
        return
    name = (values["source_system"], values["external_id"])
    if await queries.find_deals_by_external_ids(session, [name]):
        raise ExternalIdTakenError
