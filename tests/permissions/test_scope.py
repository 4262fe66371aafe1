"""How far each role sees, route by route: inside one's scope the record, outside of it nothing."""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, ClassVar
from uuid import UUID

import httpx
import pytest
from fastapi.routing import APIRoute
from permissions.test_matrix import (
    ELSEWHERE,
    OWNED,
    ROLES,
    call,
    each_service,
    is_scoped,
    prepare,
    routes,
)
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.testing import make_message, make_template
from crm_reporting.consumers.streams import keep
from crm_reporting.metrics.endpoints.metrics import router as metrics
from crm_reporting.metrics.rules.catalogue import CATALOGUE
from crm_reporting.testing import events_of, get_metric, named, won
from crm_shared.actor import Role, Scope
from crm_shared.db.engine import Sessions, make_engine, make_sessions
from crm_shared.http.auth import requirements_of
from crm_shared.ids import new_id
from crm_shared.program import app_of
from crm_shared.settings import ServiceSettings
from crm_shared.testing.plugin import ClientAs

ME, MATE, STRANGER = new_id(), new_id(), new_id()
OURS, THEIRS = new_id(), new_id()
# whose records a scope shows to me
SEES = {
    Scope.OWN: {"mine"},
    Scope.TEAM: {"mine", "mate's"},
    Scope.ALL: {"mine", "mate's", "stranger's"},
}
BELONGS = {"mine": (ME, OURS), "mate's": (MATE, OURS), "stranger's": (STRANGER, THEIRS)}
# A note belongs to whoever wrote it, and to his team as contacts knows it: nobody's here.
WRITTEN = {"/v1/notes"}
Make = Callable[[str, str], Awaitable[str]]


def reach(route: APIRoute, role: Role) -> Scope | None:
    """Return how far a role reaches on a route; None when it may not call it at all."""
    scopes = [right.permission.scope_of(role) for right in requirements_of(route.dependant)]
    if None in scopes:
        return None
    return min((scope for scope in scopes if scope), key=list(Scope).index)


@each_service
async def test_each_role_meets_what_lies_in_its_scope_and_no_more(
    package: str, settings: ServiceSettings, client_as: ClientAs, session: AsyncSession
) -> None:
    await prepare(package, client_as)
    make = maker(client_as, session)
    for method, path, route in routes(app_of(package, settings)):
        noun = "/".join(path.split("/")[:3])
        if not is_scoped(route) or "by-external" in path:
            continue
        # views and the like hang under a noun and are not one of it: their own tests prove theirs
        if noun in ELSEWHERE - {"/v1/messages"} or not path.startswith(f"{noun}/{{"):
            continue
        nowhere = (await client_as("admin").get(f"{noun}/{new_id()}")).json()["code"]
        records: dict[str, str] = {}
        for role, whose, seen in met_by(route, noun):
            if whose not in records:
                records[whose] = await ready(client_as, await make(noun, whose), path)
            record = records[whose]
            client = client_as(role, user_id=ME, team_ids=(OURS,))
            answer = await call(client, method, re.sub(r"{[^}]*}", record, path))
            met = f"{role} gets {answer.status_code} for {method} {path} of {whose}: {answer.text}"
            assert answer.status_code < 500, met
            # a record that is there may lack what is asked of it: that is another code
            absent = answer.status_code == 404 and answer.json()["code"] in (
                nowhere,
                "record-not-found",
            )
            # that the other record of a merge is not there says nothing of this one
            absent = absent and record in answer.text
            assert absent != seen, met
            # what was changed may be gone, or be another's; what was not stays for the next
            if answer.is_success and method != "GET":
                del records[whose]


