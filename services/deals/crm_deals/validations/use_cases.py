"""What can be done to a validation, and the asking of all of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.configuration import use_cases as configuration
from crm_deals.configuration.statements import raise_guard_mark
from crm_deals.configuration.use_cases import Noun, Put
from crm_deals.events.automation import (
    ValidationCreated,
    ValidationDeleted,
    ValidationFacts,
    ValidationUpdated,
)
from crm_deals.pipelines.queries import fields_to_ask_for, must_know_places
from crm_deals.pipelines.rules import REQUIREMENT_FIELDS
from crm_deals.validations import queries
from crm_deals.validations.models import Validation
from crm_deals.validations.rules import BOOK, Beside
from crm_deals.work.queries import work_around
from crm_shared.filters import Fields
from crm_shared.ids import new_id
from crm_shared.validations.checking import check_definition
from crm_shared.validations.errors import ForbiddenByValidationError, ValidationExistsError
from crm_shared.validations.rules import Attempt, ValidationEntry, concerned, entry_of

Values = Mapping[str, Any]
NOUN = Noun(
    "validation",
    ValidationFacts,
    ValidationCreated,
    ValidationUpdated,
    ValidationDeleted,
    ValidationExistsError,
)


async def create_validation(session: AsyncSession, values: Values) -> Validation:
    """Forbid something from now on."""
    validation = Validation(id=new_id(), **values)
    await must_know_places(session, values)
    _check(validation, await fields_to_ask_for(session))
    await configuration.add(session, NOUN, validation)
    await raise_guard_mark(session)
    return validation


async def update_validation(
    session: AsyncSession, validation: Validation, values: Values, *, expected: int | None
) -> bool:
    """Change a validation; tells whether anything changed."""
    await must_know_places(session, values, of=validation)
    _check(validation, await fields_to_ask_for(session), values)
    changed = await configuration.change(session, NOUN, validation, values, expected=expected)
    if changed:
        await raise_guard_mark(session)
    return changed


async def delete_validation(
    session: AsyncSession, validation: Validation, *, expected: int | None
) -> None:
    """Forbid it no longer."""
    await configuration.remove(session, NOUN, validation, expected=expected)
    await raise_guard_mark(session)


async def put_validation(
    session: AsyncSession, named: tuple[str, str], values: Values
) -> tuple[Validation, Put]:
    """Create or change the validation that another system knows under this id."""
    system, external_id = named
    known = await queries.find_validation_by_external_id(session, system, external_id)
    if known is None:
        identified = {**values, "source_system": system, "external_id": external_id}
        return await create_validation(session, identified), "created"
    back = {**values, "deleted_at": None}
    changed = await update_validation(session, known, back, expected=None)
    return known, "updated" if changed else "unchanged"


async def read_validations(session: AsyncSession) -> tuple[ValidationEntry, ...]:
    """Return everything in force, as changes are held against it."""
    askable = await fields_to_ask_for(session)
    return tuple(
        entry_of(row, askable, within=row.pipeline_id, stages=row.stage_ids)
        for row in await queries.list_active_validations(session)
    )


async def check_attempt(
    session: AsyncSession, entries: Sequence[ValidationEntry], attempt: Attempt
) -> None:
    """Refuse a change that a validation forbids; every unmet demand is named."""
    meant = concerned(entries, attempt)
    if not meant:
        return
    beside = await _beside(session, meant, attempt)
    if found := list(BOOK.refusals(meant, attempt, beside)):
        raise ForbiddenByValidationError(found)


def counts_owners(entries: Sequence[ValidationEntry]) -> bool:
    """Tell whether one of these counts what an owner has."""
    return "owner" in BOOK.wanted(entries)


async def _beside(
    session: AsyncSession, meant: Sequence[ValidationEntry], attempt: Attempt
) -> Beside:
    wanted = BOOK.wanted(meant)
    known: dict[str, Any] = {}
    if "work" in wanted:
        around = await work_around(session, attempt.record_id)
        known |= {name: getattr(around, name) for name in around.__slots__}
    if "money" in wanted:
        currency = attempt.values["currency"]
        known["paid"] = await queries.paid_for(session, attempt.record_id, currency)
    owner_id = attempt.values.get("owner_id")
    if "owner" in wanted and owner_id is not None:
        # counted by one after the other: twenty at once would all find room for one more
        if not attempt.is_import:
            await queries.hold_count_of(session, owner_id)
        known["held_by_owner"] = await queries.open_deals_of(
            session,
            owner_id,
            but=attempt.record_id,
            pipeline_id=attempt.within,
            stage_id=attempt.stage,
        )
    return Beside(**known)


def _check(validation: Validation, askable: Fields, values: Values | None = None) -> None:
    given = values or {}
    asked = {
        name: given.get(name, getattr(validation, name))
        for name in ("conditions", "demands", "fields")
    }
    check_definition(noun="deal", askable=askable, known=_FIELDS, **asked)


_FIELDS = frozenset(name.split(".")[0] for name in REQUIREMENT_FIELDS)
