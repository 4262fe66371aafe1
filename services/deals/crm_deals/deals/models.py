"""Rows of the deals feature and the rules they keep."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from crm_deals.base import Base
from crm_deals.deals.errors import DealClosedError, OtherPipelineError, UnknownStageError
from crm_deals.deals.rules import CompetitorEntry, Move, ReasonEntry, rank_of
from crm_deals.lines.rules import StoredLine
from crm_deals.pipelines.rules import StageEntry
from crm_shared.clock import utc_now
from crm_shared.db.types import Aggregate, Money, UtcDateTime
from crm_shared.nouns.columns import Customised, Tagged, custom_indexes, tag_index

CERTAIN = {"won": 100, "lost": 0}


# literal, so that the planner always knows which partial index is meant
UNDER_WAY = text("(outcome = 'open' AND deleted_at IS NULL AND is_void IS FALSE)")
HAS_PRODUCTS = text("(product_ids <> '{}'::uuid[])")
IS_HERE = text("deleted_at IS NULL")
HAS_PARTS = text("(contact_ids <> '[]'::jsonb)")


class Deal(Customised, Tagged, Aggregate, Base):
    """A sale in progress. Its line items and contacts live in the row: one revision covers all."""

    __tablename__ = "deals"
    __table_args__ = (
        # imports write past the bodies that check it
        CheckConstraint("probability_override BETWEEN 0 AND 100", name="probability"),
        Index(
            "uq_deals_external",
            "source_system",
            "external_id",
            unique=True,
            postgresql_where=text("external_id IS NOT NULL"),
        ),
        Index("ix_deals_created_at_id", "created_at", "id"),
        # who keeps a copy asks for what has changed since he asked last
        Index("ix_deals_updated_at_id", "updated_at", "id"),
        # each scope and the board read newest first: found in order, nothing is sorted
        Index("ix_deals_stage_id_created_at_id", "stage_id", "created_at", "id"),
        Index("ix_deals_owner_id_created_at_id", "owner_id", "created_at", "id"),
        Index(
            "ix_deals_owner_id_stage_id_created_at_id", "owner_id", "stage_id", "created_at", "id"
        ),
        Index("ix_deals_team_id_created_at_id", "team_id", "created_at", "id"),
        # the board: the first cards of each column, everybody's or one's own, in order
        # without the pipeline, which its stage says: the rest of a column is asked for so
        Index("ix_deals_board", "stage_id", "rank", "id", postgresql_where=IS_HERE),
        Index("ix_deals_own_board", "owner_id", "stage_id", "rank", "id", postgresql_where=IS_HERE),
        Index(
            "ix_deals_source_lead_id",
            "source_lead_id",
            postgresql_where=text("source_lead_id IS NOT NULL"),
        ),
        Index("ix_deals_contact_id", "contact_id", postgresql_where=text("contact_id IS NOT NULL")),
        Index("ix_deals_company_id", "company_id", postgresql_where=text("company_id IS NOT NULL")),
        # what jobs walk every minute, however many deals are closed
        Index("ix_deals_under_way", "id", postgresql_where=UNDER_WAY),
        Index(
            "ix_deals_product_ids",
            "product_ids",
            postgresql_using="gin",
            # no list of what is pending, that some move would have to sort in one day
            postgresql_with={"fastupdate": "off"},
            postgresql_where=HAS_PRODUCTS,
        ),
        Index(
            "ix_deals_contact_ids",
            "contact_ids",
            postgresql_using="gin",
            postgresql_ops={"contact_ids": "jsonb_path_ops"},
            postgresql_with={"fastupdate": "off"},
            postgresql_where=HAS_PARTS,
        ),
        # a move writes every index of its row: those who have no tags and no fields pay nothing
        tag_index("deals"),
        *custom_indexes("deals"),
    )

    title: Mapped[str] = mapped_column(String(300))
    owner_id: Mapped[UUID | None]
    team_id: Mapped[UUID | None]
    contact_id: Mapped[UUID | None]
    # in the row and not in a table: who takes part changes with the deal's revision, under one
    # If-Match
    contact_ids: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    company_id: Mapped[UUID | None]
    pipeline_id: Mapped[UUID] = mapped_column(ForeignKey("pipelines.id"))
    stage_id: Mapped[UUID] = mapped_column(ForeignKey("stages.id"))
    outcome: Mapped[str] = mapped_column(String(8), default="open")
    amount: Mapped[Decimal | None] = mapped_column(Money)
    expected_amount: Mapped[Decimal | None] = mapped_column(Money)
    currency: Mapped[str] = mapped_column(String(3))
    expected_close_date: Mapped[date | None] = mapped_column(Date)
    probability_override: Mapped[int | None] = mapped_column(SmallInteger)
    channel: Mapped[str | None] = mapped_column(String(64))
    source: Mapped[str | None] = mapped_column(String(64))
    line_items: Mapped[list[StoredLine]] = mapped_column(JSONB, default=list)
    discount: Mapped[dict[str, str] | None] = mapped_column(JSONB(none_as_null=True))
    # of the lines, beside them: an index into a document's ids would be read for every line
    product_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list)
    reason_id: Mapped[UUID | None] = mapped_column(ForeignKey("reasons.id"))
    reason_note: Mapped[str | None] = mapped_column(Text)
    price_list_id: Mapped[UUID | None] = mapped_column(ForeignKey("price_lists.id"))
    competitor_id: Mapped[UUID | None] = mapped_column(ForeignKey("competitors.id"))
    credits: Mapped[list[dict[str, str]]] = mapped_column(
        JSONB, default=list, server_default=text("'[]'::jsonb")
    )
    # false: the file had no date, and figures of duration leave the deal out
    created_at_known: Mapped[bool] = mapped_column(default=True)
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    stage_entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    won_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lost_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # survives reopening: a repeat sale stays one when the first is reopened
    first_won_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    agreed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_repeat: Mapped[bool | None]
    is_customer_unreliable: Mapped[bool | None]
    copied_from_id: Mapped[UUID | None]
    is_void: Mapped[bool] = mapped_column(default=False)
    source_lead_id: Mapped[UUID | None]
    is_pipeline_assumed: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    rank: Mapped[Decimal] = mapped_column(
        Numeric,
        default=lambda: rank_of(utc_now()),
        server_default=text("EXTRACT(epoch FROM now())"),
    )
    rotting_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    overdue_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def stands_in(
        self,
        stage: StageEntry,
        reason: ReasonEntry | None,
        competitor: CompetitorEntry | None = None,
    ) -> None:
        """Tell the row what its stage, its reason and its competitor mean; every query does so."""
        self._stage, self._reason, self._competitor = stage, reason, competitor

    def read_on(self, today: date) -> None:
        """Tell the row which day it is where the company works."""
        self._today = today

    @property
    def stage(self) -> StageEntry:
        """The stage the deal stands in."""
        return self._stage

    @property
    def stage_label(self) -> str:
        """The label of the stage."""
        return self._stage.label

    @property
    def reason_label(self) -> str | None:
        """The label of the reason it was closed with."""
        return self._reason.label if self._reason else None

    @property
    def reason_group(self) -> str | None:
        """The group of the reason it was closed with."""
        return self._reason.group if self._reason else None

    @property
    def reason_department(self) -> str | None:
        """The department that the reason it was closed with concerns."""
        return self._reason.department if self._reason else None

    @property
    def competitor_label(self) -> str | None:
        """The label of the competitor it was lost to."""
        return self._competitor.label if self._competitor else None

    @property
    def probability(self) -> int:
        """How likely it is to be won: certain when closed, else its own estimate or the stage's."""
        if self.outcome in CERTAIN:
            return CERTAIN[self.outcome]
        override = self.probability_override
        return self._stage.probability if override is None else override

    def move_to(self, move: Move) -> StageEntry:
        """Put the deal into another stage of its pipeline, or of any; return the stage it left."""
        if move.stage.pipeline_id != self.pipeline_id and not move.across:
            raise OtherPipelineError
        if move.stage.is_archived:
            raise UnknownStageError
        if self.outcome != "open" and not move.reopen:
            raise DealClosedError(self.id)
        left = self._stage
        self.enter(move)
        return left

    def enter(self, move: Move) -> None:
        """Stand in a stage from `move.at` on, with everything that follows from its outcome."""
        outcome = move.stage.outcome
        is_closed = outcome != "open"
        reason = move.reason if is_closed else None
        competitor = move.competitor if outcome == "lost" else None
        self.stands_in(move.stage, reason, competitor)
        self.stage_id = move.stage.id
        self.pipeline_id = move.stage.pipeline_id
        self.outcome = outcome
        self.stage_entered_at = move.at
        self.reason_id = reason.id if reason else None
        self.competitor_id = competitor.id if competitor else None
        self.reason_note = move.reason_note if is_closed else None
        self.closed_at = move.at if is_closed else None
        self.won_at = move.at if outcome == "won" else None
        self.lost_at = move.at if outcome == "lost" else None
        if outcome == "won" and self.first_won_at is None:
            self.first_won_at = move.at
        if self.agreed_at is None and (move.stage.is_agreed or outcome == "won"):
            self.agreed_at = move.at
        self.rotting_at = None
        if is_closed:
            self.overdue_at = None

    @property
    def broken_down(self) -> bool:
        """Whether it was lost after it had been agreed."""
        return self.outcome == "lost" and self.agreed_at is not None

    @property
    def is_rotting(self) -> bool:
        """Whether it has stood in its stage for longer than the stage allows."""
        days = self._stage.rotting_days
        if self.outcome != "open" or days is None:
            return False
        return utc_now() - self.stage_entered_at >= timedelta(days=days)

    @property
    def is_overdue(self) -> bool:
        """Whether it is still open after the day on which it should have closed."""
        due = self.expected_close_date
        return self.outcome == "open" and due is not None and due < self._today

    def note_states(self, at: datetime) -> None:
        """Note what it has come to be without announcing it: the changes of a mass are silent."""
        self.rotting_at = (self.rotting_at or at) if self.is_rotting else None
        self.overdue_at = (self.overdue_at or at) if self.is_overdue else None


class OfDeal(Aggregate):
    """Columns of what hangs on a deal: who may see the deal may see it."""

    @declared_attr
    @classmethod
    def deal_id(cls) -> Mapped[UUID | None]:
        """The deal; a record without one belongs to its own owner."""
        return mapped_column(ForeignKey("deals.id"), index=True)

    contact_id: Mapped[UUID | None] = mapped_column(index=True)
    company_id: Mapped[UUID | None] = mapped_column(index=True)
    owner_id: Mapped[UUID | None] = mapped_column(index=True)
    team_id: Mapped[UUID | None]
    note: Mapped[str | None] = mapped_column(Text)


class StageMove(Base):
    """One entry of a deal into a stage: the source of truth for funnels and durations."""

    __tablename__ = "stage_moves"
    __table_args__ = (PrimaryKeyConstraint("deal_id", "revision"),)

    deal_id: Mapped[UUID]
    revision: Mapped[int] = mapped_column(Integer)
    from_stage_id: Mapped[UUID | None]
    to_stage_id: Mapped[UUID]
    outcome: Mapped[str] = mapped_column(String(8))
    reason_id: Mapped[UUID | None]
    is_reopening: Mapped[bool] = mapped_column(default=False)
    actor_id: Mapped[UUID]
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
