"""One batch of rows: read, find what they refer to, check, write, and tell what became of each."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from sqlalchemy.exc import DataError, IntegrityError

from crm_shared.errors import InvalidError, ServiceError
from crm_shared.imports import references
from crm_shared.imports.nouns import Desk, Noun, Outcome, gathered
from crm_shared.imports.plan import Draft, Fault, Plan, field_errors_of
from crm_shared.imports.reader import Taken

REFUSALS = (ServiceError, IntegrityError, DataError)
_REPEATED = "An earlier row of the file has this external id."


@dataclass(slots=True)
class Result:
    """What became of a batch."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)

    def refuse(self, faults: Sequence[Fault]) -> None:
        """Count one row as failed, for these reasons."""
        self.counts["failed"] += 1
        self.faults += faults


@dataclass(frozen=True, slots=True)
class _Ready:
    draft: Draft
    checked: Any


@dataclass(frozen=True, slots=True)
class Batch:
    """The work on one batch."""

    desk: Desk
    noun: Noun
    plan: Plan
    dry_run: bool

    async def bring_in(
        self, rows: Sequence[Taken], *, skips: bool, may_wait: bool
    ) -> Result | None:
        """Bring rows in; None when they refer to what may still arrive from another service."""
        result = Result()
        result.counts["rows_done"] = len(rows)
        drafts = []
        for row in rows:
            if not row.is_repeated:
                drafts.append(self.plan.draft(row.number, row.cells))
            elif skips:
                result.counts["skipped"] += 1
            else:
                column = self.plan.column_of("external_id")
                result.refuse([Fault(row.number, column, "repeated-external-id", _REPEATED)])
        missing = await references.find_all(self.desk, self.noun.finders, drafts)
        if may_wait and any(self.noun.finders[wanted.of].is_foreign for _, wanted in missing):
            return None
        references.note_missing(missing)
        await self._put(self._checked(drafts, result), result)
        result.faults.sort(key=lambda fault: fault.row or 0)
        return result

    def _checked(self, drafts: Sequence[Draft], result: Result) -> list[_Ready]:
        ready = []
        for draft in drafts:
            if draft.faults:
                result.refuse(draft.faults)
                continue
            named = {"source_system": self.desk.system, "external_id": draft.external_id}
            try:
                checked = self.noun.check(self.desk, {**gathered(draft.values), **named})
            except (ValidationError, InvalidError) as refused:
                result.refuse(self.plan.faults_of(draft.row, refused))
            else:
                ready.append(_Ready(draft, checked))
        return ready

    async def _put(self, ready: Sequence[_Ready], result: Result) -> None:
        if not ready:
            return
        trial = await self.desk.session.begin_nested() if self.dry_run else None
        outcomes = await self._write(ready)
        if trial is not None:
            await trial.rollback()
        for one, outcome in zip(ready, outcomes, strict=True):
            if isinstance(outcome, str):
                result.counts[outcome] += 1
            else:
                result.refuse(self.plan.told(one.draft.row, outcome))
        # nothing of this batch is looked at again
        self.desk.session.expunge_all()

    async def _write(self, ready: Sequence[_Ready]) -> list[Outcome]:
        """Write all, or find out by halves which rows are refused."""
        session = self.desk.session
        try:
            async with session.begin_nested():
                return list(await self.noun.write(self.desk, [one.checked for one in ready]))
        except REFUSALS as refused:
            session.expunge_all()
            if len(ready) == 1:
                return [field_errors_of(refused)]
        middle = len(ready) // 2
        return [*await self._write(ready[:middle]), *await self._write(ready[middle:])]
