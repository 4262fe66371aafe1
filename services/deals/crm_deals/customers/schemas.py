"""Bodies of customers' standings."""

from pydantic import BaseModel, ConfigDict, Field


class StandingOut(BaseModel):
    """What deals, invoices and claims say of a customer."""

    model_config = ConfigDict(from_attributes=True)

    has_bought: bool
    late_invoices: int = Field(
        description="Those of the last 365 days that were, or are, over 30 days late"
    )
    has_unsettled_breach: bool = Field(description="A breach of his that is not made good")
    is_unreliable: bool = Field(description="Two late invoices, or such a breach")
