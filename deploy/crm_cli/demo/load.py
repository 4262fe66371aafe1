"""Loads the company through the public API; run alone it is the demo job of the containers."""

import base64
import hashlib
import hmac
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from crm_cli.api import Api
from crm_cli.demo import company, effect, money, past, reports, rules
from crm_cli.demo.company import PRODUCTS, REASONS, STAGES, TEAMS, USERS, Sale
from crm_cli.demo.resting import settle
from crm_cli.failure import CliError
from crm_cli.target import Target, find

SYSTEM = "demo"
DOMAIN = "vikna.example"
EXISTING = {"If-Match": "*"}
Report = Callable[[str], None]
Ids = dict[str, str]
# what a product costs the company, as a part of its price
COST = 0.66


def password(target: Target) -> str:
    """Return the password of the demo's users: this installation's own, the same every time."""
    digest = hmac.digest(target.operator_key.encode(), b"demo sign-ins", hashlib.sha256)
    return base64.b32encode(digest).decode()[:16].lower()


def sign_ins(target: Target) -> list[dict[str, str]]:
    """Return who may sign in, by role."""
    return [
        {"name": name, "role": role, "email": f"{key}@{DOMAIN}", "password": password(target)}
        for key, (name, role, _) in USERS.items()
    ]


def is_loaded(api: Api) -> bool:
    """Tell whether the company is there: its rules come last."""
    found = api.get("/v1/message-rules", {"limit": 100})["items"]
    return any(item.get("source_system") == SYSTEM for item in found)


def load(api: Api, target: Target, report: Report) -> None:
    """Load everything that is not there yet, oldest first, then switch the automation on."""
    if is_loaded(api):
        return
    teams, users = _people(api, target)
    report(f"  {len(users)} users in {len(teams)} teams")
    firms, clients = _clients(api, users)
    report(f"  {len(firms)} companies, {len(clients)} contacts")
    catalogue = _catalogue(api)
    known = api.get("/v1/deals", {"source_system[eq]": SYSTEM, "limit": 500})["items"]
    there = {deal["external_id"] for deal in known}
    told = company.sales(datetime.now(UTC))
    sales = [sale for sale in told if sale.key not in there]
    past.beside(lambda sale: _sell(api, sale, users, firms, clients, catalogue), sales)
    report(f"  {len(sales)} deals with {sum(len(sale.moves) for sale in sales)} moves")
    _live(api, told, users, clients, catalogue, report)
    # baselines are frozen figures: reporting must have counted all they stand on
    settle(api, target)
    report(f"  {effect.load(api, users)} figures of the time before the CRM, and its cost")
    rules.load(api, SYSTEM)
    report("  rules that make tasks and messages")
    first = reports.load(api, users, SYSTEM)
    report(f"  the sellers' report by letter to the head, every day, first at {first}")


def _live(
    api: Api,
    sales: list[Sale],
    users: Ids,
    clients: list[str],
    catalogue: dict[str, Ids],
    report: Report,
) -> None:
    known = api.get("/v1/deals", {"source_system[eq]": SYSTEM, "limit": 500})["items"]
    deals = {deal["external_id"]: deal["id"] for deal in known}
    there = past.Known(users, clients, deals, catalogue["stages"], catalogue["reasons"])
    past.load(api, there, sales, report)
    report(f"  {money.load(api, there, sales)}")


def _put(api: Api, noun: str, key: str, body: dict[str, Any]) -> str:
    answer = api.send("PUT", f"/v1/{noun}/by-external/{SYSTEM}/{key}", json=body)
    return str(answer.json()["id"])


