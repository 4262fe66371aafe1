"""What a rule may do, one body for each kind of action."""

from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from crm_deals.deal_rules.rules import COPYABLE
from crm_deals.deals.schemas import PatchDealIn
from crm_deals.events import Quantity, SaleKind
from crm_deals.lines.schemas import Price
from crm_shared.nouns.schemas import Tag

Tags = Annotated[list[Tag], Field(min_length=1, max_length=50)]
Days = Annotated[int, Field(ge=-3650, le=3650)]


class Body(BaseModel):
    """A body in which an unknown field is a mistake."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class SetOwner(Body):
    """Give the deal to somebody, or to nobody."""

    do: Literal["set_owner"]
    owner_id: UUID | None


class Assign(Body):
    """Give the deal to one of several: in turn, whoever has least to do, or the team's head."""

    do: Literal["assign"]
    how: Literal["round_robin", "least_busy", "team_head"]
    team_id: UUID | None = Field(default=None, description="The deal's own team when absent")
    user_ids: Annotated[list[UUID], Field(max_length=200)] = Field(
        default_factory=list, description="Instead of a team"
    )


class Move(Body):
    """Put the deal into a stage, of another pipeline if need be; requirements are checked."""

    do: Literal["move"]
    stage_id: UUID
    reason_id: UUID | None = None
    reopen: bool = False


class Archive(Body):
    """Put the deal away."""

    do: Literal["archive"]


class Copy(Body):
    """Copy one field into another of its kind."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, serialize_by_alias=True)

    do: Literal["copy"]
    source: Annotated[str, Field(alias="from")]
    to: str

    @model_validator(mode="after")
    def _kinds_agree(self) -> Self:
        kind = COPYABLE.get(self.source)
        if kind is None or COPYABLE.get(self.to) != kind:
            raise ValueError(f"these can be copied within their kind: {COPYABLE}")
        return self


class Fill(Body):
    """Give a field a value, or a day counted from the event's day."""

    do: Literal["fill"]
    field: str
    value: Any = None
    in_days: Days | None = None
    only_if_empty: bool = False

    @model_validator(mode="after")
    def _value_fits(self) -> Self:
        if self.in_days is not None:
            if self.field != "expected_close_date":
                raise ValueError("in_days is for expected_close_date")
            return self
        try:
            checked = PatchDealIn.model_validate({self.field: self.value})
        except ValidationError as unfit:
            raise ValueError(f"{self.field}: {unfit.errors()[0]['msg']}") from unfit
        # what was understood is kept, not how it was spelt: "50" is text to the database
        self.value = checked.model_dump(mode="json", exclude_unset=True)[self.field]
        return self


class AddLine(Body):
    """Add a product to the deal."""

    do: Literal["add_line"]
    product_id: UUID
    quantity: Annotated[Quantity, Field(gt=0)] = Decimal(1)
    unit_price: Price | None = None
    sale_kind: SaleKind = "base"


class SetDiscount(Body):
    """Give every line of the deal this discount."""

    do: Literal["set_discount"]
    percent: Annotated[Decimal, Field(ge=0, le=100, max_digits=5, decimal_places=2)]


class AddTags(Body):
    """Tag the deal, beside the tags it has."""

    do: Literal["add_tags"]
    tags: Tags


class RemoveTags(Body):
    """Take tags off the deal."""

    do: Literal["remove_tags"]
    tags: Tags


class CreateInvoice(Body):
    """Draw an invoice of the deal's lines up, as a draft or issued at once."""

    do: Literal["create_invoice"]
    status: Literal["draft", "issued"] = "draft"
    due_in_days: Annotated[int, Field(ge=0, le=3650)] | None = None


class CreatePayment(Body):
    """Book a payment or an expense of the deal: a sum, or a part of the deal's amount."""

    do: Literal["create_payment"]
    kind: Literal["payment", "expense"] = "payment"
    amount: Price | None = Field(default=None, description="The deal's when absent")
    percent: Annotated[int, Field(ge=1, le=100)] | None = None
    account: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    category: Annotated[str, Field(min_length=1, max_length=64)] | None = None


Action = Annotated[
    SetOwner
    | Assign
    | Move
    | Archive
    | Copy
    | Fill
    | AddLine
    | SetDiscount
    | AddTags
    | RemoveTags
    | CreateInvoice
    | CreatePayment,
    Field(discriminator="do"),
]
Actions = Annotated[list[Action], Field(min_length=1, max_length=20)]
