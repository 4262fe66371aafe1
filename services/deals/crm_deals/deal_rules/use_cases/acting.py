"""What the actions of a rule do to a deal: gathered first, then one change, one revision."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.approvals.rules import revived
from crm_deals.deal_rules.errors import NothingToPayError, UnfitValueError
from crm_deals.deal_rules.models import DealRule
from crm_deals.deal_rules.rules import line_values
from crm_deals.deal_rules.use_cases.choosing import choose_owner
from crm_deals.deals import catalogue, queries
from crm_deals.deals.models import Deal
from crm_deals.deals.use_cases import delete_deal, revise_deal
from crm_deals.invoices.use_cases import create_invoice
from crm_deals.payments.use_cases import book_payment
from crm_shared.actor import SYSTEM_ACCESS
from crm_shared.money import round_money

Action = Mapping[str, Any]


@dataclass(slots=True)
class Intent:
    """What a rule wants of a deal, gathered from its actions in their order."""

    rule: DealRule
    deal: Deal
    values: dict[str, Any] = field(default_factory=dict)
    archive: bool = False
    papers: list[Action] = field(default_factory=list)

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
    # gathered first, written once: five actions are one revision and one event of the deal
    changed = False
    if intent.values:
        changed = await revise_deal(session, SYSTEM_ACCESS, deal, intent.values)
    # after the deal: an invoice is drawn up of the lines that the same rule has just added
    for paper in intent.papers:
        await PAPERS[str(paper["do"])](session, deal, paper)
        changed = True
    # last of all, for nothing can be changed in what was put away
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
    # where it stands already: a move into the same stage would count as entering it once more
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
        # days are counted where the company works, not where the server stands
        today = queries.today_of(session)
        intent.values[name] = today + timedelta(days=int(action["in_days"]))
    else:
        # kept as JSON: dates and ids must be what a person's form would have sent
        try:
            intent.values |= revived({name: action["value"]})
        except (ValueError, ArithmeticError) as unfit:
            # kept before values were brought into shape: one old rule must not stop all the others
            raise UnfitValueError(name) from unfit


async def _add_line(_: AsyncSession, intent: Intent, action: Action) -> None:
    line = {name: value for name, value in action.items() if name != "do" and value is not None}
    intent.lines().append(revived(line))


async def _set_discount(_: AsyncSession, intent: Intent, action: Action) -> None:
    discount = revived({"discount_value": action["percent"]})
    for line in intent.lines():
        line |= {"discount_type": "percent", **discount}


async def _add_tags(_: AsyncSession, intent: Intent, action: Action) -> None:
    # in their order and each once, also when two actions add the same
    intent.values["tags"] = list(dict.fromkeys([*intent.now("tags"), *action["tags"]]))


async def _remove_tags(_: AsyncSession, intent: Intent, action: Action) -> None:
    intent.values["tags"] = [one for one in intent.now("tags") if one not in action["tags"]]


async def _paper(_: AsyncSession, intent: Intent, action: Action) -> None:
    intent.papers.append(action)


async def _invoice(session: AsyncSession, deal: Deal, action: Action) -> None:
    values: dict[str, Any] = {"deal_id": deal.id, "status": action.get("status", "draft")}
    if action.get("due_in_days") is not None:
        today = queries.today_of(session)
        values["due_date"] = today + timedelta(days=int(action["due_in_days"]))
    await create_invoice(session, SYSTEM_ACCESS, values, currency=deal.currency)


async def _payment(session: AsyncSession, deal: Deal, action: Action) -> None:
    amount = Decimal(str(action["amount"])) if action.get("amount") else deal.amount
    if amount is not None and action.get("percent"):
        share = amount * Decimal(str(action["percent"])) / HUNDRED
        amount = round_money(share, deal.currency)
    # a rule that cannot pay says so in its run log: a payment of nothing would settle nothing
    if amount is None or amount <= 0:
        raise NothingToPayError
    values = {
        "deal_id": deal.id,
        "kind": action.get("kind", "payment"),
        "amount": amount,
        "account": action.get("account"),
        "category": action.get("category"),
    }
    await book_payment(session, SYSTEM_ACCESS, values, currency=deal.currency)


HUNDRED = Decimal(100)
PAPERS: Mapping[str, Callable[[AsyncSession, Deal, Action], Awaitable[None]]] = {
    "create_invoice": _invoice,
    "create_payment": _payment,
}
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
    "add_tags": _add_tags,
    "remove_tags": _remove_tags,
    "create_invoice": _paper,
    "create_payment": _paper,
}