def _people(api: Api, target: Target) -> tuple[Ids, Ids]:
    teams = {key: _put(api, "teams", key, {"name": name}) for key, name in TEAMS.items()}
    users = {}
    for key, (name, role, team) in USERS.items():
        body = {
            "name": name,
            "role": role,
            "email": f"{key}@{DOMAIN}",
            "language": "uk",
            "team_ids": [teams[team]] if team else [],
        }
        users[key] = _put(api, "users", key, body)
        secret = {"password": password(target)}
        api.send("PUT", f"/v1/users/{users[key]}/password", json=secret, headers=EXISTING)
        if role == "head" and team:
            _put(api, "teams", team, {"name": TEAMS[team], "head_id": users[key]})
    return teams, users


def _clients(api: Api, users: Ids) -> tuple[list[str], list[str]]:
    sellers = [users[key] for key in company.SELLERS]
    firms: list[str] = past.beside(
        lambda told: _put(api, "companies", f"firm-{told[0] + 1}", told[1]),
        [(n, {**firm, "owner_id": sellers[n % 4]}) for n, firm in enumerate(company.companies())],
    )
    now = datetime.now(UTC).isoformat()
    consents = [{"channel": "email", "purpose": "service", "granted": True, "at": now}]

    def make(told: tuple[int, dict[str, Any]]) -> str:
        number, person = told
        firm = person.pop("company")
        own = {"company_id": firms[firm], "owner_id": sellers[firm % 4], "consents": consents}
        return _put(api, "contacts", f"client-{number + 1}", {**person, **own})

    return firms, past.beside(make, enumerate(company.contacts()))


def _catalogue(api: Api) -> dict[str, Ids]:
    stages = [
        {"label": label, "probability": probability, "outcome": outcome}
        for label, probability, outcome in STAGES
    ]
    body = {"label": "Продажі", "currency": "UAH", "is_default": True, "stages": stages}
    pipeline = _put(api, "pipelines", "sales", body)
    known = api.get(f"/v1/pipelines/{pipeline}")["stages"]
    return {
        "pipelines": {"sales": pipeline},
        "stages": {stage["label"]: stage["id"] for stage in known},
        "reasons": {
            key: _put(api, "reasons", key, {"label": label, "outcome": outcome})
            for key, label, outcome in REASONS
        },
        "products": {
            key: _put(api, "products", key, _product(key, label, category, price))
            for key, label, category, price in PRODUCTS
        },
    }


def _product(key: str, label: str, category: str, price: str) -> dict[str, str]:
    own = {"label": label, "sku": key, "category": category, "currency": "UAH"}
    return {**own, "price": price, "cost": f"{float(price) * COST:.2f}"}


def _sell(
    api: Api,
    sale: Sale,
    users: Ids,
    firms: list[str],
    clients: list[str],
    catalogue: dict[str, Ids],
) -> None:
    body = {
        "title": sale.title,
        "owner_id": users[sale.seller],
        "contact_id": clients[sale.contact],
        "company_id": firms[sale.contact % len(firms)],
        "pipeline_id": catalogue["pipelines"]["sales"],
        "channel": sale.channel,
        "currency": "UAH",
        "occurred_at": sale.created_at.isoformat(),
        "expected_close_date": company.expected_close(sale, datetime.now(UTC)).isoformat(),
        "line_items": [
            {"product_id": catalogue["products"][key], "quantity": str(count)}
            for key, count in sale.products
        ],
    }
    deal = _put(api, "deals", sale.key, body)
    for stage, at in sale.moves:
        move = {"stage_id": catalogue["stages"][STAGES[stage][0]], "occurred_at": at.isoformat()}
        if STAGES[stage][2] != "open" and sale.reason:
            move["reason_id"] = catalogue["reasons"][sale.reason]
        path = f"/v1/deals/{deal}/stage"
        api.send("PUT", path, json=move, headers=EXISTING)


def main() -> int:
    """Load the company into the system that CRM_URL names, and print who may sign in."""
    target = find()
    try:
        with Api(target) as api:
            load(api, target, print)
    except CliError as failed:
        print(f"crm: {failed}", file=sys.stderr)
        return failed.exit_code
    for person in sign_ins(target):
        print(f"  {person['role']:<12} {person['email']:<24} {person['password']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
