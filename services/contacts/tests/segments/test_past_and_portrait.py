"""C5: the rule of a segment asked of a past moment; C7: the portrait of those in it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.purchases.models import CustomerDeal
from crm_contacts.reruns import use_cases as reruns
from crm_contacts.testing import make_contact
from crm_shared.clock import utc_now
from crm_shared.ids import new_id
from crm_shared.testing.plugin import ClientAs

ANY = {"If-Match": "*"}
KYIV: dict[str, Any] = {"field": "city", "op": "eq", "value": "Київ"}
DAY = timedelta(days=1)


async def by_rule(client: httpx.AsyncClient, rule: Any, **values: Any) -> str:
    body = {"name": "Хто", "kind": "rule", "filter": rule, **values}
    answer = await client.post("/v1/segments", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def person(client: httpx.AsyncClient, **values: Any) -> str:
    answer = await client.post("/v1/contacts", json={"last_name": "Стус", **values})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def aged(session: AsyncSession, days: int = 10) -> None:
    """Let everything that was written so far have been written some days ago."""
    aging = text("UPDATE versions SET at = at - make_interval(days => :days)")
    await session.execute(aging, {"days": days})
    await session.commit()


async def past(
    client: httpx.AsyncClient, segment_id: str, at: datetime, **params: Any
) -> dict[str, Any]:
    answer = await client.get(
        f"/v1/segments/{segment_id}/rerun", params={"at": at.isoformat(), **params}
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def ids(told: dict[str, Any]) -> set[str]:
    return {item["member_id"] for item in told["items"]}


class TestC5PastMoment:
    async def test_asks_clients_as_they_were_by_the_rule_of_that_moment(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        moved = await person(client, city="Київ", tags=["vip"], phones=[{"value": "0671234567"}])
        stayed = await person(client, city="Київ")
        gone = await person(client, city="Київ")
        segment_id = await by_rule(client, KYIV)
        await aged(session)
        lviv = {"city": "Львів", "tags": [], "phones": []}
        path = f"/v1/contacts/{moved}"
        assert (await client.patch(path, json=lviv, headers=ANY)).status_code == 200
        assert (await client.delete(f"/v1/contacts/{gone}", headers=ANY)).status_code == 204
        await person(client, city="Київ")
        wanted = {"and": [{"field": "tags", "op": "has", "value": "vip"}, KYIV]}
        change = {"filter": {**wanted, "and": [*wanted["and"], PHONE]}}
        changed = await client.patch(f"/v1/segments/{segment_id}", json=change, headers=ANY)
        assert changed.json()["rule_version"] == 2

        then = await past(client, segment_id, utc_now() - 5 * DAY)
        by_the_new_rule = await past(client, segment_id, utc_now() - 5 * DAY, version=2)
        now = await past(client, segment_id, utc_now())

        assert (ids(then), then["rule_version"]) == ({moved, stayed, gone}, 1)
        assert {item["was_recorded"] for item in then["items"]} == {False}
        assert (ids(by_the_new_rule), ids(now)) == ({moved}, set())
        versions = (await client.get(f"/v1/segments/{segment_id}/rules")).json()["items"]
        assert [one["rule_version"] for one in versions] == [2, 1]
        assert versions[1]["filter"] == KYIV

    async def test_counts_purchases_up_to_it_and_pages_on(
        self,
        client: httpx.AsyncClient,
        session: AsyncSession,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        people = [await person(client) for _ in range(3)]
        rule = {"field": "days_since_purchase", "op": "lte", "value": 3}
        segment_id = await by_rule(client, rule)
        await aged(session, 30)
        for one in people:
            session.add(
                CustomerDeal(
                    id=new_id(),
                    revision=1,
                    contact_id=UUID(one),
                    outcome="won",
                    won_at=utc_now() - 10 * DAY,
                    is_gone=False,
                )
            )
        await session.commit()

        before = await past(client, segment_id, utc_now() - 11 * DAY)
        first = await past(client, segment_id, utc_now() - 9 * DAY, limit=2)
        rest = await past(
            client, segment_id, utc_now() - 9 * DAY, limit=2, after=first["next_after"]
        )

        assert ids(before) == set()
        assert (len(first["items"]), len(rest["items"]), rest["next_after"]) == (2, 1, None)
        assert ids(first) | ids(rest) == set(people)
        assert first["approximations"] == ["purchases_as_known_now"]
        assert ids(await past(client, segment_id, utc_now())) == set()

        # a base that is walked in more than one request has pages with nobody, and goes on
        monkeypatch.setattr(reruns, "PORTION", 2)
        monkeypatch.setattr(reruns, "MOST_PORTIONS", 1)
        nobody = await past(client, segment_id, utc_now())
        end = await past(client, segment_id, utc_now(), after=nobody["next_after"])
        assert (nobody["items"], nobody["next_after"]) == ([], sorted(people)[1])
        assert (end["items"], end["next_after"]) == ([], None)

    @pytest.mark.parametrize(
        ("rule", "days", "status", "code"),
        [
            ({"field": "open_deals", "op": "gt", "value": 0}, 1, 422, "not-reconstructable"),
            (KYIV, 100, 404, "rule-not-in-force"),
            (KYIV, -1, 422, "in-the-future"),
        ],
    )
    async def test_says_what_nobody_can_tell(
        self,
        client: httpx.AsyncClient,
        session: AsyncSession,
        rule: Any,
        days: int,
        status: int,
        code: str,
    ) -> None:
        segment_id = await by_rule(client, {"and": [rule]})
        await aged(session)
        at = (utc_now() - days * DAY).isoformat()

        answer = await client.get(f"/v1/segments/{segment_id}/rerun", params={"at": at})

        assert (answer.status_code, answer.json()["code"]) == (status, code)

    async def test_tells_of_those_within_ones_scope(
        self, client: httpx.AsyncClient, client_as: ClientAs
    ) -> None:
        seller_id = new_id()
        mine = await person(client, city="Київ", owner_id=str(seller_id))
        await person(client, city="Київ")
        segment_id = await by_rule(client, KYIV)

        told = await past(client_as("seller", user_id=seller_id), segment_id, utc_now())

        assert ids(told) == {mine}


PHONE = {"field": "phones", "op": "has", "value": "+380671234567"}


class TestC7Portrait:
    async def test_shows_what_is_oftener_in_a_segment_than_elsewhere(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        born = utc_now().date().replace(year=utc_now().year - 30, day=1)
        inside = [make_contact(city="Київ", sex="female", birth_date=born) for _ in range(5)]
        inside += [make_contact(city="Львів", sex="male", birth_date=born)]
        others = [make_contact(city="Одеса", sex="male") for _ in range(6)]
        session.add_all([*inside, *others])
        await session.commit()
        made = await client.post("/v1/segments", json={"name": "Жінки Києва"})
        path = f"/v1/segments/{made.json()['id']}"
        await client.post(f"{path}/members", json={"add": [str(one.id) for one in inside]})

        told = (await client.get(f"{path}/portrait")).json()

        assert (told["n"], told["base_n"], told["fewest"]) == (6, 12, 5)
        shown = {one["attribute"]: one for one in told["attributes"]}
        assert shown["sex"]["groups"] == [
            {
                "value": "female",
                "n": 5,
                "share": "0.8333",
                "base_share": "0.4167",
                "lift": "2.0000",
                "reason": None,
            }
        ]
        assert (shown["sex"]["hidden_groups"], shown["sex"]["hidden_n"]) == (1, 1)
        assert [one["value"] for one in shown["age_group"]["groups"]] == ["25-34"]
        assert [one["value"] for one in shown["city"]["groups"]] == ["Київ"]
        unknown = shown["income_band"]
        assert (unknown["known"], unknown["coverage"], unknown["reason"]) == (
            0,
            "0.0000",
            "no_data",
        )

    async def test_of_nobody_is_null_with_a_reason(self, client: httpx.AsyncClient) -> None:
        made = await client.post("/v1/segments", json={"name": "Ніхто", "noun": "company"})

        told = (await client.get(f"/v1/segments/{made.json()['id']}/portrait")).json()

        assert (told["n"], told["fewest"]) == (0, 1)
        assert {(one["coverage"], one["reason"]) for one in told["attributes"]} == {
            (None, "no_data")
        }
