"""Bodies of the price lists feature."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from crm_shared.money import Amount, Currency, plain

Label = Annotated[str, Field(min_length=1, max_length=200, examples=["Wholesale 2027"])]
Price = Annotated[Amount, Field(ge=0, examples=["1190.00"])]
# they lie in the row and ride in its event, which takes 256 kB
MOST_PRICES = 2000
# stands where a field may be left out but not be null
NOT_SENT: Any = None


class Body(BaseModel):
    """A body in which an unknown field is a mistake."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class ListedPrice(Body):
    """What one product costs by the list."""

    product_id: UUID
    price: Price


class _Terms(Body):
    tax_included: bool = NOT_SENT
    valid_from: date | None = None
    valid_until: date | None = Field(default=None, description="The last day")
    is_active: bool = NOT_SENT

    def given(self) -> dict[str, Any]:
        """Return what the caller sent, prices as they are stored."""
        sent = self.model_dump(exclude_unset=True)
        if "prices" in sent:
            sent["prices"] = [
                {"product_id": str(one["product_id"]), "price": plain(one["price"])}
                for one in sent["prices"]
            ]
        return sent

    @model_validator(mode="after")
    def _days_are_in_order(self) -> Self:
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise ValueError("valid_until is before valid_from")
        return self


def _once_each(prices: list[ListedPrice]) -> list[ListedPrice]:
    if len({one.product_id for one in prices}) != len(prices):
        raise ValueError("every product has one price")
    return prices


Prices = Annotated[list[ListedPrice], Field(max_length=MOST_PRICES), AfterValidator(_once_each)]


class PriceListIn(_Terms):
    """Prices in one currency."""

    label: Label
    currency: Currency
    prices: Prices = Field(default_factory=list)


class PatchPriceListIn(_Terms):
    """Changes of a price list; its currency stays, its prices are replaced whole."""

    label: Label = NOT_SENT
    prices: Prices = NOT_SENT


class PriceListOut(BaseModel):
    """A price list."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    revision: int
    label: str
    currency: str
    tax_included: bool
    valid_from: date | None
    valid_until: date | None
    is_active: bool
    prices: list[ListedPrice]
    created_at: datetime
    updated_at: datetime
    source_system: str | None
    external_id: str | None
