"""Price lists, reasons, competitors and claims: there are few, so one after another."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

from pydantic import BaseModel

from crm_deals.claims.schemas import ClaimIn
from crm_deals.claims.use_cases import put_claim
from crm_deals.competitors.schemas import CompetitorIn
from crm_deals.competitors.use_cases import put_competitor
from crm_deals.price_lists.schemas import PriceListIn
from crm_deals.price_lists.use_cases import put_price_list
from crm_deals.reasons.schemas import ReasonIn
from crm_deals.reasons.use_cases import put_reason
from crm_shared.imports.nouns import Desk, Outcome

NAMES = ("source_system", "external_id")
Values: TypeAlias = dict[str, Any]
Putting: TypeAlias = Callable[..., Awaitable[tuple[Any, Outcome]]]


def check_price_list(_desk: Desk, values: Values) -> Values:
    """Return a price list's values."""
    own = {name: values.pop(name) for name in NAMES}
    return {**PriceListIn.model_validate(values).given(), **own}


def check_reason(_desk: Desk, values: Values) -> Values:
    """Return a reason's values."""
    return _checked(ReasonIn, values)


def check_competitor(_desk: Desk, values: Values) -> Values:
    """Return a competitor's values."""
    return _checked(CompetitorIn, values)


def check_claim(_desk: Desk, values: Values) -> Values:
    """Return a claim's values."""
    return _checked(ClaimIn, values)


async def write_price_lists(desk: Desk, batch: Sequence[Values]) -> list[Outcome]:
    """Put price lists in."""
    return await _put_all(desk, put_price_list, batch)


async def write_reasons(desk: Desk, batch: Sequence[Values]) -> list[Outcome]:
    """Put reasons in."""
    return await _put_all(desk, put_reason, batch)


async def write_competitors(desk: Desk, batch: Sequence[Values]) -> list[Outcome]:
    """Put competitors in."""
    return await _put_all(desk, put_competitor, batch)


async def write_claims(desk: Desk, batch: Sequence[Values]) -> list[Outcome]:
    """Record claims, or change those that are here."""
    outcomes: list[Outcome] = []
    for values in batch:
        given = {k: v for k, v in values.items() if k not in NAMES}
        name = (values["source_system"], values["external_id"])
        _claim, put = await put_claim(
            desk.session, desk.access, name, given, currency=desk.settings.currency
        )
        outcomes.append(put)
    return outcomes


async def _put_all(desk: Desk, put: Putting, batch: Sequence[Values]) -> list[Outcome]:
    outcomes = []
    for values in batch:
        given = {k: v for k, v in values.items() if k not in NAMES}
        name = (values["source_system"], values["external_id"])
        outcomes.append((await put(desk.session, name, given))[1])
    return outcomes


def _checked(body: type[BaseModel], values: Values) -> Values:
    own = {name: values.pop(name) for name in NAMES}
    return {**body.model_validate(values).model_dump(exclude_unset=True), **own}
