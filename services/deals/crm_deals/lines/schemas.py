"""Bodies of lines and discounts."""

from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crm_deals.events import DiscountType, Quantity, SaleKind
from crm_shared.money import Amount

Price = Annotated[Amount, Field(ge=0, examples=["12500.00"])]


class Body(BaseModel):
    """A body in which an unknown field is a mistake."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class LineItemIn(Body):
    product_id: UUID
    quantity: Annotated[Quantity, Field(gt=0)] = Decimal(1)
    unit_price: Price | None = Field(default=None, description="The product's price when absent")
    discount_type: Literal["percent", "amount"] | None = None
    discount_value: Price = Decimal(0)
    tax_rate: Annotated[Quantity, Field(ge=0, le=100)] = Field(
        default=Decimal(0), description="Percent; totals are without tax"
    )
    tax_included: bool | None = Field(
        default=None, description="Whether unit_price holds the tax; as the price list when absent"
    )
    sale_kind: SaleKind | None = Field(
        default=None,
        description="When absent: up for a dearer product than `asked_product_id`, over for more "
        "than `asked_quantity`, cross for another category than the first line's, else base",
    )
    asked_product_id: UUID | None = Field(default=None, description="What the customer asked for")
    asked_quantity: Annotated[Quantity, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _discount_makes_sense(self) -> Self:
        if self.discount_value and self.discount_type is None:
            raise ValueError("discount_value needs a discount_type")
        if self.discount_type == "percent" and self.discount_value > 100:  # noqa: PLR2004
            raise ValueError("a discount is at most 100 percent")
        return self


class DiscountIn(Body):
    """What is taken off all lines together, spread over them in proportion to their price."""

    type: DiscountType
    value: Price

    @model_validator(mode="after")
    def _is_no_more_than_all(self) -> Self:
        if self.type == "percent" and self.value > 100:  # noqa: PLR2004
            raise ValueError("a discount is at most 100 percent")
        return self


class LineItemOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    product_id: UUID
    product_label: str
    category: str | None
    quantity: Quantity
    unit_price: Amount
    discount_type: Literal["percent", "amount"] | None
    discount_value: Amount
    tax_rate: Quantity
    tax_amount: Amount
    tax_included: bool = False
    deal_discount: Amount = Field(
        default=Decimal(0), description="Its part of what is taken off the whole"
    )
    total: Amount = Field(description="After every discount, without tax")
    sale_kind: SaleKind
    asked_product_id: UUID | None = None
    asked_quantity: Quantity | None = None
    unit_cost: Amount | None = None
