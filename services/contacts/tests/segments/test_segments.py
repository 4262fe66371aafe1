"""C5: segments by hand and by rule; who came and went is told, by ids."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.consumers import SUBSCRIPTIONS
from crm_contacts.contacts.models import Contact
from crm_contacts.events.segments import SegmentCreated, SegmentMemberAdded, SegmentMemberRemoved
from crm_contacts.purchases.models import CustomerDeal
from crm_contacts.refs import REFS
from crm_contacts.segments import queries, use_cases
from crm_contacts.segments.models import Segment, SegmentEvaluation, SegmentStay
from crm_contacts.testing import make_company, make_contact
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.events.envelope import AnyEvent, Envelope
from crm_shared.events.subscription import Discard
from crm_shared.ids import new_id
from crm_shared.testing.events import announced, envelope_of, recorded, silence
from crm_shared.testing.plugin import ClientAs

ANY = {"If-Match": "*"}
[of_deals] = [one for one in SUBSCRIPTIONS if one.durable == "contacts-purchases"]
[of_clients] = [one for one in SUBSCRIPTIONS if one.durable == "contacts-segments"]
KYIV: dict[str, Any] = {"field": "city", "op": "eq", "value": "Київ"}


async def made(client: httpx.AsyncClient, **values: Any) -> dict[str, Any]:
    answer = await client.post("/v1/segments", json={"name": "Найкращі", **values})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def kept(session: AsyncSession, *rows: Any) -> list[Any]:
    session.add_all(rows)
    await session.commit()
    return list(rows)


async def change(client: httpx.AsyncClient, segment_id: str, **body: Any) -> httpx.Response:
    return await client.post(f"/v1/segments/{segment_id}/members", json=body)


async def members(client: httpx.AsyncClient, segment_id: str, **params: Any) -> list[str]:
    answer = await client.get(f"/v1/segments/{segment_id}/members", params=params)
    assert answer.status_code == 200, answer.text
    return [item["member_id"] for item in answer.json()["items"]]


async def evaluated(session: AsyncSession, segment_id: str, *, limit: int = 500) -> None:
    """Do what the job does, portion after portion."""
    while True:
        segment = await session.get(Segment, UUID(segment_id), populate_existing=True)
        evaluation = await queries.evaluation_of(session, UUID(segment_id))
        assert segment is not None and evaluation is not None  # noqa: PT018
        asked = await use_cases.evaluate_portion(
            session, segment, evaluation, limit=limit, every=timedelta(hours=1)
        )
        await session.commit()
        if asked < limit:
            return


def deal(subject: UUID | None = None, *, fact: str = "created", **told: Any) -> Envelope[Any]:
    given = {"contact_id": None, "company_id": None, "outcome": "open", **told}
    event = AnyEvent.model_validate({"deal": given})
    revision = given.pop("revision", 1)
    return envelope_of(
        _typed(event, f"crm.deals.deal.{fact}.v1"), subject=subject, revision=revision
    )


def _typed(event: AnyEvent, name: str) -> AnyEvent:
    kind: Any = type("Told", (AnyEvent,), {}, type=name)
    found: AnyEvent = kind.model_validate(event.as_dict())
    return found


def won(contact_id: UUID, *, days_ago: int = 1, **told: Any) -> Envelope[Any]:
    at = (utc_now() - timedelta(days=days_ago)).isoformat()
    given = {"amount": "100.00", "currency": "UAH", **told}
    return deal(contact_id=str(contact_id), outcome="won", won_at=at, **given)


class TestC5ByHand:
    async def test_members_come_and_go_by_ids_alone(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        one, other = await kept(session, make_contact("Стус"), make_contact("Симоненко"))
        segment = await made(client, description="Хто купує")

        came = await change(client, segment["id"], add=[str(one.id), str(other.id)])
        again = await change(client, segment["id"], add=[str(one.id)], remove=[str(other.id)])

        assert set(came.json()["added"]) == {str(one.id), str(other.id)}
        assert again.json() == {
            "added": [],
            "removed": [str(other.id)],
            "unchanged": [str(one.id)],
            "not_found": [],
        }
        assert await members(client, segment["id"]) == [str(one.id)]
        [told] = await recorded(session, SegmentMemberRemoved)
        assert (told.revision, told.data.reason) == (2, "hand")
        assert told.data.segment_member.contact_id == other.id
        assert len(await recorded(session, SegmentMemberAdded)) == 2
        [born] = await recorded(session, SegmentCreated)
        assert "Найкращі" not in born.model_dump_json()

    async def test_who_is_not_there_is_named_and_nothing_is_half_written(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        [one] = await kept(session, make_contact())
        segment, strange = await made(client), str(new_id())

        async with silence(session):
            refused = await change(client, segment["id"], add=[str(one.id), strange])
        taken = await change(client, segment["id"], add=[str(one.id), strange], atomic=False)

        assert (refused.status_code, refused.json()["code"]) == (422, "unknown-members")
        assert refused.json()["errors"][0]["pointer"] == "/add/1"
        assert (taken.json()["added"], taken.json()["not_found"]) == ([str(one.id)], [strange])

    async def test_of_a_past_moment_are_read_from_their_history(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        [one] = await kept(session, make_contact())
        segment = await made(client)
        await change(client, segment["id"], add=[str(one.id)])
        inside = utc_now().isoformat()
        await change(client, segment["id"], remove=[str(one.id)])
        before = (utc_now() - timedelta(days=1)).isoformat()

        seen = [await members(client, segment["id"], at=at) for at in (before, inside)]

        assert (seen, await members(client, segment["id"])) == ([[], [str(one.id)]], [])

    async def test_lists_of_clients_ask_for_segments(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        one, _ = await kept(session, make_contact("Стус"), make_contact("Драч"))
        [firm] = await kept(session, make_company())
        people, firms = await made(client), await made(client, noun="company")
        await change(client, people["id"], add=[str(one.id)])
        await change(client, firms["id"], add=[str(firm.id)])

        found = await client.get("/v1/contacts", params={"segment_ids[has]": people["id"]})
        taken = await client.get("/v1/contacts/export", params={"segment_ids[has]": people["id"]})
        companies = await client.get("/v1/companies", params={"segment_ids[has]": firms["id"]})

        assert [item["id"] for item in found.json()["items"]] == [str(one.id)]
        assert (taken.text.count("Стус"), taken.text.count("Драч")) == (1, 0)
        assert [item["id"] for item in companies.json()["items"]] == [str(firm.id)]

    async def test_a_merged_member_lives_on_in_its_survivor(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        one, other = await kept(session, make_contact(), make_contact())
        segment = await made(client)
        await change(client, segment["id"], add=[str(one.id), str(other.id)])
        merge = {"loser_id": str(other.id)}
        path = f"/v1/contacts/{one.id}/merge"
        assert (await client.post(path, json=merge, headers=ANY)).status_code == 200

        assert await members(client, segment["id"]) == [str(one.id)]
        await change(client, segment["id"], remove=[str(other.id)])

        assert await members(client, segment["id"]) == []

    async def test_are_seen_within_ones_scope_and_changed_by_their_owner(
        self, client: httpx.AsyncClient, client_as: ClientAs, session: AsyncSession
    ) -> None:
        seller_id = new_id()
        mine, others = await kept(
            session, make_contact(owner_id=seller_id), make_contact(owner_id=new_id())
        )
        seller = client_as("seller", user_id=seller_id)
        shared, private = await made(client), await made(client, owner_id=str(new_id()))
        await change(client, shared["id"], add=[str(mine.id), str(others.id)])
        own = await made(seller)

        assert await members(seller, shared["id"]) == [str(mine.id)]
        assert own["owner_id"] == str(seller_id)
        assert (await change(seller, own["id"], add=[str(others.id)])).status_code == 422
        assert (await change(seller, own["id"], add=[str(mine.id)])).status_code == 200
        assert (await change(seller, shared["id"], add=[str(mine.id)])).status_code == 404
        assert (await seller.get(f"/v1/segments/{private['id']}")).status_code == 404
        assert (await client_as("viewer").post("/v1/segments", json={})).status_code == 403


class TestC5ByRule:
    """C5, C6: by fields, tags and what was bought."""

    async def test_takes_in_whom_it_holds_for_in_portions(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        here = await kept(session, *(make_contact(city="Київ", tags=["vip"]) for _ in range(3)))
        await kept(session, make_contact(city="Київ"), make_contact(tags=["vip"]))
        tagged = {"field": "tags", "op": "has", "value": "vip"}
        segment = await made(client, kind="rule", filter={"and": [KYIV, tagged]})

        await evaluated(session, segment["id"], limit=2)

        assert set(await members(client, segment["id"])) == {str(one.id) for one in here}
        assert len(told := await recorded(session, SegmentMemberAdded)) == 3
        assert {(one.data.reason, one.data.rule_version) for one in told} == {("rule", 1)}
        shown = (await client.get(f"/v1/segments/{segment['id']}/evaluation")).json()
        assert (shown["evaluated_version"], shown["problem"]) == (1, None)
        async with silence(session):
            await evaluated(session, segment["id"])

    async def test_another_rule_moves_its_members(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        one, other = await kept(session, make_contact(city="Київ"), make_contact(city="Львів"))
        segment = await made(client, kind="rule", filter=KYIV)
        await evaluated(session, segment["id"])

        path = f"/v1/segments/{segment['id']}"
        lviv = {**KYIV, "value": "Львів"}
        changed = await client.patch(path, json={"filter": lviv}, headers=ANY)
        await evaluated(session, segment["id"])

        assert changed.json()["rule_version"] == 2
        assert await members(client, segment["id"]) == [str(other.id)]
        [left] = await recorded(session, SegmentMemberRemoved)
        assert left.data.segment_member.contact_id == one.id

    async def test_a_change_of_a_client_moves_him_at_once_and_once(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        segment = await made(client, kind="rule", filter=KYIV)
        await evaluated(session, segment["id"])
        body = {"last_name": "Стус", "city": "Київ"}
        one = (await client.post("/v1/contacts", json=body)).json()
        told = [event for event in await announced(session) if event.subject == UUID(one["id"])]

        await of_clients.handle(session, told)
        await of_clients.handle(session, told)
        await session.commit()

        assert await members(client, segment["id"]) == [one["id"]]
        [came] = await recorded(session, SegmentMemberAdded)
        assert came.causationid == told[0].id
        assert (await client.delete(f"/v1/contacts/{one['id']}", headers=ANY)).status_code == 204
        await of_clients.handle(session, [(await announced(session))[-1]])
        await session.commit()
        [went] = await recorded(session, SegmentMemberRemoved)
        assert (went.data.reason, went.subject) == ("rule", came.subject)

    async def test_asks_purchases_whatever_the_order_of_the_news(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        one, other = await kept(session, make_contact(), make_contact())
        rule = {
            "and": [
                {"field": "purchases", "op": "gte", "value": 2},
                {"field": "won_sum.UAH", "op": "gt", "value": "150"},
                {"field": "days_since_purchase", "op": "lte", "value": 30},
            ]
        }
        segment = await made(client, kind="rule", filter=rule)
        await evaluated(session, segment["id"])
        first, second = won(one.id), won(one.id, days_ago=60)

        await of_deals.handle(session, [second])
        await of_deals.handle(session, [first, first, won(other.id, currency="USD")])
        await session.commit()
        assert await members(client, segment["id"]) == [str(one.id)]
        reopened = deal(first.subject, fact="stage_changed", contact_id=str(one.id), revision=3)
        stale = won(one.id, revision=2)
        late = stale.model_copy(update={"subject": first.subject})
        await of_deals.handle(session, [reopened, late])
        await session.commit()

        assert await members(client, segment["id"]) == []
        [left] = await recorded(session, SegmentMemberRemoved)
        assert left.causationid in (reopened.id, late.id)
        rows = await session.scalars(select(CustomerDeal).where(CustomerDeal.id == first.subject))
        assert rows.one().outcome == "open"

    async def test_of_a_deal_that_cannot_be_read_is_a_dead_letter(
        self, session: AsyncSession
    ) -> None:
        with pytest.raises(Discard):
            await of_deals.handle(session, [deal(outcome=None)])

    async def test_who_is_to_be_forgotten_leaves_every_segment(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        [one] = await kept(session, make_contact())
        segment = await made(client)
        await change(client, segment["id"], add=[str(one.id)])
        erased = _typed(AnyEvent.model_validate({"contact": {}}), "crm.contacts.contact.erased.v1")

        await of_clients.handle(session, [envelope_of(erased, subject=one.id, revision=9)])
        await session.commit()

        [left] = await recorded(session, SegmentMemberRemoved)
        assert (left.data.reason, await members(client, segment["id"])) == ("erasure", [])

    async def test_two_workers_never_take_the_same_segment(
        self, client: httpx.AsyncClient, sessions: Sessions, session: AsyncSession
    ) -> None:
        await kept(session, make_contact(city="Київ"))
        await made(client, kind="rule", filter=KYIV)
        async with sessions() as one, sessions() as other:
            taken = await queries.claim_due(one, utc_now())
            left = await queries.claim_due(other, utc_now())
        assert (taken is not None, left) == (True, None)

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"kind": "rule", "filter": {**KYIV, "field": "shoe"}}, "/filter"),
            ({"kind": "rule", "filter": {**KYIV, "op": "near"}}, "/filter"),
            ({"kind": "rule", "filter": {"and": [{**KYIV, "value": 7}]}}, "/filter/and/0"),
            ({"kind": "rule"}, "/filter"),
            ({"filter": KYIV}, "/filter"),
        ],
    )
    async def test_a_rule_that_cannot_be_asked_is_refused(
        self, client: httpx.AsyncClient, session: AsyncSession, body: dict[str, Any], pointer: str
    ) -> None:
        async with silence(session):
            answer = await client.post("/v1/segments", json={"name": "Ніхто", **body})

        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)

    async def test_decides_alone_and_restricted_persons_are_out(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        [one] = await kept(session, make_contact(city="Київ"))
        segment = await made(client, kind="rule", filter=KYIV)
        await evaluated(session, segment["id"])
        refused = await change(client, segment["id"], remove=[str(one.id)])
        await session.execute(
            update(Contact).where(Contact.id == one.id).values(restricted_at=utc_now())
        )
        await evaluated(session, segment["id"])

        assert (refused.status_code, refused.json()["code"]) == (409, "rule-decides")
        assert await members(client, segment["id"]) == []
        ended = (await session.scalars(select(SegmentStay))).one()
        assert ended.until is not None

    async def test_a_field_that_is_gone_stops_the_rule_and_is_told(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        [one] = await kept(session, make_contact(city="Київ"))
        segment = await made(client, kind="rule", filter=KYIV)
        await evaluated(session, segment["id"])
        gone = {"field": "custom.gone", "op": "is_null", "value": True}
        await session.execute(update(Segment).values(filter=gone))
        await session.execute(update(SegmentEvaluation).values(seen_id=None))
        await session.commit()

        await evaluated(session, segment["id"])

        shown = (await client.get(f"/v1/segments/{segment['id']}/evaluation")).json()
        assert shown["problem"] == "unknown-field"
        assert await members(client, segment["id"]) == [str(one.id)]


class TestM2Members:
    async def test_are_told_to_other_services_page_by_page(
        self, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        people = await kept(session, *(make_contact() for _ in range(3)))
        segment = await made(client)
        ids = sorted(one.id for one in people)
        await change(client, segment["id"], add=[str(one) for one in ids])
        await client.delete(f"/v1/contacts/{ids[2]}", headers=ANY)
        ask = REFS["segment_member"]

        async def after(known: UUID) -> list[UUID]:
            return [item.id for item in await ask(session, [UUID(segment["id"]), known])]

        assert await after(UUID(int=0)) == ids[:2]
        assert await after(ids[0]) == [ids[1]]
        [first, _] = await ask(session, [UUID(segment["id"]), UUID(int=0)])
        assert {"email", "consents", "owner_id"} <= first.data.keys()
        [told] = await REFS["segment"](session, [UUID(segment["id"])])
        assert told.data["noun"] == "contact"
        await client.delete(f"/v1/segments/{segment['id']}", headers=ANY)
        assert await after(UUID(int=0)) == []
        assert await ask(session, [UUID(segment["id"])]) == []
