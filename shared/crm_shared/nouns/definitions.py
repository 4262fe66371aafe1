"""What can be done to a custom field's definition; each verb is one revision and one event."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.clock import utc_now
from crm_shared.errors import FieldError
from crm_shared.events import outbox
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.ids import new_id
from crm_shared.nouns import indexes
from crm_shared.nouns.book import FieldBook
from crm_shared.nouns.errors import (
    CustomFieldExistsError,
    CustomFieldInUseError,
    CustomFieldNotFoundError,
    CustomFieldNotUniqueError,
    DefinitionError,
    TooManyCustomFieldsError,
)
from crm_shared.nouns.events import CustomFieldEvent, CustomFieldFacts
from crm_shared.nouns.kinds import (
    ORDERED,
    TYPED_BY_PEOPLE,
    UNIQUE,
    WITH_OPTIONS,
    Definition,
    FieldType,
    Option,
    column_of,
)
from crm_shared.nouns.values import ValueFault, read

FieldChanged = Callable[[AsyncSession], Awaitable[None]]
# every list, schema and import reads them all: more would be felt in each of these
MOST_FIELDS = 100
# stored values were read by the old type; what was personal must not slip into events
FIXED_IN_USE = ("type", "of", "is_personal")
PLAIN: Mapping[str, Any] = {
    "of": None,
    "options": [],
    "default": None,
    "currency": None,
    "position": 0,
    "is_required": False,
    "is_unique": False,
    "is_indexed": False,
}


@dataclass(frozen=True, slots=True)
class FieldEvents:
    """The service's own names of what happens to a definition."""

    created: type[CustomFieldEvent]
    updated: type[CustomFieldEvent]
    deleted: type[CustomFieldEvent]
    restored: type[CustomFieldEvent]


class Definitions:
    """The verbs over the definitions of one noun."""

    def __init__(
        self,
        book: FieldBook,
        events: FieldEvents,
        noun: str,
        model: type[Any],
        references: frozenset[str],
        changed: FieldChanged,
    ) -> None:
        self.book = book
        self.noun = noun
        self._events = events
        self._holder = model
        self._references = references
        self._changed = changed

    def all(self) -> Select[Any]:
        """Select the noun's definitions, archived ones included."""
        model: Any = self.book.model
        return select(model).where(model.noun == self.noun)

    async def get(self, session: AsyncSession, field_id: UUID) -> Any:
        """Return one definition."""
        model: Any = self.book.model
        found = await session.scalar(self.all().where(model.id == field_id))
        if found is None:
            raise CustomFieldNotFoundError(field_id)
        return found

    async def create(self, session: AsyncSession, values: Mapping[str, Any]) -> Any:
        """Give the noun another field; values can be written at once."""
        type_ = FieldType(values["type"])
        # what people type may name somebody: it stays out of events unless an admin says otherwise
        usual = {**PLAIN, "is_personal": type_ in TYPED_BY_PEOPLE}
        model: Any = self.book.model
        field = model(id=new_id(), noun=self.noun, **{**usual, **values})
        self._check(field)
        # archived ones count: their values are still there and come back under the same key
        keys = set(await session.scalars(self.all().with_only_columns(self.book.model.key)))
        if field.key in keys:
            raise CustomFieldExistsError
        if len(keys) >= MOST_FIELDS:
            raise TooManyCustomFieldsError(MOST_FIELDS)
        session.add(field)
        await self._record(session, field, self._events.created)
        await self._keep_indexes(session, None, field)
        return field

    async def update(
        self, session: AsyncSession, field: Any, values: Mapping[str, Any], *, expected: int | None
    ) -> Any:
        """Change a definition; what values that are there would not bear is refused."""
        _check_revision(field, expected)
        before = field.as_known()
        await self._check_use(session, before, values)
        for name, value in values.items():
            setattr(field, name, value)
        self._check(field)
        changes = outbox.changes_of(field, CustomFieldFacts)
        if changes:
            await self._record(session, field, self._events.updated, changes)
            await self._keep_indexes(session, before, field)
        return field

    async def archive(self, session: AsyncSession, field: Any, *, expected: int | None) -> None:
        """Let the field be filled and asked no more; its values stay and come back with it."""
        _check_revision(field, expected)
        if field.deleted_at is not None:
            return
        field.deleted_at = utc_now()
        await self._record(
            session, field, self._events.deleted, outbox.Changes(["is_archived"], {})
        )

    async def restore(self, session: AsyncSession, field: Any, *, expected: int | None) -> Any:
        """Bring an archived field back, with the values that it had."""
        _check_revision(field, expected)
        if field.deleted_at is None:
            return field
        field.deleted_at = None
        await self._record(
            session, field, self._events.restored, outbox.Changes(["is_archived"], {})
        )
        return field

    async def _record(
        self,
        session: AsyncSession,
        field: Any,
        kind: type[CustomFieldEvent],
        changes: outbox.Changes | None = None,
    ) -> None:
        told = changes or outbox.Changes([], {})
        event = kind(
            custom_field=CustomFieldFacts.model_validate(field),
            changed=told.changed,
            previous=told.previous,
        )
        await outbox.record(session, field, event)
        await self._changed(session)
        # this process would otherwise refuse the new field for as long as it keeps its copy
        self.book.forget(session)

    async def _keep_indexes(self, session: AsyncSession, before: Any, field: Any) -> None:
        try:
            await indexes.keep(session, self._holder.__tablename__, before, field.as_known())
        # made unique over values that repeat: only the index itself can tell without a race
        except IntegrityError as repeated:
            raise CustomFieldNotUniqueError from repeated

    def _check(self, field: Any) -> None:
        faults = list(_faults(field))
        if field.of is not None and field.of not in self._references:
            words = f"One of: {', '.join(sorted(self._references))}."
            faults.append(FieldError("/of", "unknown-noun", words))
        if faults:
            raise DefinitionError(faults)

    async def _check_use(
        self, session: AsyncSession, before: Definition, values: Mapping[str, Any]
    ) -> None:
        for name in FIXED_IN_USE:
            if name in values and values[name] != getattr(before, name):
                held = await self._holding(session, before)
                # counted only when it matters: over a million records the count takes a moment
                if held:
                    words = f"{name} stays as it is while records hold values of the field."
                    raise CustomFieldInUseError(f"/{name}", words, records=held)
        if "options" not in values:
            return
        kept = {option["code"] for option in values["options"]}
        for option in before.options:
            held = 0 if option.code in kept else await self._holding(session, before, option.code)
            if held:
                words = f"Records hold the option {option.code}: archive it instead."
                raise CustomFieldInUseError("/options", words, records=held)

    async def _holding(
        self, session: AsyncSession, field: Definition, code: str | None = None
    ) -> int:
        """Count the records that hold a value of the field, or one option of it."""
        document = getattr(self._holder, column_of(is_personal=field.is_personal))
        # the index holds only documents with something in them
        filled = select(func.count()).select_from(self._holder).where(text(_FILLED % document.key))
        if code is None:
            found = filled.where(document.has_key(field.key))
        else:
            inner = [code] if field.type is FieldType.MULTI_CHOICE else code
            found = filled.where(document.contains({field.key: inner}))
        return int(await session.scalar(found) or 0)


