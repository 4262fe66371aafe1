"""What can be done to a wish for a product, and what its arrival does."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.events import (
    ProductWishCreated,
    ProductWishFacts,
    ProductWishFulfilled,
    ProductWishWithdrawn,
)
from crm_deals.product_wishes import queries
from crm_deals.product_wishes.errors import WishExistsError, WishOutsideScopeError, WishOverError
from crm_deals.product_wishes.models import ProductWish, WishStatus
from crm_deals.products import queries as products
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.db import aliases
from crm_shared.events import known_users, outbox
from crm_shared.events.envelope import Event
from crm_shared.ids import new_id

AT_ONCE = 200
COPIED = ("owner_id", "team_id", "contact_id", "product_id", "status", "fulfilled_at")
Told = set[tuple[UUID, UUID]]


async def make_wish(
    session: AsyncSession,
    access: Access,
    *,
    product_id: UUID,
    contact_id: UUID,
    owner_id: UUID | None,
) -> ProductWish:
    """Note that a client wants to hear when a product comes; once at a time for each product."""
    product = await products.get_product(session, product_id)
    owner = owner_id or (access.actor.id if access.actor.kind == "user" else None)
    teams = await known_users.first_teams(session, [owner] if owner else [])
    wish = ProductWish(
        id=new_id(),
        product=product,
        product_id=product.id,
        contact_id=await aliases.survivor_of(session, contact_id),
        owner_id=owner,
        team_id=teams.get(owner) if owner else None,
        status=WishStatus.WAITING.value,
    )
    if not access.may_see(wish.owner_id, wish.team_id):
        raise WishOutsideScopeError
    session.add(wish)
    event = ProductWishCreated(product_wish=_facts(wish), changed=[], previous={})
    # the unique index decides which of two at once is the first
    try:
        await outbox.record(session, wish, event)
    except IntegrityError as taken:
        raise WishExistsError from taken
    return wish


async def withdraw_wish(session: AsyncSession, wish: ProductWish) -> ProductWish:
    """Take a wish back: its client is not told any more."""
    if wish.status != WishStatus.WAITING:
        raise WishOverError(wish.status)
    await outbox.record_many(session, [(wish, _withdrawn(wish), None)])
    return wish


async def fulfil_wishes(session: AsyncSession, *, limit: int = AT_ONCE) -> int:
    """Announce of each waiting client that his product has come; returns how many were held.

    Of two records of one person, merged since, one is told; the other wish is withdrawn.
    """
    wishes = await queries.take_fulfilled(session, limit=limit)
    if not wishes:
        return 0
    # two records of one person are one client at the door: he is told once
    groups = await aliases.groups(session, {wish.contact_id for wish in wishes})
    everybody = {one for group in groups.values() for one in group}
    before = await queries.told_of(session, {wish.product_id for wish in wishes}, everybody)
    told: Told = {(wish.product_id, wish.contact_id) for wish in before}
    changes: list[tuple[ProductWish, Event, None]] = []
    for wish in wishes:
        if _is_told(wish, groups[wish.contact_id], told):
            changes.append((wish, _withdrawn(wish), None))
            continue
        # also within this portion: both records of one person may be in it
        told.add((wish.product_id, wish.contact_id))
        changes.append((wish, _fulfilled(wish), None))
    await outbox.record_many(session, changes)
    return len(wishes)


async def forget_wishes(session: AsyncSession, person_id: UUID) -> int:
    """Withdraw everything an erased person waits for; returns how much that was."""
    wishes: Sequence[ProductWish] = await queries.waiting_of(session, person_id)
    await outbox.record_many(session, [(wish, _withdrawn(wish), None) for wish in wishes])
    return len(wishes)


def _is_told(wish: ProductWish, group: Iterable[UUID], told: Told) -> bool:
    return any((wish.product_id, one) in told for one in group)


def _withdrawn(wish: ProductWish) -> ProductWishWithdrawn:
    wish.status = WishStatus.WITHDRAWN.value
    return ProductWishWithdrawn(
        product_wish=_facts(wish),
        changed=["status"],
        previous={"status": WishStatus.WAITING.value},
    )


def _fulfilled(wish: ProductWish) -> ProductWishFulfilled:
    wish.status, wish.fulfilled_at = WishStatus.FULFILLED.value, utc_now()
    return ProductWishFulfilled(
        product_wish=_facts(wish),
        changed=["status", "fulfilled_at"],
        previous={"status": WishStatus.WAITING.value, "fulfilled_at": None},
    )


def _facts(wish: ProductWish) -> ProductWishFacts:
    return ProductWishFacts.model_validate(
        {
            **{name: getattr(wish, name) for name in COPIED},
            "product_label": wish.product.label,
            "category": wish.product.category,
        }
    )
