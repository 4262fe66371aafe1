"""Both interpreters of a filter say the same of any row: real PostgreSQL against memory (S6)."""

import string
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    Date,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    insert,
    select,
)
from sqlalchemy import Uuid as UuidType
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from crm_shared.db.types import UtcDateTime
from crm_shared.embedded.postgres import Postgres
from crm_shared.filters import DocumentField, Field, Fields, matches, parse_tree, to_sql
from crm_shared.filters.documents import stored
from crm_shared.testing.servers import Databases


class Kind(StrEnum):
    BOOT = "boot"
    SANDAL = "sandal"


ROWS = Table(
    "rows",
    MetaData(),
    Column("n", Integer, primary_key=True),
    Column("id", UuidType),
    Column("title", String(60)),
    Column("note", Text),
    Column("size", Integer),
    Column("price", Numeric(19, 4)),
    Column("in_stock", Boolean),
    Column("made_on", Date),
    Column("seen_at", UtcDateTime),
    Column("kind", Text),
    Column("tags", ARRAY(Text)),
    Column("codes", ARRAY(String(10))),
    Column("owners", ARRAY(UuidType)),
    Column("custom", JSONB, nullable=False),
)
TYPES: dict[str, Any] = {
    "id": UUID,
    "title": str,
    "note": str,
    "size": int,
    "price": Decimal,
    "in_stock": bool,
    "made_on": date,
    "seen_at": datetime,
    "kind": Kind,
    "tags": list[str],
    "codes": list[str],
    "owners": list[UUID],
}
CUSTOM: dict[str, Any] = {
    "custom.word": str,
    "custom.count": int,
    "custom.weight": Decimal,
    "custom.fragile": bool,
    "custom.due_on": date,
    "custom.due_at": datetime,
    "custom.maker": UUID,
    "custom.colours": list[str],
    "custom.price.amount": Decimal,
}
FIELDS = Fields(
    {
        **{name: Field(kind, ROWS.c[name]) for name, kind in TYPES.items()},
        "tags": Field(list[str], ROWS.c.tags, guard="'{}'"),
        **{
            name: DocumentField(kind, ROWS.c.custom, tuple(name.split(".")[1:]))
            for name, kind in CUSTOM.items()
        },
    }
)

# few values, so that they meet; and signs that LIKE, case and quoting could stumble over
SIGNS = string.ascii_letters[:4] + "АаЇїЄєҐґыЫ%_\\'\"ßΣςσİıé \n"
texts = st.text(SIGNS, max_size=6) | st.sampled_from(["Іван", "іван", "ІВАН", "100%", "a_b"])
ids = st.sampled_from([UUID(int=number) for number in range(1, 5)])
instants = st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1)).map(  # noqa: DTZ001
    lambda at: at.replace(tzinfo=UTC)
) | st.sampled_from([datetime(2024, 1, 1, tzinfo=UTC)])
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "id": ids,
    "title": texts,
    "note": texts,
    "size": st.integers(-3, 3) | st.sampled_from([2**31 - 1, -(2**31)]),
    "price": st.decimals(-5, 5, places=4) | st.sampled_from([Decimal("1.5"), Decimal("1.5000")]),
    "in_stock": st.booleans(),
    "made_on": st.dates(date(2023, 12, 30), date(2024, 1, 2)),
    "seen_at": instants,
    "kind": st.sampled_from(Kind),
    "tags": st.lists(texts, max_size=3),
    "codes": st.lists(st.text(SIGNS, max_size=3), max_size=3),
    "owners": st.lists(ids, max_size=3),
    "custom.word": texts,
    "custom.count": st.integers(-3, 3) | st.sampled_from([2**40]),
    "custom.weight": st.decimals(-5, 5, places=4) | st.sampled_from([Decimal("1.50"), Decimal(0)]),
    "custom.fragile": st.booleans(),
    "custom.due_on": st.dates(date(2023, 12, 30), date(2024, 1, 2)),
    "custom.due_at": instants,
    "custom.maker": ids,
    "custom.colours": st.lists(texts, max_size=3),
    "custom.price.amount": st.decimals(-5, 5, places=2),
}
# what a filter may ask that a column could not hold
WIDER: dict[str, st.SearchStrategy[Any]] = {
    "size": VALUES["size"] | st.sampled_from([2**40, -(2**63)]),
    "price": VALUES["price"] | st.decimals(-5, 5, places=7) | st.just(Decimal(10) ** 20),
    "title": texts | st.just("long " * 20),
}


