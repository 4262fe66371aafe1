"""How a board is put together: pure functions."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from crm_deals.board.schemas import CardOut, ColumnOut, SumOut
from crm_deals.pipelines.rules import StageEntry


def columns_of(
    stages: Sequence[StageEntry], sums: Iterable[Any], deals: Iterable[Any]
) -> list[ColumnOut]:
    """Return a column for every stage; an archived one only while it holds deals."""
    added: dict[UUID, list[SumOut]] = defaultdict(list)
    for row in sums:
        added[row.stage_id].append(
            SumOut(
                currency=row.currency,
                count=row.deals,
                amount=row.amount,
                missing_amounts=row.deals - row.amounts,
            )
        )
    cards: dict[UUID, list[CardOut]] = defaultdict(list)
    for deal in deals:
        cards[deal.stage_id].append(CardOut.model_validate(deal))
    return list(_columns(stages, added, cards))


def _columns(
    stages: Sequence[StageEntry],
    added: dict[UUID, list[SumOut]],
    cards: dict[UUID, list[CardOut]],
) -> Iterator[ColumnOut]:
    for stage in stages:
        if stage.is_archived and not added[stage.id]:
            continue
        yield ColumnOut(
            stage_id=stage.id,
            label=stage.label,
            position=stage.position,
            outcome=stage.outcome,
            probability=stage.probability,
            is_archived=stage.is_archived,
            count=sum(one.count for one in added[stage.id]),
            sums=added[stage.id],
            cards=cards[stage.id],
        )
