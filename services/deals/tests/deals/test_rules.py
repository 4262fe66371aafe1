"""Prices and demands: pure functions."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_deals.lines.rules import price_line, total_of
from crm_deals.pipelines.rules import REQUIREMENT_FIELDS, StageEntry, faults_of, unmet
from crm_deals.testing import make_product
from crm_shared.filters import parse_tree
from crm_shared.ids import new_id

CHAIR = make_product()


def stage_asking(tree: object = None, *names: str) -> StageEntry:
    return StageEntry(
        id=new_id(),
        pipeline_id=new_id(),
        label="Offer",
        position=1,
        probability=50,
        outcome="open",
        required_fields=names,
        requirements=parse_tree(tree, REQUIREMENT_FIELDS) if tree else None,
    )


class TestPriceLine:
    @pytest.mark.parametrize(
        ("line", "currency", "total"),
        [
            ({}, "UAH", "1250.00"),
            ({"quantity": Decimal("0.333")}, "UAH", "416.25"),
            ({"unit_price": Decimal("0.005")}, "UAH", "0.01"),
            ({"unit_price": Decimal("0.0005")}, "BHD", "0.001"),
            ({"unit_price": Decimal("99.50")}, "JPY", "100.00"),
            ({"discount_type": "amount", "discount_value": Decimal(50)}, "UAH", "1200.00"),
            ({"discount_type": "percent", "discount_value": Decimal(100)}, "UAH", "0.00"),
        ],
    )
    def test_rounds_once_by_the_currencys_digits(
        self, line: dict[str, Any], currency: str, total: str
    ) -> None:
        assert price_line(line, CHAIR, currency)["total"] == total

    @given(
        st.lists(
            st.decimals(0, 10**9, places=4, allow_nan=False, allow_infinity=False), max_size=20
        )
    )
    def test_adds_up_to_the_sum_of_its_lines(self, prices: list[Decimal]) -> None:
        lines = [price_line({"unit_price": price}, CHAIR, "UAH") for price in prices]

        assert total_of(lines) == sum((Decimal(line["total"]) for line in lines), Decimal(0))


class TestUnmet:
    def test_names_each_part_of_an_and(self) -> None:
        stage = stage_asking(
            {
                "and": [
                    {"field": "amount", "op": "gte", "value": "10"},
                    {
                        "or": [
                            {"field": "channel", "op": "eq", "value": "phone"},
                            {"field": "source", "op": "eq", "value": "website"},
                        ]
                    },
                ]
            },
            "company_id",
        )

        faults = list(unmet(stage, {"amount": Decimal(5)}))

        assert [fault.pointer for fault in faults] == ["/company_id", "/amount", "/channel"]
        assert "channel eq phone or source eq website" in faults[2].detail

    def test_reads_line_items(self) -> None:
        product = new_id()
        stage = stage_asking(
            {"field": "line_items.product_id", "op": "has_any", "value": [str(product)]}
        )

        assert list(unmet(stage, {"line_items": []}))
        assert not list(unmet(stage, {"line_items": [{"product_id": str(product)}]}))

    def test_is_empty_when_nothing_is_asked(self) -> None:
        assert list(unmet(stage_asking(), {})) == []


class TestFaultsOf:
    def test_names_every_demand_that_makes_no_sense(self) -> None:
        tree = {"and": [{"field": "shoe_size", "op": "eq", "value": 1}]}

        faults = list(faults_of(["amount", "shoe_size"], tree, pointer="/stages/0"))

        assert [fault.pointer for fault in faults] == [
            "/stages/0/required_fields/1",
            "/stages/0/requirements/and/0",
        ]
