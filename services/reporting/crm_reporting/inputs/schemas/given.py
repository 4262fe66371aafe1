"""Inputs as they are typed; the workbook's rows are held against the same rules."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from crm_reporting.effect.rules.investing import Cost as Kind
from crm_reporting.inputs.rules.measures import direction_of, is_known, unit_of
from crm_reporting.inputs.rules.spreading import (
    DAYS_KNOWN,
    TOO_LONG,
    Span,
    is_known_day,
    is_too_long,
)
from crm_shared.http.problems import broken_by
from crm_shared.money import Currency

Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,59}$", examples=["exhibition"])]
Note = Annotated[str, Field(max_length=2000, description="Stays here: no event tells it")]
Sum = Annotated[Decimal, Field(ge=0, max_digits=19, decimal_places=4, allow_inf_nan=False)]
Figure = Annotated[Decimal, Field(max_digits=24, decimal_places=9, allow_inf_nan=False)]
Hours = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=3, allow_inf_nan=False)]
Share = Annotated[Decimal, Field(ge=0, le=1, max_digits=7, decimal_places=4)]
Percent = Annotated[Decimal, Field(ge=0, le=100, max_digits=7, decimal_places=4)]
Month = Annotated[str, Field(pattern=r"^([1-9]|1[0-2])$")]
COMPONENTS = ("E10", "E11", "E12", "E13", "E14", "E15", "E19")
MANY = 100


def _is_known_day(day: date) -> date:
    if not is_known_day(day):
        raise PydanticCustomError("out-of-range", DAYS_KNOWN)
    return day


Day = Annotated[date, AfterValidator(_is_known_day)]


def _is_figure(metric: str) -> str:
    if not is_known(metric):
        raise PydanticCustomError("unknown-metric", "There is no figure of this name")
    return metric


Metric = Annotated[str, AfterValidator(_is_figure), Field(examples=["sales_volume"])]


class Body(BaseModel):
    """A body in which an unknown field is a mistake."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class _Spanned(Body):
    starts_on: Day
    ends_on: Day = Field(description="The last day, included")

    @field_validator("ends_on")
    @classmethod
    def _is_not_before_its_start(cls, ends_on: date | None, info: ValidationInfo) -> date | None:
        starts_on = info.data.get("starts_on")
        if ends_on is not None and starts_on is not None and ends_on < starts_on:
            raise PydanticCustomError("ends-before-start", "Must not lie before starts_on")
        if ends_on is not None and starts_on is not None and is_too_long(Span(starts_on, ends_on)):
            raise PydanticCustomError("period-too-long", TOO_LONG)
        return ends_on


class _OpenEnded(_Spanned):
    ends_on: Day | None = Field(default=None, description="The last day; null while it goes on")  # type: ignore[assignment]


class _Figure(_Spanned):
    metric: Metric
    value: Figure
    currency: Currency | None = Field(default=None, description="Of money, and only of money")
    note: Note | None = None

    @model_validator(mode="after")
    def _has_a_currency_if_it_is_money(self) -> Self:
        if (unit_of(self.metric) == "money") is not (self.currency is not None):
            rule = "Money has a currency, other figures have none"
            raise broken_by("currency", rule, "currency")
        return self


class ComputedBaselineIn(_Spanned):
    """A baseline taken from the history that is there: imported, or of the first weeks."""

    metric: Metric
    currency: Currency | None = None
    note: Note | None = None


class BaselineIn(_Figure):
    """What a figure was before; `months` of it for the seasons, `sampled` for a counted week."""

    team_id: UUID | None = None
    source: Literal["typed", "sampled"] = "typed"
    working_days: int | None = Field(default=None, ge=1, le=10_000)
    months: dict[Month, Figure] = Field(default={}, max_length=12)


class KnownBaselineIn(BaselineIn):
    """A baseline that is there already: a workbook brings computed ones back as they were."""

    # mypy: a wider choice than the base class has, for rows that keep what they say
    source: Literal["typed", "sampled", "computed"] = "typed"  # type: ignore[assignment]