def _nested(flat: dict[str, Any]) -> dict[str, Any]:
    """Put custom values into their document, as a noun's row holds them."""
    custom: dict[str, Any] = {}
    for name in CUSTOM:
        value = flat.pop(name)
        *outer, key = name.split(".")[1:]
        if value is None:
            continue
        inner = custom.setdefault(outer[0], {}) if outer else custom
        inner[key] = [stored(one) for one in value] if isinstance(value, list) else stored(value)
    return {**flat, "custom": custom}


rows = st.fixed_dictionaries({name: st.none() | value for name, value in VALUES.items()}).map(
    _nested
)


@st.composite
def comparisons(draw: st.DrawFn) -> dict[str, Any]:
    name = draw(st.sampled_from(sorted(VALUES)))
    field = FIELDS[name]
    op = draw(st.sampled_from(sorted(field.ops)))
    value = WIDER.get(name, VALUES[name])
    one = {"tags": texts, "codes": texts, "owners": ids, "custom.colours": texts}.get(name, value)
    asked: Any
    if op == "is_null":
        asked = draw(st.booleans())
    elif op == "between":
        asked = [draw(one), draw(one)]
    elif op in ("in", "not_in", "has_any", "has_all"):
        asked = draw(st.lists(one, max_size=3))
    else:
        asked = draw(one)
    return {"field": name, "op": op, "value": _json(asked)}


def _json(value: Any) -> Any:
    if isinstance(value, list):
        return [_json(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, bool | int | str) else str(value)


trees = st.recursive(
    comparisons(),
    lambda inner: (
        st.fixed_dictionaries({"and": st.lists(inner, max_size=3)})
        | st.fixed_dictionaries({"or": st.lists(inner, max_size=3)})
        | st.fixed_dictionaries({"not": inner})
    ),
    max_leaves=6,
)


@dataclass
class Asked:
    """A connection with the table, for many examples of one test."""

    connection: AsyncConnection

    async def true_for(self, tree: Any, values: list[dict[str, Any]]) -> list[bool]:
        savepoint = await self.connection.begin_nested()
        await self.connection.execute(
            insert(ROWS), [{"n": number, **row} for number, row in enumerate(values)]
        )
        found = await self.connection.scalars(select(ROWS.c.n).where(to_sql(tree, FIELDS)))
        numbers = set(found)
        await savepoint.rollback()
        return [number in numbers for number in range(len(values))]


@pytest_asyncio.fixture(scope="module")
async def asked(postgres: Postgres, databases: Databases) -> AsyncIterator[Asked]:
    await databases.run("CREATE DATABASE filters")
    engine = create_async_engine(postgres.url("filters"))
    async with engine.connect() as connection, connection.begin():
        await connection.run_sync(ROWS.metadata.create_all)
        yield Asked(connection)
    await engine.dispose()


class TestInterpreters:
    @settings(
        max_examples=400,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(tree=trees, values=st.lists(rows, min_size=1, max_size=4))
    async def test_agree_on_every_row(
        self, asked: Asked, tree: dict[str, Any], values: list[dict[str, Any]]
    ) -> None:
        parsed = parse_tree(tree, FIELDS)

        in_memory = [matches(parsed, FIELDS, row) for row in values]

        assert in_memory == await asked.true_for(parsed, values)

    @settings(
        max_examples=200,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(tree=trees, row=rows)
    async def test_agree_on_rows_that_came_as_json(
        self, asked: Asked, tree: dict[str, Any], row: dict[str, Any]
    ) -> None:
        parsed = parse_tree(tree, FIELDS)
        as_json = {
            name: value if value is None or name == "custom" else _json(value)
            for name, value in row.items()
        }

        assert [matches(parsed, FIELDS, as_json)] == await asked.true_for(parsed, [row])


class TestNull:
    @pytest.mark.parametrize(
        ("op", "value"),
        [
            ("eq", 1),
            ("neq", 1),
            ("lt", 1),
            ("gte", 1),
            ("between", [0, 9]),
            ("in", [1]),
            ("not_in", [1]),
        ],
    )
    async def test_makes_every_comparison_false_and_its_not_true(
        self, asked: Asked, op: str, value: Any
    ) -> None:
        comparison = {"field": "size", "op": op, "value": value}
        nothing: dict[str, Any] = {**dict.fromkeys(TYPES), "custom": {}}
        for tree, expected in ((comparison, False), ({"not": comparison}, True)):
            parsed = parse_tree(tree, FIELDS)

            assert matches(parsed, FIELDS, nothing) is expected
            assert await asked.true_for(parsed, [nothing]) == [expected]
