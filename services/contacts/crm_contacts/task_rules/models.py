"""Task rules: which event asks for which tasks."""

from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_contacts.base import Base
from crm_shared.db.types import Aggregate
from crm_shared.events.rules import RuleColumns


class TaskRule(Aggregate, RuleColumns, Base):
    """When an event of this type comes and the conditions hold, the tasks are made, once."""

    __tablename__ = "task_rules"
    __table_args__ = (UniqueConstraint("source_system", "external_id"),)

    tasks: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    actions: Mapped[list[dict[str, Any]]] = mapped_column(
        JSONB, default=list, server_default=text("'[]'::jsonb")
    )
    close_open_tasks_of_left_stage: Mapped[bool] = mapped_column(default=False)


class DealMark(Base):
    """The latest stage change of a deal seen here: a late one makes no task for a left stage."""

    __tablename__ = "deal_marks"

    deal_id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int]


class TaskRuleTurn(Base):
    """Whose turn it is when a rule gives records to people one after the other."""

    __tablename__ = "task_rule_turns"

    rule_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int]
