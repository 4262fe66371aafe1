"""C1: merged records are followed to their survivors, whatever order the news came in."""

from collections.abc import Mapping
from itertools import permutations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.db import aliases
from crm_shared.db.aliases import Alias, roots_of
from crm_shared.db.infrastructure import ALIASES

A, B, C, D = (UUID(int=number) for number in range(1, 5))


def into(loser: UUID, other: UUID, revision: int) -> Alias:
    return Alias("contact", loser, other, revision)


# A → B, B → C, A out of B again, A → D: as said, with the losers' revisions
STORY = [into(A, B, 2), into(B, C, 2), into(A, A, 3), into(A, D, 4)]


async def known(session: AsyncSession) -> dict[UUID, UUID]:
    rows = await session.execute(select(ALIASES.c.loser_id, ALIASES.c.survivor_id))
    return {row.loser_id: row.survivor_id for row in rows}


class TestKeep:
    @pytest.mark.parametrize("order", list(permutations(STORY)))
    async def test_comes_to_the_same_by_any_order_and_told_twice(
        self, session: AsyncSession, order: tuple[Alias, ...]
    ) -> None:
        for alias in (*order, *order):
            await aliases.keep(session, [alias])
        assert await known(session) == {A: D, B: C}

    async def test_follows_chains_and_gives_them_back(self, session: AsyncSession) -> None:
        await aliases.keep(session, [into(A, B, 2), into(B, C, 2), into(C, D, 2)])
        assert await aliases.survivors(session, {A, B, C, D}) == {A: D, B: D, C: D}
        assert (await aliases.groups(session, {B}))[B] == [A, B, C, D]

        await aliases.keep(session, [into(B, B, 3)])

        assert await aliases.survivors(session, {A, B, C}) == {A: B, C: D}
        assert (await aliases.groups(session, {A}))[A] == [A, B]

    async def test_ends_a_ring_of_half_heard_news(self, session: AsyncSession) -> None:
        await aliases.keep(session, [into(A, B, 2)])
        await aliases.keep(session, [into(B, A, 4)])
        await aliases.keep(session, [into(A, A, 3)])
        assert await aliases.survivors(session, {A, B}) == {B: A}

    async def test_resolves_what_is_written(self, session: AsyncSession) -> None:
        await aliases.keep(session, [into(A, B, 2)])
        values = {"contact_id": A, "company_id": None, "title": "x"}
        found = await aliases.resolved(session, values, ("contact_id", "company_id"))
        assert found == {**values, "contact_id": B}


@given(st.dictionaries(st.integers(0, 6), st.integers(0, 6), max_size=7))
def test_every_chain_ends(edges: Mapping[int, int]) -> None:
    named = {UUID(int=one): UUID(int=other) for one, other in edges.items()}
    roots = roots_of(named)
    assert roots.keys() == named.keys()
    for loser, root in roots.items():
        # where no ring is, the end of a chain is somebody who went nowhere
        assert root == loser or named.get(root, root) == root
