"""Bodies of the rules of pay."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from crm_reporting.inputs.schemas.given import Body, Code, Day, Figure, Note
from crm_reporting.inputs.schemas.shown import Figure as Shown
from crm_reporting.inputs.schemas.shown import InputOut
from crm_reporting.pay_rules.rules import is_money, is_payable
from crm_shared.http.problems import broken_by
from crm_shared.money import Currency

MOST_STEPS = 20
MOST_PERCENT = 100


def _is_payable(metric: str) -> str:
    if not is_payable(metric):
        raise PydanticCustomError(
            "not-payable", "Pay follows a sum or number that is told by owner, like gross_profit"
        )
    return metric


Rate = Annotated[Decimal, Field(ge=0, max_digits=19, decimal_places=4, allow_inf_nan=False)]


class PayStepIn(Body):
    """From so many percent of the plan on another rate holds."""

    from_percent: Annotated[Decimal, Field(ge=0, le=10_000, max_digits=9, decimal_places=4)]
    rate: Rate


class PayRuleIn(Body):
    """What a role or a person earns by a figure, in whole months.

    Money is paid in percent of it, a number by so much of `currency` for each.
    """

    role: Code | None = Field(default=None, description="Everybody of this role on the staff")
    owner_id: UUID | None = Field(default=None, description="One person, in place of his role")
    metric: Annotated[str, AfterValidator(_is_payable), Field(examples=["gross_profit"])]
    rate: Rate
    currency: Currency | None = Field(default=None, description="Of a rate for each one")
    threshold: Figure | None = Field(default=None, description="Below it nothing is earned")
    steps: list[PayStepIn] = Field(
        default=[], max_length=MOST_STEPS, description="By the part of the plan that was reached"
    )
    starts_on: Day = Field(description="The first day of a month")
    ends_on: Day | None = Field(default=None, description="The last day of a month")
    note: Note | None = None

    @field_validator("starts_on")
    @classmethod
    def _begins_a_month(cls, day: date) -> date:
        if day.day != 1:
            raise PydanticCustomError("whole-months", "Must be the first day of a month")
        return day

    @field_validator("ends_on")
    @classmethod
    def _ends_a_month(cls, day: date | None) -> date | None:
        if day is not None and (day + timedelta(days=1)).day != 1:
            raise PydanticCustomError("whole-months", "Must be the last day of a month")
        return day

    @field_validator("steps")
    @classmethod
    def _steps_rise(cls, steps: list[PayStepIn]) -> list[PayStepIn]:
        reached = [step.from_percent for step in steps]
        if reached != sorted(set(reached)):
            raise PydanticCustomError("not-rising", "Each step begins above the one before")
        return steps

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if (self.role is None) is (self.owner_id is None):
            raise broken_by("one-of", "Say a role, or a person", "role", "owner_id")
        if is_money(self.metric) is (self.currency is not None):
            rule = "A rate for each one has a currency, a percent of money has none"
            raise broken_by("currency", rule, "currency")
        rates = {"rate": [self.rate], "steps": [step.rate for step in self.steps]}
        over = [name for name, all_of in rates.items() if max(all_of, default=0) > MOST_PERCENT]
        if self.currency is None and over:
            raise broken_by("too-large", "More than the whole cannot be paid of it", *over)
        if self.ends_on is not None and self.ends_on < self.starts_on:
            raise broken_by("ends-before-start", "Must not lie before starts_on", "ends_on")
        return self


class PayStepOut(Body):
    """A step of the plan."""

    from_percent: Shown
    rate: Shown


class PayRuleOut(InputOut):
    """What a role or a person earns by a figure."""

    role: str | None
    owner_id: UUID | None
    metric: str
    rate: Shown
    currency: str | None
    threshold: Shown | None
    steps: list[PayStepOut]
    starts_on: date
    ends_on: date | None
