"""M8: who waits for a product is announced when it comes, once, whoever he is by then."""

from typing import Any
from uuid import UUID

from httpx import AsyncClient
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.events import (
    ProductArrived,
    ProductWishCreated,
    ProductWishFulfilled,
    ProductWishWithdrawn,
)
from crm_deals.persons.use_cases import erase_person
from crm_deals.product_wishes.models import ProductWish
from crm_deals.product_wishes.use_cases import fulfil_wishes
from crm_shared.db import aliases
from crm_shared.db.engine import Sessions
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded
from crm_shared.testing.plugin import ClientAs

ANY = {"If-Match": "*"}


async def product(client: AsyncClient, label: str = "Oak chair") -> str:
    made = await client.post("/v1/products", json={"label": label, "category": "Chairs"})
    return str(made.json()["id"])


async def tell(sessions: Sessions) -> None:
    while True:
        async with sessions.begin() as session:
            if not await fulfil_wishes(session, limit=2):
                return


class TestM8Arrivals:
    async def test_are_announced_once_to_whoever_waited(
        self, client: AsyncClient, session: AsyncSession, sessions: Sessions
    ) -> None:
        chair, table = await product(client), await product(client, "Oak table")
        people = [str(new_id()) for _ in range(5)]
        wishes: list[Any] = [
            await client.post("/v1/product-wishes", json={"product_id": chair, "contact_id": one})
            for one in people
        ]
        other = {"product_id": table, "contact_id": people[0]}
        await client.post("/v1/product-wishes", json=other)
        odd = await client.post("/v1/product-wishes", json=other | {"wanted": "soon"})
        twice = await client.post("/v1/product-wishes", json=other)
        back = await client.post(
            f"/v1/product-wishes/{wishes[4].json()['id']}/withdraw", headers=ANY
        )
        await tell(sessions)
        early = await recorded(session, ProductWishFulfilled)
        # two of them turn out to be one person
        merged = [aliases.Alias("contact", UUID(people[2]), UUID(people[3]), 2)]
        async with sessions.begin() as merging:
            await aliases.keep(merging, merged)

        arrived = await client.post(f"/v1/products/{chair}/arrivals")
        await tell(sessions)
        late = await client.post(
            "/v1/product-wishes", json={"product_id": chair, "contact_id": people[0]}
        )
        await tell(sessions)

        assert [one.status_code for one in (odd, twice, back)] == [422, 409, 200]
        assert early == []
        assert arrived.json()["arrived_at"] is not None
        fulfilled = await recorded(session, ProductWishFulfilled)
        told = [str(one.data.product_wish.contact_id) for one in fulfilled]
        assert len(told) == 3
        assert {*told} & {*people[:2]} == {*people[:2]}
        assert {one.data.product_wish.product_label for one in fulfilled} == {"Oak chair"}
        assert len(await recorded(session, ProductWishWithdrawn)) == 2
        assert len(await recorded(session, ProductWishCreated)) == 7
        [came] = await recorded(session, ProductArrived)
        assert (came.revision, came.data.changed) == (2, ["arrived_at"])
        assert late.json()["status"] == "waiting"
        listed = await client.get("/v1/product-wishes?status=waiting&sort=created_at")
        assert [one["id"] for one in listed.json()["items"]][-1] == late.json()["id"]

    async def test_are_entered_by_those_who_may_and_forgotten_with_a_person(
        self, client: AsyncClient, client_as: ClientAs, session: AsyncSession, sessions: Sessions
    ) -> None:
        chair, person = await product(client), new_id()
        body = {"product_id": chair, "contact_id": str(person)}
        mine, stranger = new_id(), new_id()
        seller, other = (client_as("seller", user_id=one) for one in (mine, stranger))

        nobody = await client_as("marketing").post("/v1/product-wishes", json=body)
        not_his = await seller.post("/v1/product-wishes", json=body | {"owner_id": str(stranger)})
        made = await seller.post("/v1/product-wishes", json=body)
        url = f"/v1/product-wishes/{made.json()['id']}/withdraw"
        hidden = await other.post(url, headers=ANY)
        seen = await other.get("/v1/product-wishes")
        no_arrival = await seller.post(f"/v1/products/{chair}/arrivals")
        async with sessions.begin() as erasing:
            emptied = await erase_person(erasing, person)

        codes = [one.status_code for one in (nobody, not_his, made, hidden, no_arrival)]
        assert codes == [403, 403, 201, 404, 403]
        assert made.json()["owner_id"] == str(mine)
        assert seen.json()["items"] == []
        assert emptied["product_wishes"] == 1
        [wish] = await session.scalars(select(ProductWish))
        assert wish.status == "withdrawn"
        [withdrawn] = await recorded(session, ProductWishWithdrawn)
        assert withdrawn.bulk
