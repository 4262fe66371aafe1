"""The story: one deal moves, three services react; then each of them is away for a while."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from crm_cli.api import Api
from crm_cli.demo.company import REASONS, STAGES
from crm_cli.demo.load import DOMAIN, password
from crm_cli.demo.watch import Reaction, Watcher, until
from crm_cli.state import State
from crm_cli.target import Target

SELLER = "andrii"
_AGAIN = " (повторно)"
WON = STAGES[4][0]
Say = Callable[[str], None]


def open_deals(api: Api, count: int) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return so many open deals of the seller, and the move that wins one."""
    seller = api.get("/v1/users", {"email[eq]": f"{SELLER}@{DOMAIN}"})["items"][0]
    own: dict[str, str | int] = {"owner_id[eq]": seller["id"], "limit": count, "sort": "created_at"}
    deals = api.get("/v1/deals", {**own, "outcome[eq]": "open"})["items"]
    won = api.get("/v1/deals", {**own, "outcome[eq]": "won"})["items"]
    # Who has bought buys again: the story can be told any number of times.
    deals += [_again(api, deal) for deal in won[: count - len(deals)]]
    stages = api.get(f"/v1/pipelines/{deals[0]['pipeline_id']}")["stages"]
    into = next(stage["id"] for stage in stages if stage["label"] == WON)
    known = api.get("/v1/reasons", {"outcome[eq]": "won", "limit": 50})["items"]
    # of the company's own: those that every new system has speak its installer's language
    ours = {label for _, label, _ in REASONS}
    reason = next(one for one in known if one["label"] in ours)
    return deals, {"stage_id": into, "reason_id": reason["id"]}


def _again(api: Api, deal: dict[str, Any]) -> dict[str, Any]:
    names = ("owner_id", "contact_id", "company_id", "pipeline_id", "amount", "currency", "channel")
    body = {"title": f"{deal['title'].removesuffix(_AGAIN)}{_AGAIN}"}
    made: dict[str, Any] = api.post("/v1/deals", body | {name: deal[name] for name in names})
    return made


def sign_in(api: Api, target: Target) -> str:
    """Return the seller's token: the story is told with his rights, not an admin's."""
    body = {"email": f"{SELLER}@{DOMAIN}", "password": password(target)}
    return str(api.post("/v1/auth/sign-in", body)["access_token"])


async def move_one(
    watcher: Watcher, deal: dict[str, Any], move: dict[str, str], away: str | None = None
) -> tuple[dict[str, Any], int, list[Reaction]]:
    """Move the deal and return it, how long that took, and what the present services did."""
    before = await watcher.sales() if away != "reporting" else None
    moved, took = await watcher.move(deal["id"], move)
    began = time.monotonic()
    waiting = []
    if away != "contacts":
        waiting.append(watcher.task(moved, began))
    if away != "notifications":
        waiting.append(watcher.message(moved, began))
    if before is not None:
        waiting.append(watcher.growth(before, moved, began))
    return moved, took, list(await asyncio.gather(*waiting))


async def tell(
    url: str, token: str, deal: dict[str, Any], move: dict[str, str], say: Say
) -> dict[str, Any]:
    """Move one deal and show the three reactions."""
    watcher = Watcher(url, token)
    try:
        # Once before: a first request opens connections and fills caches.
        await watcher.get("/v1/tasks", {"deal_id": deal["id"]})
        await watcher.get("/v1/messages", {"deal_id": deal["id"]})
        moved, took, reactions = await move_one(watcher, deal, move)
    finally:
        await watcher.close()
    amount = f"{float(moved['amount']):,.0f} {moved['currency']}".replace(",", " ")
    say(f"\n«{deal['title']}», {amount}: {deal['stage_label']} → {moved['stage_label']}")
    say(f"  deals          answered{'':<46}{took:>5} ms")
    _say_reactions(reactions, say)
    return {"answered_ms": took, "reactions": [asdict(each) for each in reactions]}


async def tell_absence(
    state: State,
    url: str,
    token: str,
    name: str,
    deal: dict[str, Any],
    move: dict[str, str],
    say: Say,
) -> dict[str, Any]:
    """Stop one service, move a deal, start it again: nothing is lost."""
    watcher = Watcher(url, token)
    try:
        before = await watcher.sales()
        state.hold(name)
        await _until_answers(watcher, name, up=False)
        moved, took, others = await move_one(watcher, deal, move, away=name)
        state.release_all()
        began = time.monotonic()
        await _until_answers(watcher, name, up=True)
        back = time.monotonic()
        late = await _late(watcher, name, moved, before, back)
    finally:
        state.release_all()
        await watcher.close()
    seen = ", ".join(f"{each.service} {each.milliseconds} ms" for each in others)
    say(f"  {name:<14} stopped: deals answered in {took} ms, {seen};")
    say(f"  {'':<14} back after {back - began:.1f} s: {late.what}, {late.milliseconds} ms later")
    told = {"away": name, "answered_ms": took, "others": [asdict(each) for each in others]}
    return told | {"back_s": round(back - began, 2), "late": asdict(late)}


async def _late(
    watcher: Watcher, name: str, moved: dict[str, Any], before: Any, began: float
) -> Reaction:
    if name == "contacts":
        return await watcher.task(moved, began)
    if name == "notifications":
        return await watcher.message(moved, began)
    return await watcher.growth(before, moved, began)


async def _until_answers(watcher: Watcher, name: str, *, up: bool) -> None:
    async def look() -> bool | None:
        answers = await watcher.get(f"/-/{name}/health/ready", {}) is not None
        return True if answers is up else None

    await until(look, name)


def _say_reactions(reactions: Sequence[Reaction], say: Say) -> None:
    for each in reactions:
        say(f"  {each.service:<14} {each.what:<54}{each.milliseconds:>5} ms")
