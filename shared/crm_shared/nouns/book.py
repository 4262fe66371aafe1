"""Definitions of custom fields as this process knows them: read together, replaced whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Pool, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.filters import Fields
from crm_shared.nouns.columns import Customised, DefinitionColumns
from crm_shared.nouns.fields import fields_of_definitions, told_fields
from crm_shared.nouns.kinds import Definition
from crm_shared.nouns.settling import Known, settle

FRESH_FOR_S = 2.0
NONE: Known = {}


@dataclass(frozen=True, slots=True)
class _Page:
    read_at: float
    nouns: Mapping[str, Known]


class FieldBook:
    """The custom fields of one service, at most two seconds old; a strange key is looked up."""

    def __init__(self, model: type[Any]) -> None:
        self.model: type[DefinitionColumns] = model
        # by connection pool: one process may speak with several databases (tests do)
        self._pages: WeakKeyDictionary[Pool, _Page] = WeakKeyDictionary()

    async def known(self, session: AsyncSession, noun: str) -> Known:
        """Return a noun's definitions by key, archived ones included."""
        page = self._pages.get(_pool_of(session))
        if page is None or monotonic() - page.read_at >= FRESH_FOR_S:
            return await self.reload(session, noun)
        return page.nouns.get(noun, NONE)

    async def reload(self, session: AsyncSession, noun: str) -> Known:
        """Read the definitions anew."""
        nouns: dict[str, dict[str, Definition]] = {}
        model: Any = self.model
        # as they are in the database, not as this session may be changing them
        columns = [getattr(model, name) for name in _READ]
        rows = await session.execute(
            select(*columns).order_by(model.noun, model.position, model.key)
        )
        for row in rows:
            detached = model(**row._mapping)
            nouns.setdefault(row.noun, {})[row.key] = detached.as_known()
        self._pages[_pool_of(session)] = _Page(monotonic(), nouns)
        return nouns.get(noun, NONE)

    def forget(self, session: AsyncSession) -> None:
        """Read anew next time: a definition is being changed."""
        self._pages.pop(_pool_of(session), None)

    async def knowing(self, session: AsyncSession, noun: str, keys: Any) -> Known:
        """Return definitions that know these keys, if the database does."""
        known = await self.known(session, noun)
        return known if set(keys) <= known.keys() else await self.reload(session, noun)

    async def filters(self, session: AsyncSession, noun: str, model: type[Any] | None) -> Fields:
        """Return what can be asked of a noun's custom fields; without a model, in memory only."""
        return fields_of_definitions(await self.known(session, noun), model)

    async def askable(self, session: AsyncSession, event_type: str, fields: Fields) -> Fields:
        """Return what can be asked of a type of event, custom fields of its noun included."""
        noun = event_type.split(".")[2]
        return Fields({**fields, **told_fields(await self.reload(session, noun), noun)})

    async def carried(
        self, session: AsyncSession, held: Mapping[str, Any], of: str, to: str
    ) -> dict[str, Any]:
        """Return those of a record's custom fields that a record of another noun can take over."""
        have, take = await self.known(session, of), await self.known(session, to)
        return {
            key: value
            for key, value in held.items()
            if key in have and key in take and _is_alike(have[key], take[key])
        }

    async def settled(
        self,
        session: AsyncSession,
        noun: str,
        values: Mapping[str, Any],
        held: Customised | None = None,
        *,
        demanding: bool = True,
        by_label: bool = False,
    ) -> dict[str, Any]:
        """Return the values of a change with their custom fields checked and put into columns.

        `held` is the record that changes, None for a new one. Raises InvalidError.
        """
        given = values.get("custom_fields")
        if given is None and held is not None:
            return {name: value for name, value in values.items() if name != "custom_fields"}
        known = await self.knowing(session, noun, given or ())
        columns = settle(
            known,
            given or {},
            None if held is None else held.all_fields,
            demanding=demanding,
            by_label=by_label,
        )
        return {**values, **columns}


def _is_alike(one: Definition, other: Definition) -> bool:
    """Tell whether a value of one field is one of the other, too; what is unique stays alone."""
    same = (one.type, one.of) == (other.type, other.of) and not other.is_archived
    codes = {option.code for option in other.options if not option.is_archived}
    return same and not other.is_unique and {option.code for option in one.options} <= codes


_READ = (
    "noun", "key", "type", "of", "labels", "options", "default", "currency", "position",
    "is_required", "is_unique", "is_personal", "is_indexed", "deleted_at",
)  # fmt: skip


def _pool_of(session: AsyncSession) -> Pool:
    bind = session.bind
    if bind is None:
        raise TypeError("a session without a database")
    return bind.engine.pool
