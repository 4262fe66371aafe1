"""Pages are written column by column exactly as their models would write them."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from types import SimpleNamespace
from typing import Any, Literal
from uuid import UUID

import pytest
from asyncpg.pgproto.pgproto import UUID as DriverUUID
from pydantic import BaseModel, ConfigDict, Field, computed_field

from crm_shared.http.pagination import Page, Rows
from crm_shared.http.writing import PageWriter
from crm_shared.money import Amount

ID = "0192f3c1-7a5b-7cde-8f01-23456789abcd"
NOW = datetime(2026, 11, 22, 8, 30, 1, 5, tzinfo=UTC)


class Colour(StrEnum):
    RED = "red"


class Lace(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    length: Amount
    colour: Colour | None = None


class Box(BaseModel):
    label: str
    boxes: list["Box"] = []


class Shoe(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    owner_id: UUID | None
    label: str
    colour: Colour
    side: Literal["left", "right"]
    size: int
    price: Amount | None
    is_old: bool | None
    made_on: date
    made_at: datetime
    laces: list[Lace]
    tags: list[str]
    fields: dict[str, Any] = Field(validation_alias="all_fields")
    sold_on: date | None = Field(serialization_alias="sold")


def _shoe(**other: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "id": UUID(ID),
        "owner_id": None,
        "label": "Черевик «Ніч»",
        "colour": Colour.RED,
        "side": "left",
        "size": 42,
        "price": Decimal("12.5000"),
        "is_old": False,
        "made_on": date(2026, 1, 2),
        "made_at": NOW,
        "laces": [],
        "tags": [],
        "all_fields": {},
        "sold_on": None,
    }
    return usual | other


ODD: list[dict[str, Any]] = [
    _shoe(),
    _shoe(id=DriverUUID(ID), owner_id=DriverUUID(ID), tags=["a", "b"], sold_on=date(2026, 2, 3)),
    _shoe(laces=[{"length": "1.5"}, {"length": 2, "colour": "red"}], all_fields={"a": [1, None]}),
    _shoe(laces=[{"length": "1.50", "colour": None}, {"length": "1.5"}, {"length": Decimal(3)}]),
    # not the very types that JSON has: a sum, an enumeration, a moment at midnight, text for an id
    _shoe(size=Decimal(41), label=Colour.RED, made_on=datetime(2026, 1, 2, tzinfo=UTC), id=ID),
    _shoe(price=None, is_old=None, made_at=NOW.isoformat(), colour="red"),
]


def _as_models(rows: list[Any]) -> Any:
    models = [Shoe.model_validate(row) for row in rows]
    page = Page[Shoe](items=models, next_cursor="next", total=None)
    return json.loads(page.model_dump_json(by_alias=True))


def _written(rows: list[Any], model: Any = Page[Shoe]) -> Any:
    writer = PageWriter.of(model)
    response = writer.response(Rows(rows, "next", None)) if writer else None
    return None if response is None else json.loads(bytes(response.body))


class TestPages:
    @pytest.mark.parametrize("rows", [[], ODD, *([one] for one in ODD), ODD[:2], ODD[1:3]])
    def test_are_what_their_models_would_be(self, rows: list[dict[str, Any]]) -> None:
        assert _written(rows) == _as_models(rows)
        entities = [SimpleNamespace(**row) for row in rows]
        assert _written(entities) == _as_models(rows)

    def test_hold_records_that_hold_records_like_themselves(self) -> None:
        inner = {"label": "b", "boxes": [{"label": "c"}]}
        rows: list[dict[str, Any]] = [{"label": "a", "boxes": [inner]}]
        assert _written(rows, Page[Box])["items"] == [Box(**row).model_dump() for row in rows]

    def test_say_what_follows_from_other_fields_and_keep_to_the_model(self) -> None:
        class Derived(SimpleNamespace):
            secret = "kept"

            @property
            def label(self) -> str:
                return f"{self.size}"

        row = Derived(**{name: value for name, value in _shoe().items() if name != "label"})
        assert _written([row]) == _as_models([_shoe(label="42")])


class TestWhatIsLeftToTheModel:
    def test_is_what_does_not_fit(self) -> None:
        assert _written([_shoe(size="large")]) is None
        assert _written([{"id": ID}]) is None
        assert _written([_shoe(laces=[{"length": "1.5"}, {"colour": "red"}])]) is None
        assert _written([_shoe(laces=[{"length": "1.5"}, None])]) is None
        assert _written([Shoe.model_validate(_shoe())]) is None

    def test_is_a_row_that_does_more_than_hold_its_fields(self) -> None:
        class Clever(Shoe):
            @computed_field  # type: ignore[prop-decorator]
            @property
            def twice(self) -> int:
                return 2 * self.size

        assert PageWriter.of(Page[Clever]) is None
        assert PageWriter.of(Shoe) is None
        assert PageWriter.of(None) is None
