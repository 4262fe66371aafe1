"""R2: metrics that a company defines itself, told like any other: hand-computed stories."""

from decimal import Decimal
from typing import Any

import asyncpg
import httpx
import pytest
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.alarms import jobs as alarm_jobs
from crm_reporting.alarms.models import Alarm, AlarmCheck
from crm_reporting.custom_metrics import jobs, queries
from crm_reporting.custom_metrics.jobs import count_past
from crm_reporting.custom_metrics.models import CustomFact, CustomMetricState
from crm_reporting.events.custom import (
    CustomMetricCreated,
    CustomMetricDeleted,
    CustomMetricUpdated,
)
from crm_reporting.testing import (
    DealStory,
    SubjectStory,
    Tell,
    company_told,
    day,
    envelope,
    get_metric,
    moment,
    named,
    pipeline_created,
)
from crm_shared.actor import Role
from crm_shared.clock import utc_now
from crm_shared.db.infrastructure import KNOWN_USERS
from crm_shared.events.envelope import Envelope
from crm_shared.nouns import known_fields
from crm_shared.testing.events import recorded
from crm_shared.testing.plugin import ClientAs
from crm_shared.testing.policies import decide
from crm_shared.worker import JobContext

MARCH = "from=2026-03-01&to=2026-04-01"
MOVED, CREATED = "crm.deals.deal.stage_changed.v1", "crm.deals.deal.created.v1"
WON = {"field": "deal.outcome", "op": "eq", "value": "won"}
BIG = {"and": [WON, {"field": "deal.amount", "op": "gte", "value": "1000"}]}
BIG_WINS: dict[str, Any] = {
    "key": "big_wins", "title": {"en": "Big wins", "uk": "Великі перемоги"},
    "description": {"en": "Won deals of 1000 and more"}, "unit": "money",
    "numerator": {"events": [MOVED], "function": "sum", "field": "deal.amount", "filter": BIG},
    "groups": {"channel": "channel", "company": "company_id"},
}  # fmt: skip
HEADERS = {"If-Match": "*"}


def won(name: str, amount: str, *, at: str, **facts: Any) -> DealStory:
    return DealStory(name, at=day("03-01"), amount=amount, **facts).move("Won", at=moment(at))


async def rows_in(session: AsyncSession) -> list[Any]:
    order = (CustomFact.side, CustomFact.event_id)
    rows = await session.execute(select(*CustomFact.__table__.columns).order_by(*order))
    return [tuple(row) for row in rows]


