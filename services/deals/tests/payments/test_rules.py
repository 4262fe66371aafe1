"""F1, F2: which part of a payment settles which invoice."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from crm_deals.payments.rules import Part, Wish, share_out, still_held, take_back
from crm_shared.ids import new_id

cents = st.integers(0, 10**9).map(lambda number: Decimal(number).scaleb(-2))


class TestShareOut:
    @given(cents, st.lists(cents, max_size=10))
    def test_gives_in_order_never_more_than_there_is_or_is_due(
        self, available: Decimal, dues: list[Decimal]
    ) -> None:
        wishes = [Wish(new_id(), None, due) for due in dues]

        parts, faults = share_out(available, wishes)

        assert faults == []
        assert sum(part.amount for part in parts) == min(available, sum(dues, Decimal(0)))
        most = {wish.invoice_id: wish.most for wish in wishes}
        assert all(0 < part.amount <= most[part.invoice_id] for part in parts)

    def test_names_each_fault(self) -> None:
        wishes = [
            Wish(new_id(), Decimal(11), Decimal(10)),
            Wish(new_id(), Decimal(1), Decimal(10), least=Decimal(2)),
            Wish(new_id(), Decimal(9), Decimal(10)),
        ]

        _parts, faults = share_out(Decimal(20), wishes)

        assert [fault.code for fault in faults] == [
            "more-than-due",
            "less-than-refunded",
            "more-than-paid",
        ]


class TestTakeBack:
    @given(cents, st.lists(cents, max_size=10), st.data())
    def test_takes_what_is_free_first_and_exactly_the_rest(
        self, free: Decimal, amounts: list[Decimal], data: st.DataObject
    ) -> None:
        held = [Part(new_id(), amount) for amount in amounts]
        whole = free + sum(amounts, Decimal(0))
        amount = data.draw(st.integers(0, int(whole * 100))) / Decimal(100)

        parts = take_back(amount, free, held)

        assert sum(part.amount for part in parts) == max(Decimal(0), amount - free)
        left = still_held(held, [parts])
        assert all(part.amount >= 0 for part in left)
