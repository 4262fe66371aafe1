"""What counts as breaking a contract, and what a reader may miss."""

from pydantic import BaseModel

from crm_shared.events.contracts import breaking_changes, unmet_needs


class Place(BaseModel):
    row: int
    seat: int | None


class Before(BaseModel):
    place: Place
    label: str


class TestBreakingChanges:
    def test_adding_a_field_breaks_nobody(self) -> None:
        class After(Before):
            colour: str

        assert broken(Before, After) == []

    def test_a_removed_field_is_missed(self) -> None:
        class After(BaseModel):
            place: Place

        assert broken(Before, After) == ["/label was removed", "/label may be absent now"]

    def test_a_retyped_field_is_misread(self) -> None:
        class After(BaseModel):
            place: Place
            label: int

        assert broken(Before, After) == ["/label type changed"]

    def test_it_looks_into_nested_objects_and_alternatives(self) -> None:
        class Other(BaseModel):
            row: int
            seat: str | None

        class After(BaseModel):
            place: Other
            label: str

        assert broken(Before, After) == ["/place/seat type changed"]

    def test_a_field_that_may_be_absent_now_is_missed(self) -> None:
        class After(BaseModel):
            place: Place
            label: str = "none"

        schema = After.model_json_schema()
        assert list(breaking_changes(Before.model_json_schema(), schema)) == [
            "/label may be absent now"
        ]


class TestUnmetNeeds:
    def test_a_reader_that_asks_for_less_is_served(self) -> None:
        class Narrow(BaseModel):
            label: str

        assert unmet_needs(Narrow, Before.model_json_schema()) == []

    def test_a_required_field_nobody_sends_is_named_however_deep(self) -> None:
        class Wanted(BaseModel):
            floor: int

        class Greedy(BaseModel):
            place: Wanted
            colour: str

        assert unmet_needs(Greedy, Before.model_json_schema()) == ["/place/floor", "/colour"]


def broken(before: type[BaseModel], after: type[BaseModel]) -> list[str]:
    return list(breaking_changes(before.model_json_schema(), after.model_json_schema()))
