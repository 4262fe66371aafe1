"""What can be done to a validation."""

from collections.abc import Mapping
from typing import Any, Literal

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.events import (
    ValidationCreated,
    ValidationDeleted,
    ValidationFacts,
    ValidationUpdated,
)
from crm_contacts.gates.catalogue import NOUNS, askable_of
from crm_contacts.validations import queries
from crm_contacts.validations.models import Validation
from crm_contacts.validations.statements import raise_mark
from crm_contacts.versions.use_cases import announce, changes_told
from crm_shared.clock import utc_now
from crm_shared.ids import new_id
from crm_shared.validations.checking import check_definition, unknown
from crm_shared.validations.errors import ValidationExistsError

Values = Mapping[str, Any]
# where each stands in the body of a validation
PLACES = {"check": "/demands/{}/check", "outcome": "/outcomes/{}", "trigger": "/on/{}"}
Put = Literal["created", "updated", "unchanged"]


async def create_validation(session: AsyncSession, values: Values) -> Validation:
    """Forbid something from now on."""
    validation = Validation(id=new_id(), created_at=utc_now(), **values)
    await _check(session, validation)
    session.add(validation)
    event = ValidationCreated(validation=facts_of(validation), changed=[], previous={})
    try:
        await announce(session, validation, event)
    except IntegrityError as taken:
        raise ValidationExistsError from taken
    await raise_mark(session)
    return validation


async def update_validation(session: AsyncSession, validation: Validation, values: Values) -> bool:
    """Change a validation; tells whether anything changed."""
    for name, value in values.items():
        setattr(validation, name, value)
    await _check(session, validation)
    changes = changes_told(validation, ValidationFacts)
    if not changes:
        return False
    event = ValidationUpdated(
        validation=facts_of(validation), changed=changes.changed, previous=changes.previous
    )
    await announce(session, validation, event)
    await raise_mark(session)
    return True


async def delete_validation(session: AsyncSession, validation: Validation) -> None:
    """Forbid it no longer."""
    validation.deleted_at = utc_now()
    event = ValidationDeleted(validation=facts_of(validation), changed=["deleted_at"], previous={})
    await announce(session, validation, event)
    await raise_mark(session)


async def put_validation(
    session: AsyncSession, named: tuple[str, str], values: Values
) -> tuple[Validation, Put]:
    """Create or change the validation that another system knows under this id."""
    system, external_id = named
    known = await queries.find_by_external(session, system, external_id)
    if known is None:
        identified = {**values, "source_system": system, "external_id": external_id}
        return await create_validation(session, identified), "created"
    changed = await update_validation(session, known, {**values, "deleted_at": None})
    return known, "updated" if changed else "unchanged"


def facts_of(validation: Validation) -> ValidationFacts:
    """Return what everyone may know of a validation."""
    return ValidationFacts.model_validate(validation)


async def _check(session: AsyncSession, validation: Validation) -> None:
    """Refuse what could never be met, or never be asked, of the validation's noun."""
    noun = NOUNS[validation.noun]
    check_definition(
        noun=noun.name,
        askable=await askable_of(session, noun),
        known=noun.fields,
        conditions=validation.conditions,
        demands=validation.demands,
        fields=validation.fields,
    )
    asked = {
        "check": ([demand["check"] for demand in validation.demands], noun.checks),
        "outcome": (validation.outcomes, noun.outcomes),
        "trigger": (validation.on, noun.triggers),
    }
    for what, (names, known) in asked.items():
        for index, name in enumerate(names):
            if name not in known:
                raise unknown(what, PLACES[what].format(index), known)