@each_service
async def test_an_external_id_opens_nobody_elses_record(
    package: str, settings: ServiceSettings, client_as: ClientAs
) -> None:
    await prepare(package, client_as)
    admin = client_as("admin")
    for method, path, route in routes(app_of(package, settings)):
        noun = "/".join(path.split("/")[:3])
        if "by-external" not in path or not is_scoped(route):
            continue
        for role in ROLES:
            sees = reach(route, role)
            if sees is None:
                continue
            client = client_as(role, user_id=ME, team_ids=(OURS,))
            for whose in BELONGS if is_given(noun) else ["stranger's"]:
                url = path.format(system="erp", external_id=new_id())
                made = await admin.request(method, url, json=body_of(noun, whose))
                assert made.status_code == 201, made.text
                body = {k: v for k, v in body_of(noun, whose).items() if not is_owner(k)}
                answer = await client.request(method, url, json=body)
                expected = 200 if whose in SEES[sees] else 404
                met = f"{role} gets {answer.text} for {method} {path} of {whose}"
                assert answer.status_code == expected, met
                if expected == 404:
                    record = made.json()
                    again = (await admin.get(f"{noun}/{record['id']}")).json()
                    assert again["revision"] == record["revision"], "refused, and yet changed"


@pytest.mark.parametrize("package", ["crm_contacts"], scope="session")
async def test_me_is_oneself_and_a_password_is_ones_own(package: str, client_as: ClientAs) -> None:
    admin = client_as("admin")
    for role in ROLES:
        ids = []
        for name in ("one", "two"):
            user = {"name": name, "email": f"{role}.{name}@example.org", "role": role}
            made = await admin.post("/v1/users", json=user)
            assert made.status_code == 201, made.text
            ids.append(made.json()["id"])
        me = client_as(role, user_id=UUID(ids[0]))
        answer = await me.get("/v1/me")
        assert (answer.status_code, answer.json()["id"]) == (200, ids[0])
        words = {"current_password": "not this one", "new_password": "an entirely new one"}
        assert (await me.put("/v1/me/password", json=words)).status_code in (401, 403, 409, 422)


@pytest.mark.parametrize("package", ["crm_reporting"], scope="session")
class TestFigures:
    """Facts are credited to who had the deal: own, one's teams' as published, all with nobody's."""

    AMOUNTS: ClassVar[Mapping[str, int]] = {
        "mine": 100,
        "mate's": 200,
        "stranger's": 400,
        "nobody's": 800,
    }
    MARCH = "from=2026-03-01&to=2026-04-01"

    @pytest.fixture(autouse=True)
    async def _told(self, package: str, database: str, settings: ServiceSettings) -> None:
        engine = make_engine(database, application="crm-tests")
        sessions: Sessions = make_sessions(engine, settings)
        stories = [
            won(
                whose,
                on="03-10",
                amount=str(amount),
                owner_id=BELONGS[whose][0] if whose in BELONGS else None,
                team_id=BELONGS[whose][1] if whose in BELONGS else None,
            )
            for whose, amount in self.AMOUNTS.items()
        ]
        async with sessions.begin() as session:
            await keep(session, list(events_of(stories)))
        await engine.dispose()

    async def test_agree_in_value_breakdown_series_and_facts(self, client_as: ClientAs) -> None:
        for role in ROLES:
            seen = self.seen_by(role)
            client = client_as(role, user_id=ME, team_ids=(OURS,))
            total = sum(self.AMOUNTS[whose] for whose in seen)

            body = await get_metric(client, f"sales_volume?{self.MARCH}&by=owner&interval=month")

            assert body["value"] == f"{total}.00", role
            assert sum(float(one["value"]) for one in body["breakdown"]) == total
            assert sum(float(one["value"]) for one in body["series"]) == total
            facts = (await client.get(body["facts_url"])).json()["items"]
            assert {fact["deal_id"] for fact in facts} == {str(named(one)) for one in seen}

    async def test_no_filter_and_no_other_metric_leads_out_of_ones_scope(
        self, client_as: ClientAs
    ) -> None:
        client = client_as("seller", user_id=ME, team_ids=(OURS,))
        body = await get_metric(client, f"won_deals?{self.MARCH}&owner_id={STRANGER}")
        assert body["n"] == 0
        catalogue = (await client.get("/v1/metrics")).json()["items"]
        assert len(catalogue) > 10
        for metric in catalogue:
            told = await client.get(f"/v1/metrics/{metric['id']}?{self.MARCH}")
            if told.status_code == 403:
                # it tells costs or pay: refused to whoever may not read those, whatever the scope
                assert CATALOGUE[metric["id"]].reads, metric["id"]
                continue
            mine = told.raise_for_status().json()
            assert mine["n"] <= 1, metric["id"]
            facts = (await client.get(mine["facts_url"])).json()["items"]
            assert {fact["deal_id"] for fact in facts} <= {str(named("mine"))}, metric["id"]

    @pytest.mark.parametrize("report", ["funnel", "pipeline"])
    async def test_reports_count_what_one_may_see(self, client_as: ClientAs, report: str) -> None:
        told: dict[int, Any] = {}
        for role in ROLES:
            client = client_as(role, user_id=ME, team_ids=(OURS,))
            answer = await client.get(f"/v1/reports/{report}?{self.MARCH}")
            assert answer.status_code == 200, answer.text
            body = {k: v for k, v in answer.json().items() if not k.endswith(("as_of", "seconds"))}
            seen = len(self.seen_by(role))
            assert told.setdefault(seen, body) == body, "one scope, one report"
        assert len({str(body) for body in told.values()}) == len(told), (
            "three scopes, three reports"
        )

    def seen_by(self, role: Role) -> set[str]:
        route = next(
            r for r in metrics.routes if getattr(r, "path", "") == "/v1/metrics/{metric_id}"
        )
        assert isinstance(route, APIRoute)
        sees = reach(route, role)
        assert sees is not None
        return SEES[sees] | ({"nobody's"} if sees is Scope.ALL else set())


