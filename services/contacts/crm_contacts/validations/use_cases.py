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
from crm_contacts.gates.catalogue import NOUNS, GuardedNoun, askable_of
from crm_contacts.validations import queries
from crm_contacts.validations.errors import ValidationExistsError
from crm_contacts.validations.models import Validation
from crm_contacts.validations.rules import custom_name
from crm_contacts.validations.statements import raise_mark
from crm_contacts.versions.use_cases import announce, changes_told
from crm_shared.clock import utc_now
from crm_shared.errors import FieldError, InvalidError
from crm_shared.filters import Fields, parse_tree
from crm_shared.http.hiding import refuse_conditions
from crm_shared.ids import new_id
from crm_shared.nouns.fields import PREFIX

Values = Mapping[str, Any]
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
    askable = await askable_of(session, noun)
    tree = parse_tree(validation.conditions, askable, pointer="/conditions")
    refuse_conditions(tree, at="/conditions", noun=noun.name)
    for index, demand in enumerate(validation.demands):
        _check_demand(noun, askable, demand, f"/demands/{index}")
    for index, name in enumerate(validation.fields):
        if name not in noun.fields:
            raise _unknown(noun, f"/fields/{index}")
    for index, outcome in enumerate(validation.outcomes):
        if outcome not in noun.outcomes:
            known = f"Known are: {', '.join(sorted(noun.outcomes)) or 'none'}."
            raise InvalidError(FieldError(f"/outcomes/{index}", "unknown-outcome", known))
    for index, trigger in enumerate(validation.on):
        if trigger not in noun.triggers:
            known = f"A {noun.name} has: {', '.join(sorted(noun.triggers))}."
            raise InvalidError(FieldError(f"/on/{index}", "unknown-trigger", known))


def _check_demand(noun: GuardedNoun, askable: Fields, demand: Values, pointer: str) -> None:
    if demand["check"] not in noun.checks:
        known = f"Of a {noun.name} can be demanded: {', '.join(sorted(noun.checks))}."
        raise InvalidError(FieldError(f"{pointer}/check", "unknown-check", known))
    if demand["check"] == "holds":
        tree = parse_tree(demand["conditions"], askable, pointer=f"{pointer}/conditions")
        refuse_conditions(tree, at=f"{pointer}/conditions", noun=noun.name)
    name = demand.get("field")
    custom = {custom_name(one) for one in askable if one.startswith(PREFIX)}
    if name is not None and name not in noun.fields and custom_name(name) not in custom:
        raise _unknown(noun, f"{pointer}/field")


def _unknown(noun: GuardedNoun, pointer: str) -> InvalidError:
    known = f"Known are: {', '.join(sorted(noun.fields))}."
    return InvalidError(FieldError(pointer, "unknown-field", known))
