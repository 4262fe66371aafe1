"""Totals: computed once, in one pure rule (D2, D10)."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_deals.lines.rules import (
    Discount,
    StoredLine,
    discounted,
    kind_of,
    net_and_tax,
    price_line,
    total_of,
    totals_of,
)
from crm_deals.testing import make_product
from crm_shared.money import DIGITS, round_money

CHAIR, TABLE, LAMP = (
    make_product(price=Decimal(1250), category="Chairs"),
    make_product("Oak table", price=Decimal(4000), category="Tables"),
    make_product("Lamp", price=Decimal(300), category="Chairs"),
)
SOLD = {one.id: one for one in (CHAIR, TABLE, LAMP)}
money = st.decimals(0, 10**9, places=4, allow_nan=False, allow_infinity=False)
percent = st.decimals(0, 100, places=4, allow_nan=False, allow_infinity=False)
currencies = st.sampled_from(["UAH", "JPY", "BHD"])


@st.composite
def lines(draw: st.DrawFn) -> tuple[str, list[StoredLine]]:
    currency = draw(currencies)
    some = draw(
        st.lists(
            st.fixed_dictionaries(
                {
                    "unit_price": money,
                    "quantity": st.decimals("0.0001", 1000, places=4),
                    "discount_type": st.just("percent"),
                    "discount_value": percent,
                    "tax_rate": percent,
                    "tax_included": st.booleans(),
                }
            ),
            min_size=1,
            max_size=8,
        )
    )
    return currency, [price_line(one, CHAIR, currency) for one in some]


def is_payable(amount: Decimal, currency: str) -> bool:
    return amount == round_money(amount, currency) and amount >= 0


class TestDiscounted:
    @given(lines(), percent)
    def test_a_percentage_is_given_to_the_digit(
        self, some: tuple[str, list[StoredLine]], value: Decimal
    ) -> None:
        currency, priced = some
        before = totals_of(priced, currency)

        less = discounted(priced, Discount("percent", value), currency)

        assert less is not None
        bases = sum(
            Decimal(line["total"]) + (Decimal(line["tax_amount"]) if line["tax_included"] else 0)
            for line in priced
        )
        parts = [Decimal(line.get("deal_discount", "0")) for line in less]
        assert sum(parts) == round_money(bases * value / 100, currency)
        after = totals_of(less, currency)
        assert after.net <= before.net
        assert after.net + after.tax == after.gross
        assert all(is_payable(part, currency) for part in parts)
        assert all(is_payable(Decimal(line["total"]), currency) for line in less)
        assert all(is_payable(Decimal(line["tax_amount"]), currency) for line in less)

    @given(lines(), st.decimals(0, 1, places=6))
    def test_a_sum_up_to_all_leaves_no_line_below_nothing(
        self, some: tuple[str, list[StoredLine]], share: Decimal
    ) -> None:
        currency, priced = some
        bases = sum(
            Decimal(line["total"]) + (Decimal(line["tax_amount"]) if line["tax_included"] else 0)
            for line in priced
        )
        off = round_money(bases * share, currency)

        less = discounted(priced, Discount("amount", off), currency)

        assert less is not None
        assert sum(Decimal(line.get("deal_discount", "0")) for line in less) == off
        assert all(is_payable(Decimal(line["total"]), currency) for line in less)

    @given(lines())
    def test_nothing_off_changes_nothing_and_can_be_repeated(
        self, some: tuple[str, list[StoredLine]]
    ) -> None:
        currency, priced = some
        reduced = discounted(priced, Discount("percent", Decimal(10)), currency)
        assert reduced is not None

        assert discounted(priced, Discount(), currency) == priced
        assert discounted(reduced, Discount(), currency) == priced
        assert discounted(reduced, Discount("percent", Decimal(10)), currency) == reduced

    def test_more_than_everything_is_refused(self) -> None:
        line = price_line({}, CHAIR, "UAH")

        assert discounted([line], Discount("amount", Decimal("1250.01")), "UAH") is None


class TestNetAndTax:
    @given(money, percent, currencies, st.booleans())
    def test_both_parts_are_payable_and_make_the_whole(
        self, price: Decimal, rate: Decimal, currency: str, included: bool
    ) -> None:
        net, tax = net_and_tax(price, rate, currency, included=included)

        assert is_payable(net, currency)
        assert is_payable(tax, currency)
        if included:
            assert net + tax == round_money(price, currency)
        assert DIGITS.get(currency, 2) >= -int(net.as_tuple().exponent)


class TestTotalsOf:
    def test_say_what_was_taken_off_on_the_way(self) -> None:
        half = {"discount_type": "percent", "discount_value": Decimal(50)}
        priced = [
            price_line({**half, "tax_rate": Decimal(20)}, CHAIR, "UAH"),
            price_line({"quantity": Decimal(2)}, LAMP, "UAH"),
        ]
        less = discounted(priced, Discount("amount", Decimal("100")), "UAH")
        assert less is not None

        totals = totals_of(less, "UAH")

        assert total_of(priced) == Decimal("1225.00")
        assert totals.net == Decimal("1125.00")
        assert totals.discount == Decimal("725.00")
        assert totals.gross == totals.net + totals.tax


class TestD10KindOf:
    @pytest.mark.parametrize(
        ("line", "kind"),
        [
            ({"product_id": CHAIR.id}, "base"),
            ({"product_id": TABLE.id}, "cross"),
            ({"product_id": CHAIR.id, "asked_product_id": LAMP.id}, "up"),
            ({"product_id": LAMP.id, "asked_product_id": CHAIR.id}, "base"),
            (
                {
                    "product_id": CHAIR.id,
                    "asked_quantity": Decimal(2),
                    "quantity": Decimal(3),
                },
                "over",
            ),
            (
                {
                    "product_id": CHAIR.id,
                    "asked_quantity": Decimal(3),
                    "quantity": Decimal(3),
                },
                "base",
            ),
        ],
    )
    def test_follows_the_rule(self, line: dict[str, Any], kind: str) -> None:
        assert kind_of(line, SOLD, "Chairs") == kind
