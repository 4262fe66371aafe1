"""What a deal lacks for each stage, and what else it could hold: pure functions."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol, TypedDict
from uuid import UUID

from crm_deals.events import SaleKind
from crm_deals.pipelines.rules import StageEntry, unmet
from crm_shared.errors import FieldError


class Suggestion(TypedDict):
    """A product that goes with one in the deal."""

    product_id: UUID
    label: str
    sale_kind: SaleKind
    because_of: UUID


class Sold(Protocol):
    """What suggestions need to know of a product."""

    @property
    def id(self) -> UUID: ...
    @property
    def label(self) -> str: ...
    @property
    def is_active(self) -> bool: ...
    @property
    def suggestions(self) -> list[dict[str, str]]: ...


def missing_for(
    stage: StageEntry, values: Mapping[str, Any], *, asks_why: bool
) -> Iterator[FieldError]:
    """Yield what a deal with these values lacks to enter a stage."""
    named = set()
    for fault in unmet(stage, values):
        named.add(fault.pointer)
        yield fault
    if asks_why and stage.outcome != "open" and "/reason_id" not in named:
        yield FieldError("/reason_id", "required-by-stage", f"Say why the deal is {stage.outcome}.")


def suggested_ids(held: Iterable[Sold]) -> set[UUID]:
    """Return every product that goes with those in the deal."""
    return {UUID(one["product_id"]) for product in held for one in product.suggestions}


def suggestions_of(held: Iterable[Sold], others: Mapping[UUID, Sold]) -> list[Suggestion]:
    """Return what goes with the products in the deal and is not in it, each once."""
    held = list(held)
    seen = {product.id for product in held}
    found: list[Suggestion] = []
    for product in held:
        for one in product.suggestions:
            other = others.get(UUID(one["product_id"]))
            if other is None or not other.is_active or other.id in seen:
                continue
            seen.add(other.id)
            kind: Any = one["sale_kind"]
            found.append(
                Suggestion(
                    product_id=other.id, label=other.label, sale_kind=kind, because_of=product.id
                )
            )
    return found