class PlanIn(_Figure):
    """What a figure should come to, of somebody, a team, or the company."""

    owner_id: UUID | None = None
    team_id: UUID | None = None
    is_goal: bool = Field(
        default=False,
        description="A goal of the introduction of the CRM: its owner answers for it, what is "
        "counted is the team's or the company's",
    )


class CostIn(_Spanned):
    """A marketing cost: telephone, paper, stamps, exhibitions …"""

    category: Code
    channel: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    campaign_id: UUID | None = None
    campaign: Annotated[str, Field(min_length=1, max_length=100)] | None = Field(
        default=None, description="As the leads of its forms name it: costs and leads meet by it"
    )
    purpose: Literal["acquisition", "retention", "other"] = "acquisition"
    amount: Sum
    currency: Currency
    note: Note | None = None


class StaffIn(_OpenEnded):
    """Somebody at work in a role: his share of full time, and what he costs a month in all."""

    role: Code = Field(examples=["seller"])
    user_id: UUID | None = None
    team_id: UUID | None = None
    fte: Annotated[Decimal, Field(gt=0, le=1000, max_digits=7, decimal_places=3)]
    pay: Sum
    currency: Currency
    note: Note | None = None


class InvestmentIn(_OpenEnded):
    """What went into the CRM: an amount; or hours (and their rate); or users and a price."""

    kind: Kind
    is_monthly: bool = False
    amount: Sum | None = None
    hours: Hours | None = None
    rate: Sum | None = None
    users: Hours | None = None
    price: Sum | None = None
    currency: Currency
    note: Note | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        ways = ("amount", "hours", "users")
        said = [name for name in ways if getattr(self, name) is not None]
        if len(said) != 1:
            rule = "Say an amount, or hours, or users and a price"
            raise broken_by("one-of", rule, *(said or ways))
        if (self.users is None) is not (self.price is None):
            rule = "Users and their price go together"
            raise broken_by("users-and-price", rule, "price")
        if self.rate is not None and self.hours is None:
            raise broken_by("hours-and-rate", "A rate is that of hours", "rate")
        return self


class WeightIn(Body):
    """How much of a component is credited to the CRM, how sure that is, and why."""

    share: Share
    confidence: Share
    argument: Annotated[str, Field(min_length=1, max_length=2000)]


class DeclaredIn(Body):
    """E15, E19: a figure and what one unit of its change is worth a month; by whom and why."""

    component: Literal["E15", "E19"] = "E15"
    metric: Metric
    money_per_unit: Figure
    fewer_is_better: bool | None = Field(
        default=None, description="Where not said: as the figure's own direction is"
    )
    is_realised: bool = Field(
        default=True, description="Whether it is money already; time saved (E19) never is"
    )
    owner_id: UUID
    argument: Annotated[str, Field(min_length=1, max_length=2000)]

    @model_validator(mode="after")
    def _knows_its_direction(self) -> Self:
        if self.fewer_is_better is None:
            self.fewer_is_better = direction_of(self.metric) == "down"
        return self


class EffectSetupIn(Body):
    """Since when the CRM is used, at which margin it is judged, what is credited and why."""

    starts_on: Day
    currency: Currency
    margin: Percent = Field(description="Gross profit in percent of sales; it is assumed")
    script_coverage: Percent | None = None
    price_index: Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=6)] | None = None
    planned_benefit: Sum | None = Field(default=None, description="A month, for the plan line")
    weights: dict[str, WeightIn] = Field(default={}, max_length=len(COMPONENTS))
    declared: list[DeclaredIn] = Field(default=[], max_length=MANY)

    @field_validator("weights")
    @classmethod
    def _are_of_components(cls, weights: dict[str, WeightIn]) -> dict[str, WeightIn]:
        if not set(weights) <= set(COMPONENTS):
            raise PydanticCustomError("unknown-component", f"Known: {', '.join(COMPONENTS)}")
        return weights
