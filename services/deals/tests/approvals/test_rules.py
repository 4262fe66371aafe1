"""DOC4: when a step is decided, and who is asked of those who are there: pure functions."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from crm_deals.approvals.rules import Candidate, asked_of, asked_on, is_away, revived, verdict
from crm_shared.ids import new_id


class TestDOC4Rules:
    @pytest.mark.parametrize(
        ("answers", "asked", "quorum", "expected"),
        [
            (["approve"], 3, 2, None),
            (["approve", "approve"], 3, 2, "approve"),
            (["reject"], 3, 2, None),
            (["reject", "reject"], 3, 2, "reject"),
            (["reject"], 1, 1, "reject"),
            (["approve"], 0, 1, "approve"),
        ],
    )
    def test_end_when_the_quorum_is_there_or_cannot_be(
        self, answers: list[str], asked: int, quorum: int, expected: str | None
    ) -> None:
        assert verdict(answers, asked=asked, quorum=quorum) == expected

    def test_keep_what_they_would_overwrite_and_leave_the_companys_own_fields_alone(self) -> None:
        own = {"value": "net 30", "user_id": "Ann", "amount": 7}
        assert revived({"custom_fields": own, "amount": "7"}) == {
            "custom_fields": own,
            "amount": Decimal(7),
        }
        named = asked_on({"title": "x", "tags": [], "stage_id": "y", "reason_note": "z"})
        assert named == {
            *("title", "tags", "stage_id"),
            *("line_items", "discount", "amount", "currency"),
        }

    def test_ask_who_is_there_and_him_who_is_away_when_nobody_stands_in(self) -> None:
        """DOC4: the cases of absence that a policy can meet."""
        boss, second, head = (new_id() for _ in range(3))

        def found(
            *people: tuple[UUID, bool, bool],
            named: dict[UUID, UUID | None],
            but: UUID | None = None,
        ) -> tuple[set[UUID], dict[UUID, UUID]]:
            asked = asked_of([Candidate(*one) for one in people], named, but=but or new_id())
            return set(asked.ids), dict(asked.stand_ins)

        covered: dict[UUID, UUID | None] = {boss: second}
        for away, expected in (
            (False, ({boss}, {})),
            (True, ({second}, {second: boss})),
        ):
            people = [(boss, False, away), (second, False, False)]
            assert found(*people, named=covered) == expected
        # both away, or nobody named: he is asked all the same
        assert found((boss, False, True), (second, False, True), named=covered) == ({boss}, {})
        assert found((boss, False, True), named={boss: None}) == ({boss}, {})
        # of those who are asked by role, whoever is there; nobody there: all of them
        roles = [(boss, True, True), (head, True, False)]
        assert found(*roles, named={}) == ({head}, {})
        assert found((boss, True, True), named={}) == ({boss}, {})
        # whoever asks is not answered for by his own substitute
        assert found((second, False, False), named=covered, but=boss) == (set(), {})
        assert is_away([{"start": "2026-11-20", "end": "2026-11-22"}], date(2026, 11, 22))
        assert not is_away([{"start": "2026-11-20", "end": "2026-11-22"}], date(2026, 11, 23))