_FILLED = "%s <> '{}'::jsonb"


def _check_revision(field: Any, expected: int | None) -> None:
    if expected not in (None, field.revision):
        raise ChangedMeanwhileError


def _faults(field: Any) -> Iterator[FieldError]:
    type_ = FieldType(field.type)
    if (type_ is FieldType.REFERENCE) != (field.of is not None):
        yield FieldError("/of", "mismatch", "A reference, and nothing else, says of what.")
    codes = [option["code"] for option in field.options]
    if (type_ in WITH_OPTIONS) != bool(codes):
        yield FieldError("/options", "mismatch", "A choice, and nothing else, has options.")
    if len(set(codes)) != len(codes):
        yield FieldError("/options", "repeated", "Each option has a code of its own.")
    if field.currency is not None and type_ is not FieldType.MONEY:
        yield FieldError("/currency", "mismatch", "Only money has a currency.")
    if field.is_unique and type_ not in UNIQUE:
        words = f"Unique can be: {', '.join(sorted(UNIQUE))}."
        yield FieldError("/is_unique", "mismatch", words)
    if field.is_indexed and type_ not in ORDERED:
        words = f"An index of its own can have: {', '.join(sorted(ORDERED))}."
        yield FieldError("/is_indexed", "mismatch", words)
    yield from _default_faults(field)


def _default_faults(field: Any) -> Iterator[FieldError]:
    if field.default is None:
        return
    # the second record with the default would be refused for what nobody typed
    if field.is_unique:
        yield FieldError("/default", "mismatch", "What is unique has no default.")
        return
    options = tuple(Option(**one) for one in field.options)
    type_ = FieldType(field.type)
    known = Definition(field.key, type_, {}, currency=field.currency, options=options)
    try:
        field.default = read(known, field.default)
    except ValueFault as wrong:
        yield FieldError(f"/default{wrong.inside}", wrong.code, wrong.detail)
