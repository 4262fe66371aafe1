"""Stages and reasons as this process knows them: read together, replaced whole, never changed.

A move names the pipeline revision that it was checked against, and the write refuses another
one; so an entry that has aged can delay a move, but never let a wrong one through.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import Pool, Row
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.approval_policies.rules import PolicyEntry
from crm_deals.approval_policies.use_cases import read_policies
from crm_deals.competitors import queries as competitors
from crm_deals.configuration.queries import guard_mark
from crm_deals.customs.catalogue import BOOK
from crm_deals.deals.errors import (
    NoPipelineError,
    OtherPipelineError,
    UnknownCompetitorError,
    UnknownReasonError,
    UnknownStageError,
)
from crm_deals.deals.models import Deal
from crm_deals.deals.rules import CompetitorEntry, ReasonEntry
from crm_deals.pipelines import queries as pipelines
from crm_deals.pipelines.rules import StageEntry
from crm_deals.reasons import queries as reasons
from crm_deals.validations.use_cases import read_validations
from crm_shared.filters import Fields, parse_surviving
from crm_shared.nouns.fields import PREFIX, custom_name
from crm_shared.validations.rules import ValidationEntry

# long enough that a busy process reads it once for hundreds of moves, short for a person who
# changes a stage
FRESH_FOR_S = 2.0


@dataclass(frozen=True, slots=True)
class PipelineEntry:
    """A pipeline as the process knows it, its stages in order."""

    id: UUID
    revision: int
    currency: str | None
    is_default: bool
    unreliable_customers: str
    stages: tuple[StageEntry, ...]

    @property
    def first_stage(self) -> StageEntry:
        """The stage in which deals begin."""
        for stage in self.stages:
            if stage.outcome == "open" and not stage.is_archived:
                return stage
        raise NoPipelineError


@dataclass(frozen=True, slots=True)
class Guards:
    """What the company's own rules forbid or let wait; without any of them there is nothing."""

    mark: int = 0
    validations: tuple[ValidationEntry, ...] = ()
    policies: tuple[PolicyEntry, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.validations or self.policies)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that a deal's ids may mean."""

    pipelines: Mapping[UUID, PipelineEntry]
    stages: Mapping[UUID, StageEntry]
    reasons: Mapping[UUID, ReasonEntry]
    competitors: Mapping[UUID, CompetitorEntry]
    guards: Guards
    read_at: float

    def stamp(self, pipeline_id: UUID) -> tuple[int, int]:
        """Return what a move of this pipeline is checked against: its revision, and the mark."""
        return self.pipelines[pipeline_id].revision, self.guards.mark

    def stage_to_start_in(self, pipeline_id: UUID | None, stage_id: UUID | None) -> StageEntry:
        """Return the stage that a new deal asks for; without ids, the default pipeline's first."""
        if stage_id is not None:
            stage = self.stages.get(stage_id)
            if stage is None or stage.is_archived:
                raise UnknownStageError
            # a stage says its pipeline: both named and different is a mistake, not a choice
            if pipeline_id not in (None, stage.pipeline_id):
                raise OtherPipelineError
            return stage
        if pipeline_id is not None:
            pipeline = self.pipelines.get(pipeline_id)
            if pipeline is None:
                raise UnknownStageError(pointer="/pipeline_id")
            return pipeline.first_stage
        default = next((one for one in self.pipelines.values() if one.is_default), None)
        if default is None:
            raise NoPipelineError
        return default.first_stage

    def first_open_stage(self, stage: StageEntry, wanted_id: UUID | None = None) -> StageEntry:
        """Return where a deal begins that ends up in `stage`: there, if that is open."""
        if stage.outcome == "open":
            return stage
        if wanted_id is None:
            return self.pipelines[stage.pipeline_id].first_stage
        wanted = self.stages.get(wanted_id)
        if wanted is None or wanted.outcome != "open":
            raise UnknownStageError
        if wanted.pipeline_id != stage.pipeline_id:
            raise OtherPipelineError
        return wanted

    def reason(self, reason_id: UUID | None, outcome: str) -> ReasonEntry | None:
        """Return the reason named for closing with `outcome`."""
        if reason_id is None:
            return None
        reason = self.reasons.get(reason_id)
        if reason is None or reason.is_deleted or reason.outcome != outcome:
            raise UnknownReasonError(outcome)
        return reason

    def competitor(self, competitor_id: UUID | None, outcome: str) -> CompetitorEntry | None:
        """Return the competitor named for losing."""
        if competitor_id is None:
            return None
        competitor = self.competitors.get(competitor_id)
        if competitor is None or competitor.is_deleted or outcome != "lost":
            raise UnknownCompetitorError
        return competitor

    def explains(self, deal: Deal) -> bool:
        """Tell whether everything that the deal's ids name is known."""
        return (
            deal.stage_id in self.stages
            and (deal.reason_id is None or deal.reason_id in self.reasons)
            and (deal.competitor_id is None or deal.competitor_id in self.competitors)
        )

    def has_reasons_for(self, outcome: str) -> bool:
        """Tell whether somebody may be asked for a reason: whether there is one to name."""
        return any(one.outcome == outcome and not one.is_deleted for one in self.reasons.values())


