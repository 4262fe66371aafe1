"""What the actions of a rule do to a deal: gathered first, then one change, one revision."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.approvals.rules import revived
from crm_deals.deal_rules.models import DealRule
from crm_deals.deal_rules.rules import line_values
from crm_deals.deal_rules.use_cases.choosing import choose_owner
from crm_deals.deals import catalogue, queries
from crm_deals.deals.models import Deal
from crm_deals.deals.use_cases import delete_deal, revise_deal
from crm_shared.actor import SYSTEM_ACCESS

Action = Mapping[str, Any]


@dataclass(slots=True)
class Intent:
    """What a rule wants of a deal, gathered from its actions in their order."""

    rule: DealRule
    deal: Deal
    values: dict[str, Any] = field(default_factory=dict)
    archive: bool = False

    def now(self, name: str) -> Any:
        """Return a field as it is after the actions so far."""
        return self.values[name] if name in self.values else getattr(self.deal, name)

    def lines(self) -> list[dict[str, Any]]:
        """Return the lines as they are after the actions so far."""
        if "line_items" not in self.values:
            self.values["line_items"] = line_values(self.deal.line_items)
        lines: list[dict[str, Any]] = self.values["line_items"]
        return lines


async def act(session: AsyncSession, rule: DealRule, deal: Deal) -> bool:
    """Take the actions of a rule on a deal; tells whether anything changed."""
    intent = Intent(rule, deal)
    for action in rule.actions:
        await ACTIONS[str(action["do"])](session, intent, action)
    changed = False
    if intent.values:
        changed = await revise_deal(session, SYSTEM_ACCESS, deal, intent.values)
    if intent.archive:
        await delete_deal(session, SYSTEM_ACCESS, deal.id, expected=None)
        changed = True
    return changed


async def _set_owner(_: AsyncSession, intent: Intent, action: Action) -> None:
    intent.values["owner_id"] = UUID(action["owner_id"]) if action["owner_id"] else None


async def _assign(session: AsyncSession, intent: Intent, action: Action) -> None:
    intent.values["owner_id"] = await choose_owner(session, intent.rule, action, intent.deal)
    if action.get("team_id"):
        intent.values["team_id"] = UUID(action["team_id"])


async def _move(session: AsyncSession, intent: Intent, action: Action) -> None:
    stage_id = UUID(action["stage_id"])
    if stage_id == intent.deal.stage_id:
        return
    known = await catalogue.knowing(session, stage_id=stage_id)
    stage = known.stages.get(stage_id)
    across = stage is not None and stage.pipeline_id != intent.deal.pipeline_id
    intent.values |= {
        "stage_id": stage_id,
        "reopen": bool(action.get("reopen")),
        "across": across,
        "reason_id": UUID(action["reason_id"]) if action.get("reason_id") else None,
    }


async def _archive(_: AsyncSession, intent: Intent, __: Action) -> None:
    intent.archive = True


async def _copy(_: AsyncSession, intent: Intent, action: Action) -> None:
    intent.values[action["to"]] = intent.now(action["from"])


async def _fill(session: AsyncSession, intent: Intent, action: Action) -> None:
    name = action["field"]
    if action.get("only_if_empty") and intent.now(name) not in (None, "", []):
        return
    if action.get("in_days") is not None:
        today = queries.today_of(session)
        intent.values[name] = today + timedelta(days=int(action["in_days"]))
    else:
        intent.values |= revived({name: action["value"]})


async def _add_line(_: AsyncSession, intent: Intent, action: Action) -> None:
    line = {name: value for name, value in action.items() if name != "do" and value is not None}
    intent.lines().append(revived(line))


async def _set_discount(_: AsyncSession, intent: Intent, action: Action) -> None:
    discount = revived({"discount_value": action["percent"]})
    for line in intent.lines():
        line |= {"discount_type": "percent", **discount}


Act = Callable[[AsyncSession, Intent, Action], Awaitable[None]]
# One entry for each kind of action; its body stands in schemas.py.
ACTIONS: Mapping[str, Act] = {
    "set_owner": _set_owner,
    "assign": _assign,
    "move": _move,
    "archive": _archive,
    "copy": _copy,
    "fill": _fill,
    "add_line": _add_line,
    "set_discount": _set_discount,
}
