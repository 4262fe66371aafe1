"""The values that the facts of several nouns are made of."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, PlainSerializer

from crm_shared.money import plain


def shortest(number: Decimal) -> str:
    """Write a number without zeros that say nothing: 200, 1.5."""
    return format(number.normalize(), "f")


Quantity = Annotated[
    Decimal,
    Field(max_digits=19, decimal_places=4, allow_inf_nan=False),
    PlainSerializer(shortest, return_type=str, when_used="json"),
]
Share = Annotated[
    Decimal,
    Field(gt=0, le=100, max_digits=5, decimal_places=2, allow_inf_nan=False, examples=["60.00"]),
    PlainSerializer(plain, return_type=str, when_used="json"),
]
Outcome = Literal["open", "won", "lost"]
SaleKind = Literal["base", "cross", "up", "over"]
DiscountType = Literal["percent", "amount"]
Caution = Literal["warn", "block"]
