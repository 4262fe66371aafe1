"""The grammar: what is read, what is refused, and by which pointer."""

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

import pytest
from pydantic import BaseModel

from crm_shared.errors import InvalidError
from crm_shared.events.envelope import ForeignEvent
from crm_shared.filters import (
    And,
    Comparison,
    Field,
    Fields,
    fields_of,
    matches,
    parse_query,
    parse_tree,
)


class Kind(StrEnum):
    BOOT = "boot"


FIELDS = Fields(
    {
        "id": Field(UUID),
        "title": Field(str),
        "amount": Field(Decimal),
        "size": Field(int),
        "kind": Field(Kind),
        "made_on": Field(date),
        "seen_at": Field(datetime),
        "in_stock": Field(bool),
        "tags": Field(list[str]),
    }
)


def faults(raw: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidError) as refused:
        parse_tree(raw, FIELDS, pointer="/filter")
    return [(one.pointer, one.code) for one in refused.value.errors]


class TestParseTree:
    @pytest.mark.parametrize("raw", [None, {}, {"and": []}])
    def test_takes_nothing_as_everything(self, raw: Any) -> None:
        assert parse_tree(raw, FIELDS) == And(())

    def test_gives_values_their_types(self) -> None:
        tree = parse_tree({"field": "amount", "op": "between", "value": ["1", 2.5]}, FIELDS)

        assert tree == Comparison("amount", "between", (Decimal(1), Decimal("2.5")))

    def test_names_every_fault_and_its_place(self) -> None:
        raw = {
            "and": [
                {"field": "colour", "op": "eq", "value": 1},
                {"or": [{"field": "title", "op": "lt", "value": "a"}, {"field": "title"}]},
                {"not": {"field": "size", "op": "eq", "value": "many"}},
            ]
        }
        assert faults(raw) == [
            ("/filter/and/0", "unknown-field"),
            ("/filter/and/1/or/0", "unknown-operator"),
            ("/filter/and/1/or/1", "invalid-filter"),
            ("/filter/and/2/not", "invalid-value"),
        ]

    def test_says_what_an_unknown_field_may_have_meant(self) -> None:
        known = Fields({"deal.size": FIELDS["size"], "deal.title": FIELDS["title"]})

        for name, told in (
            ("size", "deal.size"), ("deal.titel", "deal.size, deal.title"),
            ("zzz", "deal.size, deal.title"),
        ):  # fmt: skip
            with pytest.raises(InvalidError) as refused:
                parse_tree({"field": name, "op": "eq", "value": 1}, known)
            assert refused.value.errors[0].detail.endswith(f"there are: {told}.")

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("id", "7"), ("size", True), ("size", 2**63), ("size", "1.0"), ("size", "٣"),
            ("amount", "NaN"), ("amount", "Infinity"), ("amount", "1e30"), ("amount", True),
            ("amount", {}), ("kind", "shoe"), ("made_on", "2026-02-30"), ("seen_at", "2026-01-01"),
            ("seen_at", "2026-01-01T00:00:00"), ("seen_at", "0001-01-01T00:00:00+14:00"),
            ("in_stock", "yes"), ("title", "a\x00"), ("title", "\ud800"), ("title", 5),
            ("title", None), ("title", "x" * 1001),
        ],
    )  # fmt: skip
    def test_refuses_a_value_of_another_kind(self, field: str, value: Any) -> None:
        assert faults({"field": field, "op": "eq", "value": value}) == [
            ("/filter", "invalid-value")
        ]

    @pytest.mark.parametrize("raw", [[], "x", 1, {"and": {}}, {"and": [], "or": []}, {"not": 1}])
    def test_refuses_another_shape(self, raw: Any) -> None:
        assert {code for _, code in faults(raw)} == {"invalid-filter"}

    def test_refuses_what_is_too_deep_or_too_wide(self) -> None:
        deep: Any = {"field": "size", "op": "eq", "value": 1}
        for _ in range(12):
            deep = {"not": deep}
        wide = {"or": [{"field": "size", "op": "eq", "value": 1}] * 300}

        assert {code for raw in (deep, wide) for _, code in faults(raw)} == {"too-complex"}

    def test_does_not_repeat_a_name_that_looks_like_a_text(self) -> None:
        with pytest.raises(InvalidError) as refused:
            parse_tree({"field": "Тарас <t@x.ua>", "op": "eq", "value": 1}, FIELDS)

        assert "Тарас" not in refused.value.errors[0].detail


class TestParseQuery:
    def test_reads_operators_lists_and_pairs(self) -> None:
        comparisons, errors = parse_query(
            [
                ("title", "Іван"),
                ("amount[gte]", "100"),
                ("size[in]", "1,2"),
                ("size[in]", "3"),
                ("made_on[between]", "2026-01-01,2026-02-01"),
                ("tags[has_any]", "a,b"),
                ("in_stock[is_null]", "true"),
            ],
            FIELDS,
        )
        assert not errors
        assert [(one.field, one.op, one.value) for one in comparisons] == [
            ("title", "eq", "Іван"),
            ("amount", "gte", Decimal(100)),
            ("size", "in", (1, 2, 3)),
            ("made_on", "between", (date(2026, 1, 1), date(2026, 2, 1))),
            ("tags", "has_any", ("a", "b")),
            ("in_stock", "is_null", True),
        ]

    def test_forgives_a_plus_sign_that_became_a_space(self) -> None:
        [one], _ = parse_query([("seen_at[lt]", "2026-01-01T02:00:00 02:00")], FIELDS)

        assert one.value == datetime(2026, 1, 1, tzinfo=UTC)

    @pytest.mark.parametrize(
        "key", ["colour", "size[", "size[gte", "size[]", "size[gte]x", "[gte]"]
    )
    def test_refuses_a_parameter_nobody_knows(self, key: str) -> None:
        comparisons, [error] = parse_query([(key, "1")], FIELDS)

        assert (comparisons, error.code) == ([], "unknown-parameter")


class Item(BaseModel):
    product_id: UUID
    total: Decimal


class Facts(BaseModel):
    owner_id: UUID
    amount: Decimal | None
    outcome: Literal["open", "won"]
    tags: list[str]
    items: list[Item]
    anything: dict[str, Any]


class Moved(ForeignEvent, type="crm.shop.shoe.moved.v1"):
    shoe: Facts
    reopened: bool


class TestFieldsOf:
    def test_names_everything_by_dotted_path(self) -> None:
        fields = fields_of(Moved)

        assert {name: (field.kind, field.many) for name, field in fields.items()} == {
            "shoe.owner_id": (UUID, False),
            "shoe.amount": (Decimal, False),
            "shoe.outcome": (str, False),
            "shoe.tags": (str, True),
            "shoe.items.product_id": (UUID, True),
            "shoe.items.total": (Decimal, True),
            "reopened": (bool, False),
        }


class TestMatches:
    def test_looks_into_events_as_they_came(self) -> None:
        product = UUID(int=7)
        data = {
            "shoe": {"amount": "150.00", "items": [{"product_id": str(product)}, {}]},
            "reopened": False,
        }
        tree = parse_tree(
            {
                "and": [
                    {"field": "shoe.amount", "op": "gt", "value": "100"},
                    {"field": "shoe.items.product_id", "op": "has_any", "value": [str(product)]},
                    {"field": "shoe.owner_id", "op": "is_null", "value": True},
                    {"not": {"field": "shoe.outcome", "op": "eq", "value": "won"}},
                ]
            },
            fields_of(Moved),
        )

        assert matches(tree, fields_of(Moved), data)
