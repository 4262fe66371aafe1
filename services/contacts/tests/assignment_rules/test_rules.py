"""C11, T7: who is next, without a database."""

from uuid import UUID

import pytest

from crm_contacts.assignment_rules.rules import Candidate, Field
from crm_shared.ids import new_id

ANNA, BORYS, CELINA = (UUID(int=number) for number in (1, 2, 3))
TEAM = new_id()


def field(how: str, *people: Candidate, **values: object) -> Field:
    given = {"last": None, "per_user": None, "per_team": None, **values}
    return Field(how, people, **given)  # type: ignore[arg-type]


def someone(user_id: UUID, *, absent: bool = False, **ratings: int) -> Candidate:
    return Candidate(user_id, TEAM, is_absent=absent, ratings=ratings)


class TestC11InTurn:
    def test_goes_round_and_begins_after_whoever_was_last(self) -> None:
        people = [someone(one) for one in (ANNA, BORYS, CELINA)]
        asked = field("round_robin", *people, last=ANNA)

        assert [asked.choose(None).user_id for _ in range(4)] == [BORYS, CELINA, ANNA, BORYS]

    def test_passes_the_absent_and_says_so(self) -> None:
        asked = field("round_robin", someone(ANNA, absent=True), someone(BORYS))

        choice = asked.choose(None)

        assert (choice.user_id, choice.passed_over) == (BORYS, {str(ANNA): "absent"})

    def test_goes_on_with_the_others_when_the_last_one_has_left(self) -> None:
        asked = field("round_robin", someone(BORYS), last=ANNA)

        assert asked.choose(None).user_id == BORYS


class TestT7LeastBusy:
    def test_counts_what_it_gives_before_it_gives_the_next(self) -> None:
        asked = field("least_busy", someone(ANNA), someone(BORYS), loads={ANNA: 2, BORYS: 0})

        assert [asked.choose(None).user_id for _ in range(3)] == [BORYS, BORYS, ANNA]

    def test_gives_nothing_over_the_limit_of_a_person(self) -> None:
        asked = field("least_busy", someone(ANNA), per_user=1)

        first, second = asked.choose(None), asked.choose(None)

        assert (first.user_id, second.user_id) == (ANNA, None)
        assert (second.reason, second.passed_over) == ("nobody_free", {str(ANNA): "user_limit"})

    def test_gives_nothing_over_the_limit_of_a_team(self) -> None:
        asked = field("round_robin", someone(ANNA), someone(BORYS), per_team=1)
        asked.choose(None)

        assert set(asked.choose(None).passed_over.values()) == {"team_limit"}


class TestC11ByRating:
    def test_gives_the_best_class_to_the_best_seller_of_that_class(self) -> None:
        asked = field("by_rating", someone(ANNA, A=3, B=9), someone(BORYS, A=8))

        assert [asked.choose(one).user_id for one in ("A", "B")] == [BORYS, ANNA]

    def test_gives_to_the_less_busy_of_equals(self) -> None:
        asked = field("by_rating", someone(ANNA, A=8), someone(BORYS, A=8), loads={ANNA: 1})

        assert asked.choose("A").user_id == BORYS

    @pytest.mark.parametrize(
        ("client_class", "reason"),
        [(None, "in_turn_no_client_class"), ("C", "in_turn_nobody_rated")],
    )
    def test_goes_by_turn_and_says_why_without_class_or_rating(
        self, client_class: str | None, reason: str
    ) -> None:
        asked = field("by_rating", someone(ANNA, A=8), someone(BORYS, A=1), last=ANNA)

        choice = asked.choose(client_class)

        assert (choice.user_id, choice.reason) == (BORYS, reason)
