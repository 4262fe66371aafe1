"""Scripts, and how far each client has been taken through one."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_contacts.base import Base
from crm_contacts.scripts.errors import NotThisStepError, UnknownAnswerError
from crm_contacts.scripts.rules import Step, find_step, next_key
from crm_shared.db.types import Aggregate, UtcDateTime


class Script(Aggregate, Base):
    """Steps for contacts, leads or deals of one status; its version is its revision."""

    __tablename__ = "scripts"
    __table_args__ = (Index("ix_scripts_noun_status", "noun", "status"),)

    name: Mapped[str] = mapped_column(String(200))
    noun: Mapped[str] = mapped_column(String(10))
    status: Mapped[str | None] = mapped_column(String(100))
    is_active: Mapped[bool]
    priority: Mapped[int]
    steps: Mapped[list[Step]] = mapped_column(JSONB)


class ScriptRun(Aggregate, Base):
    """One record on its way through one script, by the steps of the version it began with."""

    __tablename__ = "script_runs"
    __table_args__ = (
        UniqueConstraint("script_id", "record_id"),
        Index("ix_script_runs_record_id", "record_id"),
    )

    script_id: Mapped[UUID]
    script_version: Mapped[int]
    noun: Mapped[str] = mapped_column(String(10))
    record_id: Mapped[UUID]
    step: Mapped[str | None] = mapped_column(String(40))
    steps: Mapped[list[Step]] = mapped_column(JSONB)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def complete(self, key: str, answer: str | None, *, at: datetime) -> Step:
        """Complete the step that is next, and go where the answer leads; returns that step."""
        if key != self.step:
            raise NotThisStepError(self.step)
        step = find_step(self.steps, key)
        answers = [one["key"] for one in step["answers"]]
        if (answer is None) == bool(answers) or (answers and answer not in answers):
            raise UnknownAnswerError(answers)
        self.step = next_key(self.steps, step, answer)
        if self.step is None:
            self.finished_at = at
        return step


class CompletedStep(Base):
    """A step that somebody completed, with what the client answered; rows are only added."""

    __tablename__ = "completed_steps"
    __table_args__ = (Index("ix_completed_steps_script_id_step", "script_id", "step"),)

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    script_id: Mapped[UUID]
    script_version: Mapped[int]
    step: Mapped[str] = mapped_column(String(40))
    answer: Mapped[str | None] = mapped_column(String(40))
    user_id: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
