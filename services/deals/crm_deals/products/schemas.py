"""Bodies of the products feature."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from crm_shared.money import Amount, Currency

Label = Annotated[str, Field(min_length=1, max_length=200, examples=["Oak chair"])]
Code = Annotated[str, Field(min_length=1, max_length=100)]
Price = Annotated[Amount, Field(ge=0, examples=["1250.00"])]
# stands where a field may be left out but not be null
NOT_SENT: Any = None


class Body(BaseModel):
    """A body in which an unknown field is a mistake."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class ProductIn(Body):
    """Something that is sold."""

    label: Label
    sku: Code | None = None
    category: Code | None = None
    price: Price | None = None
    cost: Price | None = Field(default=None, description="What one costs the company")
    currency: Currency = Field(default=NOT_SENT, description="The company's when absent")
    is_active: bool = True


class PatchProductIn(Body):
    """Changes of a product."""

    label: Label = NOT_SENT
    sku: Code | None = None
    category: Code | None = None
    price: Price | None = None
    cost: Price | None = None
    currency: Currency = NOT_SENT
    is_active: bool = NOT_SENT


class ProductOut(BaseModel):
    """A product."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    label: str
    sku: str | None
    category: str | None
    price: Amount | None
    cost: Amount | None
    currency: str
    is_active: bool
    created_at: datetime
    updated_at: datetime
    source_system: str | None
    external_id: str | None
