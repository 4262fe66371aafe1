"""Trying a rule on a deal: everything is done, shown and taken back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import to_jsonable_python
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.approval_policies.errors import ApprovalNeededError
from crm_deals.deal_rules import queries
from crm_deals.deal_rules.models import BY_TIME, DealRule
from crm_deals.deal_rules.use_cases.acting import act
from crm_deals.deal_rules.use_cases.timing import due_for
from crm_deals.deals.models import Deal
from crm_deals.deals.use_cases.announcements import facts_of
from crm_shared.errors import FieldError, ServiceError
from crm_shared.filters import matches, parse_surviving
from crm_shared.http.hiding import hidden_of
from crm_shared.policies import covers


@dataclass(frozen=True, slots=True)
class Trial:
    """What a rule would do to a deal."""

    conditions_hold: bool
    would_act: bool
    archives: bool = False
    reason: str | None = None
    errors: list[FieldError] = field(default_factory=list)
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    due_now: int | None = None


class _TakenBack(Exception):
    """Ends a trial: nothing of it stays."""


async def try_rule(
    session: AsyncSession, rule: DealRule, deal: Deal, *, event: Mapping[str, Any] | None
) -> Trial:
    """Return what the rule would do to the deal now; `event` stands for the one it waits for."""
    facts = facts_of(deal).model_dump(mode="json")
    by_time = rule.event_type == BY_TIME
    fields = await queries.fields_of_rule(session, rule.event_type)
    itself = {**facts, "id": str(deal.id), "custom": deal.all_fields}
    told = itself if by_time else _told(deal, facts, event)
    conditions, faults = parse_surviving(rule.conditions, fields)
    holds = not faults and matches(conditions, fields, told)
    due = await queries.count_due(session, await due_for(session, rule)) if by_time else None
    if rule.pipeline_id not in (None, deal.pipeline_id):
        return Trial(holds, False, reason="other-pipeline", due_now=due)
    if not holds:
        return Trial(False, False, reason="conditions", due_now=due)
    return await _tried(session, rule, deal, facts, due)


async def _tried(
    session: AsyncSession, rule: DealRule, deal: Deal, before: dict[str, Any], due: int | None
) -> Trial:
    tried: Trial | None = None
    hidden = hidden_of("deal")
    try:
        async with session.begin_nested():
            changed = await act(session, rule, deal)
            after = facts_of(deal).model_dump(mode="json")
            changes = {
                name: (before[name], after[name])
                for name in after
                # what a rule would do must not tell the value of a field that is hidden from
                # whoever tries it
                if after[name] != before[name] and not covers(hidden, name)
            }
            why = None if changed else "nothing-to-change"
            gone = deal.deleted_at is not None
            tried = Trial(True, changed, gone, why, changes=changes, due_now=due)
            # the only way out of the savepoint that undoes it: a trial may not leave as much as a
            # run
            raise _TakenBack
    except _TakenBack:
        pass
    except ApprovalNeededError as needed:
        tried = Trial(True, False, reason=needed.problem, due_now=due)
    except ServiceError as refused:
        faults = list(refused.errors)
        tried = Trial(True, False, reason=refused.problem, errors=faults, due_now=due)
    if tried is None:
        raise RuntimeError("a trial ended without a result")
    return tried


def _told(deal: Deal, facts: dict[str, Any], event: Mapping[str, Any] | None) -> dict[str, Any]:
    stage = to_jsonable_python(
        {
            "id": deal.stage.id,
            "label": deal.stage.label,
            "position": deal.stage.position,
            "probability": deal.stage.probability,
            "outcome": deal.stage.outcome,
        }
    )
    # no event is at hand: the deal as it is stands for both sides of a move
    given = {"deal": facts, "from_stage": stage, "to_stage": stage, "reopened": False}
    return {**given, "changed": [], **(event or {})}
