"""Loads the year beside the sales, with the days on which it happened."""

import csv
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

from crm_cli import importing
from crm_cli.api import Api, ApiError
from crm_cli.demo import history
from crm_cli.demo.company import STAGES, Sale
from crm_cli.failure import CliError

SYSTEM = "demo"
EXISTING = {"If-Match": "*"}
# requests on their way at once: the services answer beside each other
AT_ONCE = 4
MOST = 500
ENDED = frozenset({"converted", "disqualified"})
PATIENCE_S = 60.0
Ids = dict[str, str]


@dataclass(frozen=True, slots=True)
class Known:
    """What is there already, by the demo's own keys."""

    users: Ids
    clients: list[str]
    deals: Ids
    stages: Ids
    reasons: Ids


def load(api: Api, known: Known, sales: Sequence[Sale], report: Callable[[str], None]) -> None:
    """Load leads and what became of them, calls, promises and cases."""
    now = datetime.now(UTC)
    told, cases, tasks = history.leads(now), history.cases(now), history.tasks(now)
    files = (
        ("lead", [_lead_row(lead) for lead in told], LEAD),
        ("case", [_case_row(case, known) for case in cases], CASE),
        ("task", [_task_row(task, known) for task in tasks], TASK),
    )
    beside(lambda file: _bring_in(api, *file), files)
    ids, states = _ids(api, "leads"), _ids(api, "leads", "status")
    fresh = [lead for lead in told if states[lead.key] not in ENDED]
    beside(lambda lead: _follow(api, known, lead, ids[lead.key]), fresh)
    made = _ids(api, "leads", "deal_id")
    beside(lambda lead: _sell(api, known, lead, made[lead.key]), [o for o in told if o.moves])
    calls = [_call(known, call) for call in history.calls(now)]
    promised = history.promises(list(sales), now)
    _batch(api, "calls", calls)
    _batch(api, "activities", [_promise(known, one) for one in promised])
    _forget(api, [one.key for one in promised if one.kept_at is None and one.agreed_at < now])
    if not api.get("/v1/feedback", {"limit": 1})["items"]:
        beside(lambda told: _ask(api, known, *told), history.marks())
    report(
        f"  {len(told)} leads, {len(calls)} calls, {len(promised)} promises, "
        f"{len(tasks)} tasks, {len(cases)} appeals"
    )