# by pool and not by process: tests and tools talk to several databases in one
_known: WeakKeyDictionary[Pool, Catalogue] = WeakKeyDictionary()


async def current(session: AsyncSession) -> Catalogue:
    """Return the catalogue, at most two seconds old."""
    known = _known.get(_pool_of(session))
    if known is not None and monotonic() - known.read_at < FRESH_FOR_S:
        return known
    return await reload(session)


async def knowing(
    session: AsyncSession,
    *,
    stage_id: UUID | None = None,
    reason_id: UUID | None = None,
    competitor_id: UUID | None = None,
) -> Catalogue:
    """Return a catalogue that knows these ids, if the database does."""
    known = await current(session)
    is_behind = (
        (stage_id is not None and stage_id not in known.stages)
        or (reason_id is not None and reason_id not in known.reasons)
        or (competitor_id is not None and competitor_id not in known.competitors)
    )
    return await reload(session) if is_behind else known


async def for_writing(
    session: AsyncSession,
    *,
    stage_id: UUID | None = None,
    reason_id: UUID | None = None,
    competitor_id: UUID | None = None,
) -> Catalogue:
    """Return a catalogue of this moment that knows these ids, if the database does."""
    known = await knowing(
        session, stage_id=stage_id, reason_id=reason_id, competitor_id=competitor_id
    )
    return await guarded(session, known)


async def guarded(session: AsyncSession, known: Catalogue) -> Catalogue:
    """Return a catalogue whose guards and stages are those of this moment.

    For every write whose statement does not compare them itself: a stage that was archived a
    second ago takes no deal any more.
    """
    marks = await pipelines.marks_now(session)
    is_fresh = marks == (known.guards.mark, sum(one.revision for one in known.pipelines.values()))
    return known if is_fresh else await reload(session)


async def reload(session: AsyncSession) -> Catalogue:
    """Read the catalogue anew."""
    former = _known.get(_pool_of(session))
    await BOOK.reload(session, "deal")
    guards = await _guards(session, former.guards if former else Guards())
    # before the stages: those can only be newer than it says, and a write finds that out
    rows = await pipelines.list_pipeline_rows(session)
    stages: dict[UUID, list[StageEntry]] = {}
    askable = await pipelines.fields_to_ask_for(session)
    for row in await pipelines.list_stage_rows(session):
        stages.setdefault(row.pipeline_id, []).append(_stage_entry(row, askable))
    fresh = Catalogue(
        pipelines={
            row.id: PipelineEntry(
                id=row.id,
                revision=row.revision,
                currency=row.currency,
                is_default=row.is_default,
                unreliable_customers=row.unreliable_customers,
                stages=tuple(stages.get(row.id, ())),
            )
            for row in rows
        },
        stages={entry.id: entry for entries in stages.values() for entry in entries},
        reasons={row.id: _reason_of(row) for row in await reasons.list_reason_rows(session)},
        competitors={
            row.id: CompetitorEntry(row.id, row.label, row.deleted_at is not None)
            for row in await competitors.list_competitor_rows(session)
        },
        guards=guards,
        read_at=monotonic(),
    )
    _known[_pool_of(session)] = fresh
    return fresh


async def _guards(session: AsyncSession, former: Guards) -> Guards:
    # the mark is read first: entries can only be newer than it says, and a move finds that out
    # the definitions are compiled: as long as the mark stands they are those from before
    mark = await guard_mark(session)
    if mark == former.mark:
        return former
    return Guards(mark, await read_validations(session), await read_policies(session))


def _pool_of(session: AsyncSession) -> Pool:
    # every engine of a database, autocommit or not, has the same pool: it stands for the database
    bind = session.bind
    if bind is None:
        raise TypeError("a session without a database")
    return bind.engine.pool


def _stage_entry(row: Row[*tuple[Any, ...]], fields: Fields) -> StageEntry:
    # a demand for a field that was archived since asks for nothing: deals must go on
    known = {custom_name(name) for name in fields if name.startswith(PREFIX)}
    demanded = [n for n in row.required_fields if not n.startswith(PREFIX) or n in known]
    return StageEntry(
        id=row.id,
        pipeline_id=row.pipeline_id,
        label=row.label,
        position=row.position,
        probability=row.probability,
        outcome=row.outcome,
        rotting_days=row.rotting_days,
        is_agreed=row.is_agreed,
        required_fields=tuple(demanded),
        requirements=parse_surviving(row.requirements, fields)[0] if row.requirements else None,
        fields=fields,
        is_archived=row.archived_at is not None or row.deleted_at is not None,
    )


def _reason_of(row: Row[Any]) -> ReasonEntry:
    return ReasonEntry(
        row.id,
        row.label,
        row.outcome,
        is_deleted=row.deleted_at is not None,
        group=row.group,
        department=row.department,
    )
