"""Bodies of the products feature."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from crm_deals.events import SaleKind, SuggestionFacts
from crm_shared.money import Amount, Currency
from crm_shared.nouns.schemas import CustomFields

Label = Annotated[str, Field(min_length=1, max_length=200, examples=["Oak chair"])]
Code = Annotated[str, Field(min_length=1, max_length=100)]
Price = Annotated[Amount, Field(ge=0, examples=["1250.00"])]
# stands where a field may be left out but not be null
NOT_SENT: Any = None


class Body(BaseModel):
    """A body in which an unknown field is a mistake."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class SuggestionIn(Body):
    """A product that goes with this one, and what kind of sale that would be."""

    product_id: UUID
    sale_kind: SaleKind = "cross"


class _ProductFields(Body):
    suggestions: Annotated[list[SuggestionIn], Field(max_length=20)] = Field(
        default_factory=list, description="What to offer with it"
    )

    def given(self) -> dict[str, Any]:
        """Return what the caller sent, suggestions as they are stored."""
        sent = self.model_dump(exclude_unset=True)
        if "suggestions" in sent:
            sent["suggestions"] = [one.model_dump(mode="json") for one in self.suggestions]
        return sent


class ProductIn(_ProductFields):
    """Something that is sold."""

    label: Label
    sku: Code | None = None
    category: Code | None = None
    price: Price | None = None
    cost: Price | None = Field(default=None, description="What one costs the company")
    currency: Currency = Field(default=NOT_SENT, description="The company's when absent")
    is_active: bool = True
    custom_fields: CustomFields = Field(default_factory=dict)


class PatchProductIn(_ProductFields):
    """Changes of a product."""

    label: Label = NOT_SENT
    sku: Code | None = None
    category: Code | None = None
    price: Price | None = None
    cost: Price | None = None
    currency: Currency = NOT_SENT
    is_active: bool = NOT_SENT
    custom_fields: CustomFields = Field(default_factory=dict)


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
    arrived_at: datetime | None
    suggestions: list[SuggestionFacts]
    custom_fields: dict[str, Any] = Field(validation_alias="all_fields")
    created_at: datetime
    updated_at: datetime
    source_system: str | None
    external_id: str | None
