"""What can be done with scripts."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.events import (
    ScriptCreated,
    ScriptDeleted,
    ScriptFacts,
    ScriptRunFacts,
    ScriptStepCompleted,
    ScriptUpdated,
)
from crm_contacts.scripts import queries
from crm_contacts.scripts.models import CompletedStep, Script, ScriptRun
from crm_contacts.scripts.rules import check_steps
from crm_contacts.versions.use_cases import announce, changes_told
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.events import outbox
from crm_shared.ids import new_id

Values = Mapping[str, Any]


async def create_script(session: AsyncSession, values: Values) -> Script:
    """Write a script; clients of its status are offered its first step from now on."""
    script = Script(id=new_id(), created_at=utc_now())
    _apply(script, {"status": None, "is_active": True, "priority": 0, **values})
    session.add(script)
    await announce(session, script, ScriptCreated(script=facts_of(script), changed=[], previous={}))
    return script


async def update_script(session: AsyncSession, script: Script, values: Values) -> Script:
    """Change a script; who is in the midst of it goes on by the version he began with."""
    _apply(script, values)
    if changes := changes_told(script, ScriptFacts):
        told = ScriptUpdated(
            script=facts_of(script), changed=changes.changed, previous=changes.previous
        )
        await announce(session, script, told)
    return script


async def delete_script(session: AsyncSession, script: Script) -> None:
    """Remove a script; what was completed stays counted."""
    script.deleted_at = utc_now()
    told = ScriptDeleted(script=facts_of(script), changed=["deleted_at"], previous={})
    await announce(session, script, told)


async def complete_step(
    session: AsyncSession,
    access: Access,
    script: Script,
    record_id: UUID,
    *,
    step: str,
    answer: str | None,
) -> ScriptRun:
    """Complete the step that is next for a record; the first one begins the script for it."""
    subject = await queries.subject_of(session, access, script.noun, record_id)
    run = await _run_of(session, script, subject)
    now = utc_now()
    run.complete(step, answer, at=now)
    done = {"run_id": run.id, "script_id": script.id, "script_version": run.script_version}
    # the run is held: two who complete a step at once get two numbers
    number = await queries.last_number(session, run.id) + 1
    session.add(
        CompletedStep(
            **done, number=number, step=step, answer=answer, user_id=access.actor.id, at=now
        )
    )
    changes = outbox.changes_of(run, ScriptRunFacts)
    told = ScriptStepCompleted(
        script_run=ScriptRunFacts.model_validate(run),
        step=step,
        answer=answer,
        changed=changes.changed,
        previous=changes.previous,
    )
    await outbox.record(session, run, told)
    return run


async def _run_of(session: AsyncSession, script: Script, subject: queries.Subject) -> ScriptRun:
    run = await queries.find_run(session, script.id, subject, hold=True)
    if run is not None:
        return run
    now = utc_now()
    begun = insert(ScriptRun).values(
        id=new_id(),
        revision=0,
        created_at=now,
        updated_at=now,
        script_id=script.id,
        script_version=script.revision,
        noun=script.noun,
        record_id=subject.id,
        step=script.steps[0]["key"],
        # copied: a script that is changed meanwhile does not move the ground under a conversation
        steps=script.steps,
    )
    # two callers at once: one begins it, and both wait for the row
    await session.execute(begun.on_conflict_do_nothing())
    run = await queries.find_run(session, script.id, subject, hold=True)
    assert run is not None  # noqa: S101 - written just now, and never deleted
    return run


def facts_of(script: Script) -> ScriptFacts:
    return ScriptFacts.model_validate(script)


def _apply(script: Script, values: Values) -> None:
    for name, value in values.items():
        setattr(script, name, value)
    check_steps(script.steps)
