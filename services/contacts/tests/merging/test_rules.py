"""C1: bringing the fields of two records together, and taking one of them out again."""

from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from crm_contacts.merging.rules import Shape, Step, combine, replay

SHAPE = Shape(
    single=("title", "city"),
    joined=(("owner", "team"),),
    either=("is_key",),
    many={"tags": lambda item: item, "emails": lambda item: item["value"], "likes": lambda i: i},
)


def email(value: str, *, primary: bool = False) -> dict[str, Any]:
    return {"value": value, "label": None, "is_primary": primary}


class TestCombine:
    def test_keeps_the_survivors_and_fills_what_he_lacks(self) -> None:
        one = {"title": "boss", "city": None, "owner": None, "team": None}
        other = {"title": "chief", "city": "Kyiv", "owner": "o", "team": "t"}

        made = combine(SHAPE, one, other, {})

        assert (made.values["title"], made.values["city"]) == ("boss", "Kyiv")
        assert (made.values["owner"], made.values["team"]) == ("o", "t")
        assert made.origins == {
            "title": "survivor", "city": "loser", "owner": "loser", "team": "loser",
        }  # fmt: skip

    def test_never_gives_somebodys_record_another_team(self) -> None:
        made = combine(SHAPE, {"owner": "o", "team": None}, {"owner": "p", "team": "t"}, {})
        assert (made.values["owner"], made.values["team"]) == ("o", None)

    def test_unites_several_values_with_one_primary(self) -> None:
        one = {"emails": [email("a", primary=True)], "tags": ["x"], "likes": {"tea": "green"}}
        other = {
            "emails": [email("b", primary=True), email("a")],
            "tags": ["y", "x"],
            "likes": {"tea": "black", "pet": "cat"},
        }

        made = combine(SHAPE, one, other, {})

        assert made.values["emails"] == [email("a", primary=True), email("b")]
        assert made.values["tags"] == ["x", "y"]
        assert made.values["likes"] == {"tea": "green", "pet": "cat"}
        assert made.origins["tags"] == "both"

    def test_takes_the_later_word_by_the_instant_and_not_by_its_text(self) -> None:
        shape = Shape(single=(), many={"consents": lambda item: item["channel"]})
        yes = {"channel": "email", "granted": True, "at": "2026-11-22T12:00:00+03:00"}
        no = {"channel": "email", "granted": False, "at": "2026-11-22T10:00:00+00:00"}

        for one, other in ((yes, no), (no, yes)):
            made = combine(shape, {"consents": [one]}, {"consents": [other]}, {})
            assert made.values["consents"] == [no]

    def test_takes_what_was_chosen(self) -> None:
        one, other = {"title": "boss", "tags": ["x"]}, {"title": "chief", "tags": ["y"]}
        made = combine(SHAPE, one, other, {"title": "loser", "tags": "loser"})
        assert (made.values["title"], made.values["tags"]) == ("chief", ["y"])


_TEXT = st.sampled_from(["a", "b", "c", None])
_EMAILS = st.lists(st.sampled_from("pqrs"), unique=True, max_size=3).map(
    lambda some: [email(one, primary=place == 0) for place, one in enumerate(some)]
)
RECORDS = st.fixed_dictionaries(
    {
        "title": _TEXT,
        "city": _TEXT,
        "owner": _TEXT,
        "team": _TEXT,
        "is_key": st.booleans(),
        "tags": st.lists(st.sampled_from("xyz"), unique=True, max_size=3),
        "emails": _EMAILS,
        "likes": st.dictionaries(st.sampled_from("mn"), st.sampled_from("12"), max_size=2),
    }
)
CHOICES = st.dictionaries(
    st.sampled_from(["title", "city", "tags", "emails"]),
    st.sampled_from(["survivor", "loser"]),
    max_size=2,
)


class TestReplay:
    @given(RECORDS, st.lists(st.tuples(RECORDS, CHOICES), min_size=1, max_size=4), st.data())
    @settings(max_examples=200, deadline=None)
    def test_gives_back_the_record_whatever_merge_is_undone_first(
        self, start: dict[str, Any], losers: list[Any], data: st.DataObject
    ) -> None:
        """C1: merging any records and unmerging them in any order restores the first exactly."""
        story = [start]
        for loser, take in losers:
            story.append(combine(SHAPE, story[-1], loser, take).values)
        left_out: set[int] = set()
        for undone in data.draw(st.permutations(range(1, len(losers) + 1))):
            left_out.add(undone)
            steps = [
                Step(before, after, is_left_out=place in left_out, is_edit=False)
                for place, (before, after) in enumerate(pairwise(story), start=1)
            ]
            made = replay(SHAPE, start, steps)
            # an unmerge is a revision of its own, and is passed over from then on
            story.append(made.values)
            left_out.add(len(story) - 1)
        assert made.values == {name: start.get(name) for name in SHAPE.names}
        assert made.kept == []

    @given(RECORDS, RECORDS, RECORDS)
    @settings(max_examples=100, deadline=None)
    def test_keeps_single_values_that_were_changed_since(
        self, start: dict[str, Any], loser: dict[str, Any], edit: dict[str, Any]
    ) -> None:
        merged = combine(SHAPE, start, loser, {}).values
        edited = {**merged, "title": edit["title"]}
        steps = [
            Step(start, merged, is_left_out=True, is_edit=False),
            Step(merged, edited, is_left_out=False, is_edit=True),
        ]

        made = replay(SHAPE, start, steps)

        changed = merged["title"] != edited["title"]
        assert made.values["title"] == (edited["title"] if changed else start["title"])
        assert made.kept == (["title"] if changed else [])

    def test_keeps_an_address_that_was_added_since_and_drops_the_losers(self) -> None:
        start = {"emails": [email("a", primary=True)]}
        merged = {"emails": [email("a", primary=True), email("b")]}
        edited = {"emails": [email("a"), email("b", primary=True), email("c")]}
        steps = [
            Step(start, merged, is_left_out=True, is_edit=False),
            Step(merged, edited, is_left_out=False, is_edit=True),
        ]

        made = replay(SHAPE, start, steps)

        # the losers was made the primary one: somebody else has to be it now
        assert made.values["emails"] == [email("a", primary=True), email("c")]
