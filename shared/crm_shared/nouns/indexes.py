"""Indexes of single custom fields: one value for one record, and quick ranges.

They are made with the definition, in its transaction: a new field has no values, so the table is
read once and nothing is sorted. Equality needs none of them, it goes by the index of the column.
"""

from collections.abc import Iterator

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.nouns.kinds import Definition, FieldType

_NUMBERS = {FieldType.INTEGER: "bigint", FieldType.DECIMAL: "numeric", FieldType.MONEY: "numeric"}


async def keep(
    session: AsyncSession, table: str, before: Definition | None, after: Definition
) -> None:
    """Make and drop indexes as the definition says now; keys are names that were checked."""
    old = dict(_wanted(table, before)) if before else {}
    new = dict(_wanted(table, after))
    for name in old.keys() - new.keys():
        await session.execute(text(_drop(name)))
    for name, statement in new.items():
        if old.get(name) != statement:
            await session.execute(text(_drop(name)))
            await session.execute(text(statement))


def _drop(name: str) -> str:
    kind = "STATISTICS" if name.startswith("st_") else "INDEX"
    return f"DROP {kind} IF EXISTS {name}"


def _wanted(table: str, field: Definition) -> Iterator[tuple[str, str]]:
    document, key = field.column, field.key
    if field.is_unique:
        name = unique_name(table, key)
        # a text may be longer than an index takes
        yield (
            name,
            f"CREATE UNIQUE INDEX {name} ON {table} (md5({document} ->> '{key}')) "
            f"WHERE ({document} ->> '{key}') IS NOT NULL AND deleted_at IS NULL",
        )
    if field.is_indexed:
        name = f"ix_{table}_custom_{key}"
        value = _value(field)
        yield (
            name,
            f"CREATE INDEX {name} ON {table} (({value}), id) WHERE ({value}) IS NOT NULL",
        )
        # nobody reads the statistics of a partial index: without these it is not chosen
        # (100 of 100,000 deals by a range: 36 ms in order of creation, 0.3 ms by the index)
        name = f"st_{table}_custom_{key}"
        yield name, f"CREATE STATISTICS {name} ON ({value}) FROM {table}"


def unique_name(table: str, key: str) -> str:
    """Return the name by which a refusal of the database tells which field it was."""
    return f"uq_{table}_custom_{key}"


def _value(field: Definition) -> str:
    """Return the value as lists compare it; an index is found only when both say the same."""
    document, key = field.column, field.key
    if field.type is FieldType.MONEY:
        return f"CAST({document} #>> '{{{key},amount}}' AS numeric)"
    if field.type in _NUMBERS:
        return f"CAST({document} ->> '{key}' AS {_NUMBERS[field.type]})"
    return f"({document} ->> '{key}') COLLATE \"C\""
