"""The worker: what the service tells others, and what it keeps of theirs."""

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.pipelines.models import Pipeline
from crm_deals.refs import REFS
from crm_deals.testing import make_deal, make_product
from crm_deals.worker import PARTS
from crm_shared.ids import new_id


class TestRefs:
    async def test_tell_the_titles_of_deals(
        self, session: AsyncSession, pipeline: Pipeline
    ) -> None:
        deal = make_deal(pipeline.stages[0], source_system="shop", external_id="17")
        session.add(deal)
        await session.flush()

        [item] = await REFS["deal"](session, [deal.id, new_id()])

        assert (item.id, item.revision, item.external_id) == (deal.id, 1, "17")
        assert item.data == {"title": "200 chairs for the library"}

    async def test_tell_the_labels_of_products(self, session: AsyncSession) -> None:
        product = make_product()
        session.add(product)
        await session.flush()

        [item] = await REFS["product"](session, [product.id])

        assert item.data == {"label": "Oak chair"}


def test_durables_keep_their_places() -> None:
    assert {one.durable for one in PARTS.subscriptions} == {
        "deals-known-users",
        "deals-known-teams",
        "deals-known-api-keys",
        "deals-known-calendar",
        "deals-erasures",
        "deals-retention",
        "deals-refs",
        "deals-hand-overs",
        "deals-lead-conversions",
        "deals-known-tasks",
        "deals-known-calls",
        "deals-known-activities",
        "deals-known-messages",
        "deals-rules-deals",
        "deals-rules-contacts",
        "deals-rules-notifications",
        "deals-contacts-merged",
        "deals-contacts-unmerged",
    }
