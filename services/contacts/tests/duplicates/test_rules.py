"""C1: when two records look like one client's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_contacts.duplicates.rules import Card, judge, likeness
from crm_contacts.folding.rules import fold


def card(
    name: str = "", *, phone: str | None = None, email: str | None = None, place: str | None = None
) -> Card:
    phones = frozenset([phone] if phone else [])
    emails = frozenset([email] if email else [])
    return Card(fold(name), emails, phones, place, "company")


CARDS = st.builds(
    card,
    st.sampled_from(["", "Шевченко Тарас", "Shevchenko Taras", "Taras", "Леся Українка"]),
    phone=st.sampled_from([None, "+380671112233"]),
    email=st.sampled_from([None, "a@example.org"]),
    place=st.sampled_from([None, "1"]),
)


class TestJudge:
    @pytest.mark.parametrize(
        ("one", "other", "reasons"),
        [
            (card(phone="+1"), card(phone="+1"), ["phone"]),
            (card("Тарас", email="a"), card("Taras", email="a"), ["email", "name"]),
            (card("Шевченко Тарас"), card("Тарас Шевченко"), ["name"]),
            (card("Шевченко Тарас"), card("Shevchenko Taras"), ["name"]),
            (
                card("Shevchenko Taras", place="1"),
                card("Shevchenko Tarasik", place="1"),
                ["similar_name", "company"],
            ),
        ],
    )
    def test_tells_why(self, one: Card, other: Card, reasons: list[str]) -> None:
        verdict = judge(one, other)
        assert verdict is not None
        assert verdict.reasons == reasons

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (card("Тарас"), card("Тарас")),
            (card("Шевченко Тарас"), card("Українка Леся")),
            (card(place="1"), card(place="1")),
            (card(), card()),
        ],
    )
    def test_leaves_alone_what_only_might_be(self, one: Card, other: Card) -> None:
        assert judge(one, other) is None

    @given(CARDS, CARDS)
    def test_does_not_care_which_comes_first(self, one: Card, other: Card) -> None:
        assert judge(one, other) == judge(other, one)
        verdict = judge(one, other)
        assert verdict is None or 0 < verdict.score <= 100

    @given(st.text(alphabet="abc ", max_size=20))
    def test_finds_a_name_like_itself(self, name: str) -> None:
        assert likeness(name, name) == (1.0 if name.split() else 0.0)
