"""Route × role × scope, read off the routers: who may, who may not, and how far everyone sees."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from crm_shared.actor import Role, Scope
from crm_shared.http.auth import is_public, requirements_of
from crm_shared.ids import new_id
from crm_shared.program import app_of
from crm_shared.settings import ServiceSettings
from crm_shared.testing.plugin import ClientAs

PACKAGES = ("crm_contacts", "crm_deals", "crm_notifications", "crm_reporting")
MATRIX = Path(__file__).with_name("matrix.txt")
ROLES = [role for role in Role if role is not Role.SYSTEM]
each_service = pytest.mark.parametrize("package", PACKAGES, scope="session")

# How to make a record of each noun that has an owner; `{owner}` and `{team}` are somebody else's.
OWNED = {
    "/v1/contacts": {"first_name": "Somebody", "owner_id": "{owner}", "team_id": "{team}"},
    "/v1/cases": {"subject": "Somebody's", "owner_id": "{owner}", "team_id": "{team}"},
    "/v1/leads": {"last_name": "Somebody's", "owner_id": "{owner}", "team_id": "{team}"},
    "/v1/call-lists": {"name": "Somebody's", "owner_id": "{owner}", "team_id": "{team}"},
    "/v1/segments": {"name": "Somebody's", "owner_id": "{owner}", "team_id": "{team}"},
    "/v1/companies": {"name": "Someone's", "owner_id": "{owner}", "team_id": "{team}"},
    "/v1/tasks": {"title": "Somebody's", "assignee_id": "{owner}", "team_id": "{team}"},
    "/v1/activities": {"kind": "call", "assignee_id": "{owner}", "team_id": "{team}"},
    "/v1/calls": {
        "direction": "inbound",
        "started_at": "2026-03-01T09:00:00Z",
        "user_id": "{owner}",
        "team_id": "{team}",
    },
    "/v1/notes": {"text": "Somebody's", "deal_id": "{owner}"},
    "/v1/deals": {"title": "Somebody's", "owner_id": "{owner}", "team_id": "{team}"},
    "/v1/invoices": {"contact_id": "{owner}", "amount": "10"},
    "/v1/payments": {"amount": "10"},
    "/v1/plans": {
        "metric": "won_deals",
        "value": "10",
        "starts_on": "2026-03-01",
        "ends_on": "2026-03-31",
        "owner_id": "{owner}",
        "team_id": "{team}",
    },
    "/v1/alarms": {
        "name": "Somebody's",
        "metric": "won_deals",
        "direction": "above",
        "bound": "10",
    },
    "/v1/claims": {"contact_id": "{owner}", "kind": "complaint", "cause": "quality"},
}
# What a move needs in its body before anybody asks whose the record is.
NEEDED = {
    "mark": {"mark": 4},
    "stage": {"stage_id": str(UUID(int=1))},
    "tags": {"add": ["key"]},
    "pipeline": {"stage_id": str(UUID(int=1))},
    "assign": {"owner_id": None},
    "reschedule": {"due_at": "2026-03-01T09:00:00Z"},
    "disqualify": {"reason": "spam"},
    "void": {"reason": "mistake"},
    "consents": {"channel": "email", "purpose": "marketing", "granted": True},
    "link": {"channel": "email", "purpose": "marketing"},
    "comments": {"text": "Anybody there?"},
    "result": {"result": "answered"},
    "members": {"add": [str(UUID(int=1))]},
    "merge": {"loser_id": str(UUID(int=1))},
    "unmerge": {"loser_id": str(UUID(int=1))},
}
# Scoped routes over records that nobody makes over HTTP; their own tests prove the scope.
ELSEWHERE = {
    "/v1/message-rules",
    "/v1/product-wishes",
    "/v1/surveys",
    "/v1/scripts",
    "/v1/next-actions",
    "/v1/assignment-rules",
    "/v1/approvals",
    "/v1/products",  # nobody's: of its overview the deals lie within the scope
    "/v1/messages",
    "/v1/conversations",
    "/v1/metrics",
    "/v1/reports",
    "/v1/me",
    "/v1/inbox",
}


def routes(app: FastAPI) -> Iterator[tuple[str, str, APIRoute]]:
    """Return every route once per method."""
    for route in app.routes:
        if isinstance(route, APIRoute):
            for method in sorted(route.methods or ()):
                yield method, route.path, route


def row(method: str, path: str, route: APIRoute) -> str:
    """Return a line of the matrix: what each role may do on a route."""
    if is_public(route.dependant):
        return f"{method:6} {path:60} public"
    rights = requirements_of(route.dependant)
    reach = {
        role: min((right.permission.scope_of(role) or "-" for right in rights), key=_width)
        for role in ROLES
    }
    return f"{method:6} {path:60} " + " ".join(f"{role}={reach[role]}" for role in ROLES)


def _width(scope: Scope | str) -> int:
    return ["-", "own", "team", "all"].index(scope)


# public routes that answer 401 themselves: to wrong credentials of a person or of a messenger
ASKS_ITSELF = ("/v1/auth", "/v1/channels/incoming/telegram")


@each_service
def test_the_matrix_is_the_one_that_was_agreed(package: str, settings: ServiceSettings) -> None:
    rows = [f"{package} {row(*one)}" for one in routes(app_of(package, settings))]
    known = MATRIX.read_text().splitlines() if MATRIX.exists() else []
    others = [line for line in known if not line.startswith(f"{package} ")]
    if os.environ.get("CRM_WRITE_MATRIX"):
        MATRIX.write_text("\n".join(sorted(others + rows)) + "\n")
    assert sorted(rows) == [line for line in MATRIX.read_text().splitlines() if line not in others]


@each_service
async def test_every_role_meets_exactly_its_rights(
    package: str, settings: ServiceSettings, client_as: ClientAs
) -> None:
    clients = {role: client_as(role) for role in ROLES}
    nobody = client_as(None)
    for method, path, route in routes(app_of(package, settings)):
        url = re.sub(r"{[^}]*}", str(new_id()), path)
        if is_public(route.dependant):
            code = (await call(nobody, method, url)).status_code
            assert code < 500, path
            assert path.startswith(ASKS_ITSELF) or code != 401, path
            continue
        assert (await call(nobody, method, url)).status_code == 401, path
        for role, client in clients.items():
            allowed = all(
                right.permission.scope_of(role) is not None
                for right in requirements_of(route.dependant)
            )
            code = (await call(client, method, url)).status_code
            assert (code != 403) == allowed, f"{role} {method} {path}: {code}"
            assert code < 500, f"{role} {method} {path}: {code}"


@each_service
async def test_outside_ones_scope_there_is_nothing(
    package: str, settings: ServiceSettings, client_as: ClientAs
) -> None:
    app = app_of(package, settings)
    scoped = [one for one in routes(app) if is_scoped(one[2]) and "{" in one[1]]
    made: dict[str, str] = {}
    await prepare(package, client_as)
    for method, path, _route in scoped:
        noun = "/".join(path.split("/")[:3])
        if noun in ELSEWHERE or "by-external" in path:
            continue
        assert noun in OWNED, f"{path}: say in this test how a record of it is made"
        if noun not in made:
            made[noun] = await somebodys(client_as("admin"), noun)
        url = re.sub(r"{[^}]*}", made[noun], path)
        stranger = client_as("seller", team_ids=(new_id(),))
        code = (await call(stranger, method, url)).status_code
        assert code in (403, 404), f"a stranger gets {code} for {method} {path}"
    for noun, record in made.items():
        stranger = client_as("seller", team_ids=(new_id(),))
        listed = (await stranger.get(noun)).json()["items"]
        searched = (await stranger.post(f"{noun}/search", json={})).json()["items"]
        assert record not in [item["id"] for item in listed + searched]


def is_scoped(route: APIRoute) -> bool:
    """Tell whether some role sees less than all on this route."""
    return any(
        right.permission.scope_of(role) in (Scope.OWN, Scope.TEAM)
        for right in requirements_of(route.dependant)
        for role in ROLES
    )


async def prepare(package: str, client_as: ClientAs) -> None:
    """Make what records of this service need."""
    if package == "crm_deals":
        stages = [{"label": "New", "probability": 10, "outcome": "open"}]
        body = {"label": "Sales", "is_default": True, "stages": stages}
        answer = await client_as("admin").post("/v1/pipelines", json=body)
        assert answer.status_code == 201, answer.text


async def somebodys(admin: httpx.AsyncClient, noun: str) -> str:
    """Make a record that belongs to somebody in some team."""
    given = {"{owner}": str(new_id()), "{team}": str(new_id())}
    body = {name: given.get(value, value) for name, value in OWNED[noun].items()}
    answer = await admin.post(noun, json=body)
    assert answer.status_code == 201, answer.text
    return str(UUID(answer.json()["id"]))


async def call(client: httpx.AsyncClient, method: str, url: str) -> httpx.Response:
    """Call a route with nothing but what every route of its method needs."""
    # a stream that is to go on behind no place refuses before it begins: it would never end
    headers = {"If-Match": "*", "Last-Event-ID": "-"}
    if method in ("POST", "PUT", "PATCH"):
        body = NEEDED.get(url.rpartition("/")[2], {})
        return await client.request(method, url, headers=headers, json=body)
    return await client.request(method, url, headers=headers)
