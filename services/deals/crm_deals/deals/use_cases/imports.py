"""Taking deals over from elsewhere, with the dates they had there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.customers import queries as customers
from crm_deals.customs.catalogue import BOOK
from crm_deals.deals import catalogue, queries
from crm_deals.deals.catalogue import Catalogue
from crm_deals.deals.errors import ExternalIdTakenError
from crm_deals.deals.models import Deal
from crm_deals.deals.rules import rank_beside
from crm_deals.deals.use_cases import preparing
from crm_deals.deals.use_cases.create import Beginning, Plan, begin, new_deal, write_beginnings
from crm_deals.deals.use_cases.exchanging import round_to_currency
from crm_deals.deals.use_cases.gates import Asked, pass_gates
from crm_deals.deals.use_cases.preparing import Values
from crm_deals.deals.use_cases.update import change
from crm_deals.lines.rules import Sold, Terms, frozen_costs
from crm_shared.clock import utc_now
from crm_shared.db import aliases
from crm_shared.events import known_users

Put = Literal["created", "updated", "unchanged"]


@dataclass(frozen=True, slots=True)
class DealImport:
    """One deal of another system: its values with owner and stage, and its own dates.

    `values` name source_system and external_id, and the stage it stands in at the end. A closed
    deal began in `first_stage_id`, or in the pipeline's first stage.
    """

    values: Values
    created_at: datetime | None
    closed_at: datetime | None = None
    first_stage_id: UUID | None = None

    @property
    def name(self) -> tuple[str, str]:
        """The id under which the other system knows it."""
        return self.values["source_system"], self.values["external_id"]


@dataclass(frozen=True, slots=True)
class _Shelf:
    """What a whole batch needs, fetched once."""

    known: Catalogue
    sold: Mapping[UUID, Sold]
    teams: Mapping[UUID, UUID]
    currency: str
    today: date
    first_purchases: dict[UUID, datetime]


async def import_deals(
    session: AsyncSession, batch: Sequence[DealImport], *, currency: str
) -> list[Put]:
    """Bring a batch in, each deal once; what is here already is changed only where it differs.

    New deals cost one statement for the whole batch. Stages ask nothing of an imported deal.
    An error speaks of the first bad deal and leaves the batch to its caller's rollback.
    """
    batch = await _of_survivors(session, batch)
    here = await queries.find_deals_by_external_ids(session, {one.name for one in batch})
    shelf = await _shelf_for(session, batch, currency)
    beginnings: list[Beginning] = []
    done: list[Put] = []
    for row in batch:
        # a batch names each deal once: the rows of a file are told apart before
        deal = here.get(row.name)
        settled = await BOOK.settled(session, "deal", row.values, deal, by_label=True)
        one = replace(row, values=settled)
        if deal is None:
            beginning = _begin(shelf, one)
            asked = Asked(("create", "enter"), is_import=True)
            await pass_gates(session, shelf.known.guards, beginning.deal, asked)
            beginnings.append(beginning)
            done.append("created")
        else:
            done.append(await _bring_up_to_date(session, shelf, deal, one))
    await write_beginnings(session, beginnings)
    return done


async def _of_survivors(session: AsyncSession, batch: Sequence[DealImport]) -> Sequence[DealImport]:
    # a file may name who was merged since: a write to him goes to the survivor, as everywhere
    known = await aliases.survivors(session, _customers_of(batch))
    if not known:
        return batch
    return [
        replace(
            one,
            values={
                name: known.get(value, value) if name in preparing.CLIENTS else value
                for name, value in one.values.items()
            },
        )
        for one in batch
    ]


async def _shelf_for(session: AsyncSession, batch: Sequence[DealImport], currency: str) -> _Shelf:
    owners = {one.values["owner_id"] for one in batch if one.values.get("owner_id")}
    return _Shelf(
        # once for five hundred rows, and never older than the batch
        known=await catalogue.reload(session),
        sold=await preparing.products_in(session, [one.values for one in batch]),
        teams=await known_users.first_teams(session, owners) if owners else {},
        currency=currency,
        today=queries.today_of(session),
        first_purchases=await customers.first_purchases(session, _customers_of(batch)),
    )


def _begin(shelf: _Shelf, one: DealImport) -> Beginning:
    values = one.values
    stage = shelf.known.stage_to_start_in(values.get("pipeline_id"), values.get("stage_id"))
    # the latest it can have begun; `created_at_known` keeps it out of durations
    known_close = one.closed_at if stage.outcome != "open" else None
    created_at = one.created_at or known_close or utc_now()
    deal = new_deal(shelf.known, values, stage, created_at, currency=shelf.currency)
    # a file that knows days only gives hundreds one moment: each has a place of its own in them
    deal.rank = rank_beside(deal.rank, utc_now())
    deal.created_at_known = one.created_at is not None
    _fill(shelf, deal, values)
    # spreadsheets close deals before they begin: a history may not run backwards
    closed_at = max(known_close or created_at, created_at)
    _note_purchase(shelf, deal, closed_at if stage.outcome == "won" else None)
    plan = Plan(
        stage, shelf.known.first_open_stage(stage, one.first_stage_id), closed_at, shelf.today
    )
    return begin(shelf.known, deal, values, plan, checked=False)


def _note_purchase(shelf: _Shelf, deal: Deal, won_at: datetime | None) -> None:
    """Say whether the customer had bought when it began; a file tells its deals in their order."""
    named = [one for one in (deal.contact_id, deal.company_id) if one is not None]
    if named:
        first = [shelf.first_purchases[one] for one in named if one in shelf.first_purchases]
        deal.is_repeat = any(at <= deal.created_at for at in first)
    if won_at is not None and not deal.is_void:
        for one in named:
            shelf.first_purchases[one] = min(won_at, shelf.first_purchases.get(one, won_at))


def _customers_of(batch: Sequence[DealImport]) -> set[UUID]:
    names = preparing.CLIENTS
    return {id_ for one in batch for name in names if (id_ := one.values.get(name)) is not None}


async def _bring_up_to_date(
    session: AsyncSession, shelf: _Shelf, deal: Deal, one: DealImport
) -> Put:
    # put away here on purpose: a file that comes every night must not bring it back
    if deal.deleted_at is not None:
        raise ExternalIdTakenError
    # importing a won deal again does not recount what it cost on its day
    frozen = Terms(frozen_costs(deal.line_items)) if deal.outcome == "won" else None
    _fill(shelf, deal, one.values, frozen)
    stage = shelf.known.stages.get(one.values.get("stage_id") or deal.stage_id)
    # of an open deal systems tell when it is expected to close: no moment of anything that was
    closes = stage is not None and stage.outcome != "open" and stage.id != deal.stage_id
    moment = one.closed_at if closes else None
    # never before the revision before: what was written here since then happened later
    at = max(moment or utc_now(), deal.occurred_at)
    # the file says how it stands: it need not say that this reopens it
    values = {**one.values, "reopen": True}
    changed = await change(session, shelf.known, deal, values, at=at, checked=False)
    return "updated" if changed else "unchanged"


def _fill(shelf: _Shelf, deal: Deal, values: Values, terms: Terms | None = None) -> None:
    former = deal.owner_id
    currency = deal.currency
    preparing.fill(deal, values, shelf.sold, terms)
    if deal.currency != currency:
        round_to_currency(deal, values)
    if "team_id" not in values and deal.owner_id != former:
        deal.team_id = shelf.teams.get(deal.owner_id) if deal.owner_id else None