async def define(client: httpx.AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post("/v1/custom-metrics", json=body)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


class TestMetric:
    async def test_counts_past_and_new_events_once_and_is_told_like_any_other(
        self, client: httpx.AsyncClient, client_as: ClientAs, tell: Tell, context: JobContext,
        rate: Any, merged: Any, session: AsyncSession,
    ) -> None:  # fmt: skip
        acme, twin = {"company_id": named("Acme")}, {"company_id": named("Acme again")}
        # 00:30 of the short day and 23:30 of it: in UTC another day, and one hour less between
        early = won("early", "1000.0000", at="2026-03-28 22:30", channel="web", **acme)
        late = won("late", "2000.0000", at="2026-03-29 20:30", channel="web", **twin)
        small = won("small", "999.9900", at="2026-03-20 10:00", channel="web")
        euros = won("euros", "1500.0000", at="2026-03-20 10:00", currency="EUR",
                    owner_id=named("Petro"), team_id=named("Lviv"))  # fmt: skip
        priceless = DealStory("none", at=day("03-01"), amount=None).move("Won", at=day("03-02"))
        await tell(pipeline_created(), early, late, small, euros, priceless)
        made = await define(client, BIG_WINS)
        assert (made["metric"], made["revision"]) == ("custom.big_wins", 1)
        waiting = await get_metric(client, f"custom.big_wins?{MARCH}&by=channel&interval=month")
        assert (waiting["value"], waiting["reason"]) == (None, "not_counted_yet")
        assert (waiting["breakdown"], waiting["series"][0]["reason"]) == ([], "not_counted_yet")

        # one that happens while the past is counted, and all of it once more
        live = won("live", "4000.0000", at="2026-03-30 10:00", channel="fair")
        await tell(live)
        assert [await count_past(context) for _ in range(2)] == [1, 0]
        counted = await rows_in(session)
        for story in (live, early, late):
            await tell(story)
        assert await rows_in(session) == counted
        # from the ledger alone it comes to the same, row by row
        await session.execute(delete(CustomFact))
        await session.execute(update(CustomMetricState).values(counted_at=None))
        await session.commit()
        assert await count_past(context) == 1
        assert await rows_in(session) == counted

        ask = f"custom.big_wins?{MARCH}"
        whole = await get_metric(client, f"{ask}&compare=previous")
        assert (whole["value"], whole["n"], whole["unit"]) == ("7000.00", 4, "money")
        assert whole["unconverted"] == [{"currency": "EUR", "n": 1, "amount": "1500.00"}]
        assert (whole["coverage"], whole["version"]) == ("0.7500", 1)
        assert whole["comparison"]["value"] == "0.00"
        assert whole["comparison"]["good"] is True
        # all that names no channel is in euros, and nobody knows what those are worth
        for one in (await get_metric(client, f"{ask}&by=channel"))["breakdown"]:
            assert (one["value"] is None) is (one["key"] is None)
        await rate("EUR", "UAH", "2026-03-01", "40")
        whole = await get_metric(client, f"{ask}&by=channel&interval=day")
        assert (whole["value"], whole["unconverted"]) == ("67000.00", [])
        assert [(one["key"], one["value"], one["share"]) for one in whole["breakdown"]] == [
            (None, "60000.00", "89.55"), ("fair", "4000.00", "5.97"), ("web", "3000.00", "4.48"),
        ]  # fmt: skip
        series = {one["start"]: one["value"] for one in whole["series"]}
        assert len(series) == 31
        assert (series["2026-03-28"], series["2026-03-29"]) == ("0.00", "3000.00")
        assert (series["2026-03-30"], series["2026-03-20"]) == ("4000.00", "60000.00")
        await merged("company", named("Acme again"), named("Acme"))
        await self.is_cut_and_asked_of_the_past(client, ask)
        await self.explains_itself(client, ask, whole["facts_url"])
        # G18: each sees his own, his team's, all of it; facts and value alike
        petro = client_as(Role.SELLER, user_id=named("Petro"))
        kyiv = client_as(Role.HEAD, team_ids=(named("Kyiv"),))
        seen = [(await get_metric(one, ask))["value"] for one in (petro, kyiv)]
        assert seen == ["60000.00", "7000.00"]
        assert len((await petro.get(whole["facts_url"])).json()["items"]) == 1
        assert (await client.get(f"/v1/metrics/{ask}&by=product")).status_code == 422
        assert (await client.get(f"/v1/metrics/{ask}&pipeline_id={named('x')}")).status_code == 422
        assert (await client.get(f"/v1/metrics/custom.nothing?{MARCH}")).status_code == 404

    async def is_cut_and_asked_of_the_past(self, client: httpx.AsyncClient, ask: str) -> None:
        # a merged company is the one it lives on in, until it is asked as it was
        by = {one["key"]: one["value"] for one in
              (await get_metric(client, f"{ask}&by=company"))["breakdown"]}  # fmt: skip
        assert by[str(named("Acme"))] == "3000.00"
        was = (await get_metric(client, f"{ask}&by=company&as_was=true"))["breakdown"]
        assert {one["value"] for one in was} >= {"1000.00", "2000.00"}
        assert (await get_metric(client, f"{ask}&channel=web"))["value"] == "3000.00"
        # what was known before any of it was recorded
        then = await get_metric(client, f"{ask}&as_of=2026-01-01T00:00:00Z")
        assert (then["value"], then["n"]) == ("0.00", 0)

    async def explains_itself(self, client: httpx.AsyncClient, ask: str, facts_url: str) -> None:
        facts = (await client.get(facts_url + "&limit=3&sort=-day")).json()
        rest = (await client.get(
            facts_url + f"&limit=3&sort=-day&cursor={facts['next_cursor']}"
        )).json()  # fmt: skip
        rows = [*facts["items"], *rest["items"]]
        assert [row["day"] for row in rows] == [
            "2026-03-30", "2026-03-29", "2026-03-29", "2026-03-20"
        ]  # fmt: skip
        assert sum(Decimal(row["amount"]) for row in rows) == Decimal("8500")
        assert {(row["noun"], row["part"], row["n"]) for row in rows} == {("deal", "numerator", 1)}
        listed = (await client.get("/v1/metrics")).json()["items"][-1]
        assert (listed["id"], listed["dimensions"]) == (
            "custom.big_wins", ["owner", "team", "channel", "company"]
        )  # fmt: skip
        assert listed["title"] == {"en": "Big wins", "uk": "Великі перемоги", "ru": "Big wins"}
        words = (await client.get(f"/v1/metrics/custom.big_wins/explain?{MARCH}")).json()
        assert words["formula"]["uk"].endswith("(сума deal.amount [deal.stage_changed] за умовою)")
        csv = await client.get(f"/v1/metrics/{ask}", headers={"Accept": "text/csv"})
        assert csv.text.splitlines()[1].startswith("2026-03-01,2026-04-01,67000.00")

    async def test_that_cannot_be_counted_is_tried_again_after_pauses_that_grow(
        self, client: httpx.AsyncClient, tell: Tell, context: JobContext, session: AsyncSession,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        """The ledger is not read from its beginning every two seconds for ever."""
        now, tried = [0.0], list[float]()
        monkeypatch.setattr(jobs, "PATIENCE", jobs.Patience(lambda: now[0]))

        async def refused(*_: Any, **__: Any) -> Any:
            tried.append(now[0])
            raise asyncpg.PostgresError

        await tell(won("a", "2000.0000", at="2026-03-20 10:00"))
        made = await define(client, BIG_WINS)
        state = f"/v1/custom-metrics/{made['id']}/state"
        with monkeypatch.context() as broken:
            broken.setattr(queries, "events_after", refused)
            for now[0] in (0, 2, 3.9, 4, 6, 11.9, 12, 27.9, 28, 10_000, 10_063.9, 10_064):
                assert await count_past(context) == 0
        assert tried == [0, 4, 12, 28, 10_000, 10_064]
        told = (await client.get(state)).json()
        assert told == {"state": "counting", "counted_revision": 1, "counted_at": None}
        # changed it is another one, and begins at once
        path = f"/v1/custom-metrics/{made['id']}"
        small = {**BIG_WINS, "numerator": {**BIG_WINS["numerator"], "filter": WON}}
        assert (await client.put(path, json=small, headers=HEADERS)).status_code == 200
        assert await count_past(context) == 1
        told = (await client.get(state)).json()
        assert (told["state"], told["counted_revision"]) == ("counted", 2)
        assert told["counted_at"] is not None

        # what a rebuild that began before the change has counted by the former revision
        stale = (await rows_in(session))[0]
        columns = [one.name for one in CustomFact.__table__.columns]
        await session.execute(
            insert(CustomFact), dict(zip(columns, stale, strict=True)) | {"revision": 1}
        )
        await session.commit()
        assert len(await rows_in(session)) == 2
        assert await count_past(context) == 0
        assert await rows_in(session) == [stale]

    async def test_divides_measures_time_and_finds_the_middle(
        self, client: httpx.AsyncClient, tell: Tell, context: JobContext, rate: Any
    ) -> None:
        moved = {"events": [MOVED], "filter": WON}
        amount = {**moved, "field": "deal.amount"}
        leads = {"events": ["crm.contacts.lead.created.v1"]}
        for key, unit, top, bottom in (
            ("per_lead", "percent", moved, leads),
            ("worth", "money", {**amount, "function": "sum"}, leads),
            ("companies", "count",
             {**moved, "function": "count_distinct", "field": "deal.company_id"}, None),
            ("took", "days", {**moved, "function": "mean", "since": "deal.created_at"}, None),
            ("middle", "money", {**amount, "function": "median"}, None),
            ("least", "money", {**amount, "function": "min"}, None),
            ("most", "money", {**amount, "function": "max"}, None),
            ("average", "money", {**amount, "function": "mean"}, None),
        ):  # fmt: skip
            body = {**BIG_WINS, "key": key, "unit": unit, "numerator": top, "denominator": bottom,
                    "groups": {"channel": "channel"}}  # fmt: skip
            await define(client, body)
            assert await count_past(context) == 1

        async def tells(key: str) -> tuple[Any, Any, int]:
            told = await get_metric(client, f"custom.{key}?{MARCH}")
            return told["value"], told["reason"], told["n"]

        assert await tells("per_lead") == (None, "no_denominator", 0)
        assert await tells("companies") == ("0", None, 0)
        assert [await tells(key) for key in ("took", "middle", "least", "average")] == [
            (None, "no_data", 0)
        ] * 4
        acme = {"company_id": named("Acme")}
        await tell(
            pipeline_created(),
            company_told("Acme", sector=None),
            won("a", "100.0000", at="2026-03-03 10:00", **acme),
            won("b", "400.0000", at="2026-03-05 10:00", **acme),
            won("c", "10.0000", at="2026-03-02 22:00", currency="EUR", channel="fair"),
            *(SubjectStory("lead", str(n), at=day("03-02")) for n in range(6)),
        )
        assert await tells("per_lead") == ("50.00", None, 6)
        assert await tells("worth") == ("83.33", None, 6)
        assert await tells("companies") == ("1", None, 3)
        # two days, four days, and a day and a half
        assert (await tells("took"))[0] == "2.50"
        assert (await tells("middle"))[0] == "250.00"
        await rate("EUR", "UAH", "2026-03-01", "40")
        assert (await tells("middle"))[0] == "400.00"
        assert [(await tells(key))[0] for key in ("least", "most", "average")] == [
            "100.00", "400.00", "300.00"
        ]  # fmt: skip
        cut = await get_metric(client, f"custom.per_lead?{MARCH}&by=channel")
        assert {one["key"]: (one["value"], one["low_n"]) for one in cut["breakdown"]} == {
            "fair": (None, True), None: ("33.33", False)
        }  # fmt: skip
        assert (await get_metric(client, f"custom.worth?{MARCH}"))["low_n"] is False


class TestDefinition:
    async def test_keeps_what_it_said_and_counts_anew_only_where_it_must(
        self, client: httpx.AsyncClient, client_as: ClientAs, session: AsyncSession, tell: Tell,
        context: JobContext,
    ) -> None:  # fmt: skip
        head, seller = client_as(Role.HEAD), client_as(Role.SELLER)
        await tell(won("a", "500.0000", at="2026-03-05 10:00"))
        refused = await client.post(
            "/v1/custom-metrics",
            json={**BIG_WINS, "numerator": {**BIG_WINS["numerator"], "field": "deal.colour"}},
        )
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == "/numerator/field"
        made = await define(head, BIG_WINS)
        path = f"/v1/custom-metrics/{made['id']}"
        assert (await client.post("/v1/custom-metrics", json=BIG_WINS)).status_code == 409
        assert (await seller.post("/v1/custom-metrics", json=BIG_WINS)).status_code == 403
        assert (await seller.get(path)).status_code == 403
        # costs are not for a head: he can neither define over them nor read what an admin did
        spent = {**BIG_WINS, "key": "spent", "groups": {},
                 "numerator": {"events": ["crm.reporting.cost.created.v1"], "function": "sum",
                               "field": "cost.amount"}}  # fmt: skip
        assert (await head.post("/v1/custom-metrics", json=spent)).status_code == 403
        await define(client, {**spent, "roles": None})
        assert [await count_past(context) for _ in range(2)] == [2, 0]
        assert (await head.get(f"/v1/metrics/custom.spent?{MARCH}")).status_code == 403
        assert (await get_metric(client, f"custom.big_wins?{MARCH}"))["value"] == "0.00"

        # a name and who may read it: nothing is counted anew
        renamed = {**BIG_WINS, "title": {"en": "Large wins"}, "roles": ["admin", "head"]}
        stale = await client.put(path, json=renamed, headers={"If-Match": '"7"'})
        answer = await client.put(path, json=renamed, headers={"If-Match": '"1"'})
        assert (stale.status_code, answer.status_code) == (412, 200)
        assert (answer.json()["revision"], answer.json()["counted_revision"]) == (2, 1)
        assert await count_past(context) == 0
        assert (await seller.get(f"/v1/metrics/custom.big_wins?{MARCH}")).status_code == 404
        ids = [one["id"] for one in (await seller.get("/v1/metrics")).json()["items"]]
        assert "custom.big_wins" not in ids
        # another filter: counted anew, and until then there is no value that says it was
        wider = {**renamed, "numerator": {**BIG_WINS["numerator"], "filter": WON}}
        answer = await client.put(path, json=wider, headers=HEADERS)
        assert (answer.json()["revision"], answer.json()["counted_revision"]) == (3, 3)
        waiting = await get_metric(client, f"custom.big_wins?{MARCH}")
        assert (waiting["reason"], waiting["version"]) == ("not_counted_yet", 3)
        assert await count_past(context) == 1
        assert (await get_metric(client, f"custom.big_wins?{MARCH}"))["value"] == "500.00"
        same = await client.put(path, json=wider, headers=HEADERS)
        assert same.json()["revision"] == 3
        versions = (await client.get(f"{path}/versions")).json()["items"]
        assert [one["revision"] for one in versions] == [3, 2, 1]
        assert versions[2]["definition"]["numerator"]["filter"] == BIG
        assert versions[2]["definition"]["title"]["en"] == "Big wins"
        assert (await client.delete(path, headers=HEADERS)).status_code == 204
        assert (await client.get(path)).status_code == 404
        assert (await client.get(f"/v1/metrics/custom.big_wins?{MARCH}")).status_code == 404
        kept = select(func.count()).where(CustomFact.metric_id == named("x"))
        assert await session.scalar(kept) == 0
        # no event tells what was typed: no title, no value of a filter
        told = [str(one.data.model_dump()) for kind in
                (CustomMetricCreated, CustomMetricUpdated, CustomMetricDeleted)
                for one in await recorded(session, kind)]  # fmt: skip
        assert len(told) == 5
        assert not any("wins" in one.replace("big_wins", "") or "1000" in one for one in told)
        fields = (await head.get("/v1/custom-metrics/fields?noun=call")).json()["items"]
        assert fields[0]["fields"]["call.duration_s"] == "int"

    async def test_can_be_watched_by_an_alarm(
        self, client_as: ClientAs, session: AsyncSession, tell: Tell, context: JobContext
    ) -> None:
        user = {"id": named("head"), "role": "admin", "team_ids": [], "is_active": True}
        await session.execute(KNOWN_USERS.insert(), [user | {"revision": 1}])
        await session.commit()
        admin = client_as(Role.ADMIN, user_id=named("head"))
        await define(admin, BIG_WINS)
        await count_past(context)
        watch = {"name": "Забагато", "metric": "custom.big_wins", "direction": "above",
                 "bound": "900", "days": 7}  # fmt: skip
        made = await admin.post("/v1/alarms", json=watch)
        assert made.status_code == 201, made.text
        changed = await admin.put(
            f"/v1/alarms/{made.json()['id']}", json={**watch, "bound": "950"}, headers=HEADERS
        )
        assert (changed.status_code, changed.json()["revision"]) == (200, 2)
        now = utc_now()
        await tell(DealStory("n", at=now, amount="1000.0000").move("Won", at=now))
        await session.execute(update(AlarmCheck).values(due_at=now))
        await session.commit()

        assert await alarm_jobs.look_at_due(context) == 1

        assert await session.scalar(select(Alarm.is_raised)) is True
        # and in the report that schedules mail, with the metrics of the catalogue's own shape
        report = await admin.get("/v1/reports/custom_metrics?lang=uk")
        [row] = report.json()["tables"][0]["rows"]
        assert (row["label"].partition(",")[0], row["values"]["value"]) == (
            "Великі перемоги", "1000.00"
        )  # fmt: skip


class TestCustomFields:
    async def test_are_measured_filtered_and_grouped_as_events_tell_them(
        self, client: httpx.AsyncClient, tell: Tell, context: JobContext, session: AsyncSession
    ) -> None:
        """S6, R2: a company's own fields; what is personal is in no event and stays unknown."""
        kinds = {"segment": "choice", "budget": "decimal", "vip": "boolean", "words": "text"}
        told = [field_told(key, kind, is_personal=key == "words") for key, kind in kinds.items()]
        await known_fields.keep_fields(session, told)
        await session.commit()
        retail = {"segment": "retail", "budget": "500.50", "vip": True}
        await tell(
            won("a", "1.0000", at="2026-03-05 10:00", custom_fields=retail),
            won("b", "1.0000", at="2026-03-06 10:00", custom_fields={**retail, "budget": "1"}),
            won("c", "1.0000", at="2026-03-07 10:00", custom_fields={**retail, "vip": False}),
            won("d", "1.0000", at="2026-03-08 10:00", custom_fields={"vip": True}),
            won("e", "1.0000", at="2026-03-08 10:00"),
        )
        vips = {"and": [WON, {"field": "deal.custom_fields.vip", "op": "eq", "value": True}]}
        body = {
            **BIG_WINS, "key": "budgets", "unit": "score",
            "groups": {"kind": "custom_fields.segment"},
            "numerator": {"events": [MOVED], "function": "sum", "filter": vips,
                          "field": "deal.custom_fields.budget"},
        }  # fmt: skip
        made = await define(client, body)
        # kept with the types of the day: definitions may go, what was counted stays
        assert made["numerator"]["field"] == "deal.custom_fields.budget:decimal"
        assert made["groups"] == {"kind": "deal.custom_fields.segment:choice"}
        await count_past(context)
        value = await get_metric(client, f"custom.budgets?{MARCH}&by=kind")
        assert (value["value"], value["coverage"]) == ("501.50", "0.6667")
        assert {one["key"]: one["value"] for one in value["breakdown"]} == {
            "retail": "501.50", None: None,
        }  # fmt: skip
        assert (await get_metric(client, f"custom.budgets?{MARCH}&kind=retail"))["n"] == 2
        # sent back as it was told, it is the same
        again = await client.put(
            f"/v1/custom-metrics/{made['id']}", headers=HEADERS,
            json={**body, "groups": made["groups"],
                  "numerator": {**body["numerator"], "field": made["numerator"]["field"]}},
        )  # fmt: skip
        assert (again.status_code, again.json()["revision"]) == (200, 1)
        fields = (await client.get("/v1/custom-metrics/fields?noun=deal")).json()["items"][0]
        assert fields["fields"]["deal.custom_fields.vip:boolean"] == "boolean"
        for path, code in (("words", "unknown-field"), ("nobody", "unknown-field")):
            refused = await client.post(
                "/v1/custom-metrics",
                json={**body, "key": path, "groups": {"kind": f"custom_fields.{path}"}},
            )
            assert refused.status_code == 422
            assert refused.json()["errors"][0]["code"] == code

    async def test_hide_what_one_of_them_hides(
        self, client: httpx.AsyncClient, client_as: ClientAs, session: AsyncSession
    ) -> None:
        await known_fields.keep_fields(session, [field_told("budget", "decimal")])
        await session.commit()
        body = {
            **BIG_WINS, "key": "budgets", "unit": "score", "groups": {},
            "numerator": {"events": [MOVED], "function": "sum",
                          "field": "deal.custom_fields.budget"},
        }  # fmt: skip
        await define(client, body)
        await decide(client, session, hidden_fields={"viewer": {"deal": ["custom.budget"]}})
        for role, status in (("viewer", 403), ("marketing", 200)):
            answer = await client_as(role).get(f"/v1/metrics/custom.budgets?{MARCH}")
            assert answer.status_code == status, role


def field_told(key: str, kind: str, *, is_personal: bool = False) -> Envelope[Any]:
    told = {"noun": "deal", "key": key, "type": kind, "is_personal": is_personal,
            "is_archived": False}  # fmt: skip
    return envelope(
        "crm.deals.custom_field.created.v1", {"custom_field": told}, subject=named(key),
        revision=1, at=day("03-01"),
    )  # fmt: skip
