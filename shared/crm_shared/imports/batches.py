"""One batch of rows: read, find what they refer to, check, write, and tell what became of each."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.exc import DataError, IntegrityError

from crm_shared.errors import InvalidError, ServiceError
from crm_shared.imports import references
from crm_shared.imports.nouns import Desk, Noun, Outcome, gathered
from crm_shared.imports.plan import Draft, Fault, Plan, field_errors_of
from crm_shared.imports.reader import Taken
from crm_shared.imports.tables import ImportTables
from crm_shared.imports.undoing import Witness, note_changes, witnessing

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
    when_missing: str = "create"
    keeping: tuple[ImportTables, UUID] | None = None

    async def bring_in(
        self, rows: Sequence[Taken], *, skips: bool, may_wait: bool
    ) -> Result | None:
        """Bring rows in; None when they refer to what may still arrive from another service."""
        result = Result()
        result.counts["rows_done"] = len(rows)
        drafts = []
        for row in rows:
            if self.plan.is_passed_over(row.cells):
                result.counts["skipped"] += 1
            elif not row.is_repeated:
                drafts.append(self.plan.draft(row.number, row.cells))
            elif skips:
                result.counts["skipped"] += 1
            else:
                column = self.plan.column_of("key") or self.plan.column_of("external_id")
                result.refuse([Fault(row.number, column, "repeated-external-id", _REPEATED)])
        drafts = await self._met(drafts, result)
        missing = await references.find_all(self.desk, self.noun.finders, drafts)
        if may_wait and any(self.noun.finders[wanted.of].is_foreign for _, wanted in missing):
            return None
        references.note_missing(missing)
        await self._put(self._checked(drafts, result), result)
        result.faults.sort(key=lambda fault: fault.row or 0)
        return result

    async def _met(self, drafts: Sequence[Draft], result: Result) -> list[Draft]:
        """Find the records that keys name; a row may be ambiguous, or not wanted without one."""
        by = self.plan.key_by
        if by is None:
            return list(drafts)
        found = await self.noun.keys[by](self.desk, {one.key for one in drafts if one.key})
        kept = []
        for draft in drafts:
            ids = found.get(draft.key, ()) if draft.key else ()
            if len(ids) > 1:
                draft.faults.append(self._key_fault(draft, "ambiguous-key", "Several have it."))
            elif ids:
                draft.record_id = ids[0]
            elif draft.key and self.when_missing == "error":
                draft.faults.append(self._key_fault(draft, "unknown-key", "Nothing has it."))
            elif draft.key and self.when_missing == "skip":
                result.counts["skipped"] += 1
                continue
            kept.append(draft)
        return kept

    def _key_fault(self, draft: Draft, code: str, detail: str) -> Fault:
        return Fault(draft.row, self.plan.column_of("key"), code, detail)

    def _named(self, draft: Draft) -> dict[str, Any]:
        # a record that a key has found keeps the name it has elsewhere
        if draft.record_id is not None:
            return {"record_id": draft.record_id}
        if not draft.external_id:
            return {}
        return {"source_system": self.desk.system, "external_id": draft.external_id}

    def _checked(self, drafts: Sequence[Draft], result: Result) -> list[_Ready]:
        ready = []
        for draft in drafts:
            if draft.faults:
                result.refuse(draft.faults)
                continue
            named = self._named(draft)
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
        witness = Witness()
        outcomes = await self._write(ready, witness)
        if self.keeping is not None:
            tables, import_id = self.keeping
            drafts = [one.draft for one in ready]
            await note_changes(self.desk, self.noun, tables, import_id, drafts, witness)
        if trial is not None:
            await trial.rollback()
        for one, outcome in zip(ready, outcomes, strict=True):
            if isinstance(outcome, str):
                result.counts[outcome] += 1
            else:
                result.refuse(self.plan.told(one.draft.row, outcome))
        # nothing of this batch is looked at again
        self.desk.session.expunge_all()

    async def _write(self, ready: Sequence[_Ready], witness: Witness) -> list[Outcome]:
        """Write all, or find out by halves which rows are refused."""
        session = self.desk.session
        try:
            async with session.begin_nested():
                with witnessing() as trial:
                    done = list(await self.noun.write(self.desk, [one.checked for one in ready]))
            witness.adopt(trial)
            return done
        except REFUSALS as refused:
            session.expunge_all()
            if len(ready) == 1:
                return [field_errors_of(refused)]
        middle = len(ready) // 2
        first = await self._write(ready[:middle], witness)
        return [*first, *await self._write(ready[middle:], witness)]