def beside(one: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
    """Do one thing with each, some at a time, and return what came of it in their order."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, items))


LEAD = {
    "external_id": "key",
    "fields": {
        "first_name": "first",
        "last_name": "last",
        "channel": "channel",
        "source": "channel",
        "campaign": "campaign",
        "owner_id": "owner",
        "created_at": "came",
    },
}
CASE = {
    "external_id": "key",
    "fields": {
        "subject": "subject",
        "topic": "topic",
        "channel": {"constant": "phone"},
        "owner_id": "owner",
        "contact_id": {"column": "contact", "by": "id"},
        "created_at": "came",
        "solved_at": "solved",
    },
}


TASK = {
    "external_id": "key",
    "fields": {
        "title": "title",
        "kind": {"constant": "call"},
        "assignee_id": "owner",
        "contact_id": {"column": "contact", "by": "id"},
        "created_at": "came",
        "due_at": "due",
        "completed_at": "done",
    },
}


def _lead_row(lead: history.Lead) -> dict[str, str]:
    first, last = lead.name
    own = {"key": lead.key, "first": first, "last": last, "channel": lead.channel}
    own["campaign"] = history.CAMPAIGNS.get(lead.channel, "")
    return {**own, "owner": lead.owner, "came": lead.came_at.isoformat()}


def _case_row(case: history.Case, known: Known) -> dict[str, str]:
    solved = case.solved_at.isoformat() if case.solved_at else ""
    own = {"key": case.key, "subject": case.subject, "topic": case.topic, "owner": case.owner}
    moments = {"came": case.came_at.isoformat(), "solved": solved}
    return {**own, "contact": known.clients[case.contact], **moments}


def _task_row(task: history.Task, known: Known) -> dict[str, str]:
    done = task.done_at.isoformat() if task.done_at else ""
    own = {"key": task.key, "title": task.title, "owner": task.owner, "done": done}
    moments = {"came": task.came_at.isoformat(), "due": task.due_at.isoformat()}
    return {**own, "contact": known.clients[task.contact], **moments}


def _ask(api: Api, known: Known, contact: int, score: int) -> None:
    asked = api.post("/v1/feedback/requests", {"contact_id": known.clients[contact]})
    api.send("POST", "/v1/feedback", json={"token": asked["token"], "score": score})


def _bring_in(api: Api, noun: str, rows: list[dict[str, str]], mapping: dict[str, Any]) -> None:
    # an import and not a request each: only it may say when a lead came, and it is silent
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{noun}.csv"
        with file.open("w", newline="", encoding="utf-8") as out:
            writer = csv.DictWriter(out, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        step = importing.Step(file, "contacts", noun, mapping, SYSTEM)
        outcome = importing.run(api, step, dry_run=False, progress=lambda _file, _seen: None)
    if not importing.succeeded(outcome):
        raise CliError(f"The demo's {noun} rows were refused: {outcome.errors or outcome.state}")


def _ids(api: Api, noun: str, name: str = "id") -> Ids:
    found = api.get(f"/v1/{noun}", {"source_system[eq]": SYSTEM, "limit": MOST})["items"]
    return {one["external_id"]: one[name] for one in found}


def _follow(api: Api, known: Known, lead: history.Lead, lead_id: str) -> None:
    if lead.answered_at:
        _lead(api, lead_id, "respond", {"responded_at": lead.answered_at.isoformat()})
    if lead.ended_at is None:
        return
    at = lead.ended_at.isoformat()
    if lead.refusal:
        _lead(api, lead_id, "disqualify", {"reason": lead.refusal, "disqualified_at": at})
        return
    body = {
        "contact_id": known.clients[lead.contact],
        "title": f"Запит: {' '.join(lead.name)}",
        "amount": str(lead.amount),
        "currency": "UAH",
        "converted_at": at,
    }
    _lead(api, lead_id, "convert", body)


def _lead(api: Api, lead_id: str, verb: str, body: dict[str, str]) -> None:
    api.send("POST", f"/v1/leads/{lead_id}/{verb}", json=body, headers=EXISTING)


def _sell(api: Api, known: Known, lead: history.Lead, deal: str) -> None:
    """Move the deal that was made of a lead, once."""
    if _arrived(api, deal)["revision"] > 1:
        return
    for stage, at in lead.moves:
        label, _probability, outcome = STAGES[stage]
        body = {"stage_id": known.stages[label], "occurred_at": at.isoformat()}
        if outcome != "open":
            body["reason_id"] = known.reasons["advice" if outcome == "won" else "price"]
        api.send("PUT", f"/v1/deals/{deal}/stage", json=body, headers=EXISTING)


def _arrived(api: Api, deal: str) -> dict[str, Any]:
    """Return the deal as soon as the service that keeps deals has heard of the lead."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            found: dict[str, Any] = api.get(f"/v1/deals/{deal}")
        except ApiError as told:
            if told.status != 404 or time.monotonic() > deadline:  # noqa: PLR2004 an HTTP status
                raise
        else:
            return found
        time.sleep(0.1)


def _call(known: Known, call: history.Call) -> dict[str, Any]:
    # without a number: a client who rang in vain last winter is nobody to call back today
    return {
        "source_system": SYSTEM,
        "external_id": call.key,
        "direction": "inbound" if call.is_inbound else "outbound",
        "answered": call.is_answered,
        "started_at": call.at.isoformat(),
        "duration_s": call.seconds,
        "user_id": known.users[call.seller],
        "contact_id": known.clients[call.contact],
    }


def _promise(known: Known, promise: history.Promise) -> dict[str, Any]:
    kept = promise.kept_at
    return {
        "source_system": SYSTEM,
        "external_id": promise.key,
        "kind": "call",
        "subject": "Обіцяний дзвінок",
        "is_promise": True,
        "channel": "phone",
        "agreed_at": promise.agreed_at.isoformat(),
        "assignee_id": known.users[promise.sale.seller],
        "contact_id": known.clients[promise.sale.contact],
        "deal_id": known.deals[promise.sale.key],
        **({"status": "done", "completed_at": kept.isoformat()} if kept else {}),
    }


def _batch(api: Api, noun: str, items: list[dict[str, Any]]) -> None:
    for start in range(0, len(items), MOST):
        seen = api.post(f"/v1/{noun}/batch", {"items": items[start : start + MOST]})["results"]
        # what is there already stays as it is: the demo goes on where it was stopped
        refused = [one["problem"] for one in seen if one["problem"] and one["status"] != 409]  # noqa: PLR2004
        if refused:
            raise CliError(f"The demo's {noun} were refused: {refused[0]}")


def _forget(api: Api, keys: list[str]) -> None:
    """Say at once what was not kept: the timed job would say it a quarter of a minute later."""
    ids = _ids(api, "activities")

    def miss(key: str) -> None:
        try:
            api.send("POST", f"/v1/activities/{ids[key]}/miss", headers=EXISTING)
        except ApiError as told:
            if told.status == HTTPStatus.PRECONDITION_FAILED:
                # the job wrote at the same moment: asked again it is 409, or still to be said
                miss(key)
            elif told.status != HTTPStatus.CONFLICT:  # the job was there first
                raise

    beside(miss, keys)