def met_by(route: APIRoute, noun: str) -> Iterator[tuple[Role, str, bool]]:
    """Return who calls a route on whose record, and whether it lies within his scope."""
    for role in ROLES:
        sees = reach(route, role)
        for whose in BELONGS if sees else ():
            # what cannot be given to anybody over HTTP is nobody's: only `all` sees it
            if whose == "stranger's" or is_given(noun) or (noun in WRITTEN and whose == "mine"):
                yield role, whose, whose in SEES[sees or Scope.OWN]


def is_given(noun: str) -> bool:
    """Tell whether a record of this noun can be made for somebody else, and his team."""
    return noun == "/v1/messages" or "{team}" in OWNED[noun].values()


async def ready(client_as: ClientAs, record: str, path: str) -> str:
    """Return the record as the route wants it: one that is to come back has to be away."""
    if path.endswith("/restore"):
        noun = path.partition("/{")[0]
        gone = await client_as("admin").delete(f"{noun}/{record}", headers={"If-Match": "*"})
        assert gone.status_code == 204, gone.text
    return record


def is_owner(field: str) -> bool:
    return field in {"owner_id", "assignee_id", "user_id", "team_id"}


def body_of(noun: str, whose: str) -> dict[str, Any]:
    owner, team = BELONGS[whose]
    given = {"{owner}": str(owner), "{team}": str(team)}
    return {name: given.get(value, value) for name, value in OWNED[noun].items()}


def maker(client_as: ClientAs, session: AsyncSession) -> Make:
    """Return what makes a record of a noun that belongs to somebody, the way it comes about."""

    async def make(noun: str, whose: str) -> str:
        owner, team = BELONGS[whose]
        if noun == "/v1/messages":
            template = make_template()
            message = make_message(template, owner_id=owner, team_id=team, status="unknown")
            session.add_all([template, message])
            await session.commit()
            return str(message.id)
        body = body_of(noun, whose)
        writer = client_as("admin")
        if noun in WRITTEN:
            body["deal_id"] = str(new_id())
            writer = client_as("seller", user_id=owner, team_ids=(team,))
        answer = await writer.post(noun, json=body)
        assert answer.status_code == 201, answer.text
        made: httpx.Response = answer
        return str(made.json()["id"])

    return make
