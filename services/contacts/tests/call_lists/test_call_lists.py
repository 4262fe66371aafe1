"""C14: lists of people to be called: built, handed out one by one, their results kept."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.activities.models import Activity
from crm_contacts.call_lists import queries
from crm_contacts.call_lists.models import CallAttempt, CallListEntry
from crm_contacts.call_lists.rules import Result, Terms, after_call
from crm_contacts.call_lists.use_cases.calling import exclude, release
from crm_contacts.contacts.models import Contact
from crm_contacts.events import ConsentWithdrawn
from crm_contacts.events.call_lists import (
    CallListEntryAdded,
    CallListEntryExcluded,
    CallListEntryLogged,
    CallListEntryReleased,
    CallListEntryTaken,
)
from crm_contacts.persons.queries import person_of_contact, rows_of
from crm_contacts.persons.use_cases import erase_person
from crm_contacts.testing import make_contact
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded, silence
from crm_shared.testing.plugin import ClientAs

ANY = {"If-Match": "*"}
KYIV: dict[str, Any] = {"field": "city", "op": "eq", "value": "Київ"}
NOON = datetime(2026, 3, 16, 12, tzinfo=UTC)


def numbered(index: int, **values: Any) -> Contact:
    given = {"city": "Київ", "phones": [{"value": f"067123450{index}"}], **values}
    return make_contact(f"Стус {index}", **given)


def said(granted: bool, purpose: str = "marketing") -> dict[str, Any]:
    at = NOON.isoformat()
    return {"channel": "call", "purpose": purpose, "granted": granted, "at": at}


async def kept(session: AsyncSession, *rows: Any) -> list[Any]:
    session.add_all(rows)
    await session.commit()
    return list(rows)


async def made(client: httpx.AsyncClient, **values: Any) -> str:
    body = {"name": "Холодна база", "filter": KYIV, **values}
    answer = await client.post("/v1/call-lists", json=body)
    assert answer.status_code == 201, answer.text
    return f"/v1/call-lists/{answer.json()['id']}"


async def filled(client: httpx.AsyncClient, path: str, **body: Any) -> dict[str, Any]:
    answer = await client.post(f"{path}/fill", json=body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def taken(client: httpx.AsyncClient, path: str) -> dict[str, Any]:
    answer = await client.post(f"{path}/next")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def logged(
    client: httpx.AsyncClient, path: str, handed: dict[str, Any], result: str, **more: Any
) -> httpx.Response:
    body = {"result": result, **more}
    return await client.post(f"{path}/entries/{handed['entry']['id']}/result", json=body)


async def later(session: AsyncSession, **by: float) -> None:
    """Let time pass for every entry."""
    passed = timedelta(**by)
    rows = await session.scalars(select(CallListEntry).execution_options(populate_existing=True))
    for row in rows:
        until = None if row.taken_until is None else row.taken_until - passed
        await session.execute(
            update(CallListEntry)
            .where(CallListEntry.id == row.id)
            .values(next_at=row.next_at - passed, taken_until=until)
            .execution_options(synchronize_session=False)
        )
    await session.commit()


class TestC14Fill:
    async def test_leaves_out_whom_nobody_may_call_and_counts_why(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        fine, _, _, _, _, other = await kept(
            session,
            numbered(1, consents=[said(granted=True)]),
            numbered(2, do_not_call=True),
            numbered(3, consents=[said(granted=False)]),
            numbered(4, phones=[]),
            numbered(5, restricted_at=utc_now()),
            numbered(6, consents=[said(granted=False, purpose="service")]),
        )
        path = await made(client)

        first, again = await filled(client, path), await filled(client, path)

        assert (first["added"], first["has_more"], again["added"]) == (2, False, 0)
        assert first["excluded"] == {
            "do_not_call": 1,
            "consent_withdrawn": 1,
            "no_phone": 1,
            "restricted": 1,
        }
        added = await recorded(session, CallListEntryAdded)
        assert {one.data.call_list_entry.contact_id for one in added} == {fine.id, other.id}
        assert {one.bulk for one in added} == {True}

    async def test_with_consent_needed_takes_only_those_who_gave_it(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        await kept(session, numbered(1, consents=[said(granted=True)]), numbered(2))
        path = await made(client, needs_consent=True)

        told = await filled(client, path)

        assert (told["added"], told["excluded"]) == (1, {"no_consent": 1})

    async def test_takes_a_segment_or_named_people_within_ones_scope(
        self, client: httpx.AsyncClient, client_as: ClientAs, session: AsyncSession
    ) -> None:
        seller_id = new_id()
        mine, others = await kept(session, numbered(1, owner_id=seller_id), numbered(2))
        group = (await client.post("/v1/segments", json={"name": "Усі"})).json()["id"]
        both = {"add": [str(mine.id), str(others.id)]}
        await client.post(f"/v1/segments/{group}/members", json=both)
        seller = client_as("seller", user_id=seller_id)
        by_admin = await made(client, filter=None, segment_id=group)
        by_seller = await made(seller, filter=None, segment_id=group)
        named = await made(client, filter=None)

        counts = [(await filled(client, by_admin))["added"]]
        counts.append((await filled(seller, by_seller))["added"])
        counts.append((await filled(client, named, contact_ids=[str(others.id)]))["added"])
        nothing = await client.post(f"{named}/fill", json={})

        assert counts == [2, 1, 1]
        assert (nothing.status_code, nothing.json()["code"]) == (422, "no-source")


class TestC14Next:
    async def test_never_hands_the_same_person_to_two_callers(
        self, client: httpx.AsyncClient, client_as: ClientAs, session: AsyncSession
    ) -> None:
        people = await kept(session, *(numbered(index) for index in range(4)))
        team = new_id()
        callers = [client_as("seller", user_id=new_id(), team_ids=(team,)) for _ in range(5)]
        path = await made(client, team_id=str(team))
        await filled(client, path)

        handed = await asyncio.gather(*(taken(caller, path) for caller in callers))
        again = await taken(callers[0], path)

        got = [one["entry"]["contact_id"] for one in handed if one["entry"]]
        assert sorted(got) == sorted(str(one.id) for one in people)
        [nobody] = [one for one in handed if one["entry"] is None]
        assert (nobody["reason"], nobody["next_at"] is not None) == ("not_yet", True)
        assert again["entry"] in [handed[0]["entry"], None]
        told = await recorded(session, CallListEntryTaken)
        assert len({one.subject for one in told}) == len(told) == 4
        assert handed[0]["contact"] is None or "phones" in handed[0]["contact"]

    async def test_passes_over_whom_nobody_may_call_since(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        people = await kept(session, *(numbered(index) for index in range(4)))
        path = await made(client)
        await filled(client, path)
        changes = ({"do_not_call": True}, {"consents": [said(granted=False)]})
        for person, change in zip(people, changes, strict=False):
            answer = await client.patch(f"/v1/contacts/{person.id}", json=change, headers=ANY)
            assert answer.status_code == 200
        merge = {"loser_id": str(people[2].id)}
        path_of_merge = f"/v1/contacts/{people[3].id}/merge"
        assert (await client.post(path_of_merge, json=merge, headers=ANY)).status_code == 200

        handed = await taken(client, path)

        assert handed["contact"]["id"] == str(people[3].id)
        await logged(client, path, handed, "answered")
        assert (await taken(client, path))["reason"] == "nobody_left"
        out = await recorded(session, CallListEntryExcluded)
        # a word against calls marks him as well
        assert sorted(str(one.data.call_list_entry.excluded_for) for one in out) == [
            "do_not_call",
            "do_not_call",
            "duplicate",
        ]

    async def test_takes_back_from_whom_he_holds_and_may_not_call_any_more(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        [one] = await kept(session, numbered(1))
        path = await made(client)
        await filled(client, path)
        await taken(client, path)
        await client.patch(f"/v1/contacts/{one.id}", json={"do_not_call": True}, headers=ANY)

        assert (await taken(client, path))["reason"] == "nobody_left"

    async def test_somebody_held_too_long_goes_to_another(
        self, client: httpx.AsyncClient, client_as: ClientAs, session: AsyncSession
    ) -> None:
        await kept(session, numbered(1))
        path = await made(client, hold_minutes=5)
        await filled(client, path)
        first = await taken(client, path)
        other = client_as("admin", user_id=new_id())
        assert (await taken(other, path))["reason"] == "not_yet"
        await later(session, minutes=6)

        second = await taken(other, path)
        late = await logged(client, path, first, "answered")

        assert second["entry"]["id"] == first["entry"]["id"]
        assert (late.status_code, late.json()["code"]) == (409, "not-yours")

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"status": "paused"}, "call-list-not-open"),
            ({"caller_ids": [str(UUID(int=1))]}, "not-a-caller"),
        ],
    )
    async def test_is_for_callers_of_open_lists(
        self, client: httpx.AsyncClient, session: AsyncSession, change: dict[str, Any], code: str
    ) -> None:
        await kept(session, numbered(1))
        path = await made(client)
        await filled(client, path)
        assert (await client.patch(path, json=change, headers=ANY)).status_code == 200

        async with silence(session):
            answer = await client.post(f"{path}/next")

        assert answer.json()["code"] == code


class TestC14Result:
    async def test_stands_in_the_history_of_the_person_and_in_the_progress(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        await kept(session, numbered(1), numbered(2))
        path = await made(client)
        await filled(client, path)
        empty = (await client.get(f"{path}/progress")).json()
        handed = await taken(client, path)

        words = {"comment": "Просив каталог", "duration_s": 61}
        answer = await logged(client, path, handed, "answered", **words)

        assert answer.json()["status"] == "answered"
        call = (await session.scalars(select(Activity))).one()
        assert (call.kind, call.outcome, call.status) == ("call", "answered", "done")
        called = handed["contact"]["id"]
        assert (str(call.contact_id), call.duration_s) == (called, 61)
        [told] = await recorded(session, CallListEntryLogged)
        assert (told.data.result, told.data.activity_id) == ("answered", call.id)
        assert "каталог" not in told.model_dump_json()
        entry = f"{path}/entries/{handed['entry']['id']}"
        attempts = (await client.get(f"{entry}/attempts")).json()["items"]
        assert [item["comment"] for item in attempts] == ["Просив каталог"]
        now = (await client.get(f"{path}/progress")).json()
        assert (empty["reached_share"], empty["reason"]) == (None, "no_data")
        assert (now["total"], now["left"], now["done_share"]) == (2, 1, "0.5000")
        assert (now["reached_share"], now["callers"][0]["answered"]) == ("1.0000", 1)
        exported = await client.get("/v1/call-list-entries/export")
        assert exported.text.count(called) == 1

    async def test_nobody_answers_until_the_attempts_are_used_up(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        await kept(session, numbered(1))
        path = await made(client, max_attempts=2, retry_after_minutes=60)
        await filled(client, path)
        statuses = []
        for _ in range(2):
            handed = await taken(client, path)
            answer = await logged(client, path, handed, "no_answer")
            statuses.append((answer.json()["status"], answer.json()["attempts"]))
            assert (await taken(client, path))["entry"] is None
            await later(session, minutes=61)

        assert statuses == [("waiting", 1), ("exhausted", 2)]
        assert (await taken(client, path))["reason"] == "nobody_left"

    async def test_a_call_that_was_promised_is_kept_for_whoever_promised_it(
        self, client: httpx.AsyncClient, client_as: ClientAs, session: AsyncSession
    ) -> None:
        await kept(session, numbered(1))
        path = await made(client)
        await filled(client, path)
        handed = await taken(client, path)
        at = (utc_now() + timedelta(hours=2)).isoformat()
        past = (utc_now() - timedelta(hours=2)).isoformat()

        refused = await logged(client, path, handed, "call_back", call_back_at=past)
        without = await logged(client, path, handed, "call_back")
        answer = await logged(client, path, handed, "call_back", call_back_at=at)
        await later(session, hours=2, minutes=1)
        other = await taken(client_as("admin", user_id=new_id()), path)
        mine = await taken(client, path)

        assert (refused.status_code, without.status_code) == (422, 422)
        assert (answer.json()["status"], answer.json()["attempts"]) == ("waiting", 0)
        assert (other["entry"], other["reason"]) == (None, "not_yet")
        assert mine["entry"]["id"] == handed["entry"]["id"]

    async def test_who_wants_no_calls_is_called_from_no_list(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        [one] = await kept(session, numbered(1))
        path, elsewhere = await made(client), await made(client)
        await filled(client, path)
        await filled(client, elsewhere)
        handed = await taken(client, path)

        answer = await logged(client, path, handed, "refused", do_not_call=True)

        assert (answer.json()["status"], answer.json()["excluded_for"]) == (
            "excluded",
            "do_not_call",
        )
        person = (await client.get(f"/v1/contacts/{one.id}")).json()
        assert person["do_not_call"] is True
        assert len(await recorded(session, ConsentWithdrawn)) == 1
        assert (await taken(client, elsewhere))["reason"] == "nobody_left"

    async def test_of_a_list_one_does_not_see_or_hold_is_refused(
        self, client: httpx.AsyncClient, client_as: ClientAs, session: AsyncSession
    ) -> None:
        await kept(session, numbered(1))
        path = await made(client, owner_id=str(new_id()), team_id=str(new_id()))
        await filled(client, path)
        handed = await taken(client, path)
        stranger = client_as("seller", user_id=new_id())

        unseen = await logged(stranger, path, handed, "answered")
        given = await client.post(f"{path}/entries/{handed['entry']['id']}/release")
        twice = await client.post(f"{path}/entries/{handed['entry']['id']}/release")

        assert (unseen.status_code, unseen.json()["code"]) == (404, "call-list-not-found")
        assert (await stranger.get("/v1/call-list-entries")).json()["items"] == []
        assert (given.json()["status"], twice.json()["code"]) == ("waiting", "not-yours")


class TestC14TimedWork:
    async def test_releases_and_takes_out_with_two_workers_at_once(
        self, client: httpx.AsyncClient, sessions: Sessions, session: AsyncSession
    ) -> None:
        one, _ = await kept(session, numbered(1), numbered(2))
        path = await made(client)
        await filled(client, path)
        await taken(client, path)
        await later(session, minutes=21)
        async with sessions.begin() as first, sessions.begin() as second:
            held = await queries.overdue_entries(first, utc_now(), 10)
            assert await queries.overdue_entries(second, utc_now(), 10) == []
            for entry in held:
                await release(first, entry)
        await client.patch(f"/v1/contacts/{one.id}", json={"do_not_call": True}, headers=ANY)
        async with sessions.begin() as first, sessions.begin() as second:
            later_on, lately = (utc_now() + timedelta(minutes=some) for some in (1, -1))
            assert await queries.forbidden_entries(first, "contact", 10, since=later_on) == []
            found = await queries.forbidden_entries(first, "contact", 10, since=lately)
            assert await queries.forbidden_entries(second, "contact", 10) == []
            for entry, reason in found:
                await exclude(first, entry, reason)

        assert len(await recorded(session, CallListEntryReleased)) == 1
        [out] = await recorded(session, CallListEntryExcluded)
        assert out.data.call_list_entry.contact_id == one.id


@pytest.mark.parametrize(
    ("result", "attempts", "status"),
    [
        (Result.ANSWERED, 1, "answered"),
        (Result.REFUSED, 1, "refused"),
        (Result.WRONG_NUMBER, 1, "excluded"),
        (Result.BUSY, 1, "waiting"),
        (Result.NO_ANSWER, 3, "exhausted"),
        (Result.CALL_BACK, 3, "waiting"),
    ],
)
def test_c14_after_a_call(result: Result, attempts: int, status: str) -> None:
    terms, back_at = Terms(3, timedelta(hours=2)), NOON + timedelta(days=1)

    follows = after_call(result, attempts, terms, now=NOON, call_back_at=back_at)

    assert follows.status == status
    expected = {Result.BUSY: NOON + terms.retry_after, Result.CALL_BACK: back_at}
    assert follows.next_at == expected.get(result, NOON)


async def test_c14_what_callers_noted_is_exported_and_forgotten_with_the_person(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    [one] = await kept(session, numbered(1))
    path = await made(client)
    await filled(client, path)
    await logged(client, path, await taken(client, path), "no_answer", comment="Хворіє")
    person = await person_of_contact(session, one.id)

    told = await rows_of(session, person)
    await erase_person(session, person)
    await session.commit()

    assert [row["comment"] for row in told["call_attempts"]] == ["Хворіє"]
    assert [row["status"] for row in told["call_list_entries"]] == ["waiting"]
    [attempt] = await session.scalars(select(CallAttempt).execution_options(populate_existing=True))
    assert (attempt.comment, attempt.result) == (None, "no_answer")
    await later(session, minutes=121)
    assert (await taken(client, path))["reason"] == "nobody_left"
