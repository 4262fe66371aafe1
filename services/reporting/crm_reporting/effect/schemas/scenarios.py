"""A scenario as it is typed: decimals in, exact numbers out."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crm_reporting.effect.rules import chain, scenarios
from crm_reporting.effect.rules.chain import Kind, Mode
from crm_reporting.effect.rules.exact import of
from crm_reporting.effect.rules.flows import Ramp, RampUp
from crm_reporting.effect.rules.investing import RUNNING, Convert, Cost, Item, Structure, structure
from crm_shared.http.problems import broken_by
from crm_shared.money import Currency

Number = Annotated[Decimal, Field(max_digits=24, decimal_places=9, allow_inf_nan=False)]
Positive = Annotated[Number, Field(ge=0)]
Percent = Annotated[Number, Field(ge=0, le=100, description="In percent")]
MOST_LINES = 500


class Body(BaseModel):
    """A body in which an unknown field is a mistake."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class SituationIn(Body):
    """A month before the CRM. A typed rate may be rounded; it must be what the levels make."""

    leads: Positive = Field(examples=["10000"])
    potential: Positive = Field(examples=["600"], description="Deals created in the month")
    completed: Positive = Field(examples=["400"], description="Deals won in the month")
    sales: Positive = Field(examples=["80000"])
    lead_conversion: Positive | None = Field(default=None, description="Percent")
    deal_conversion: Positive | None = Field(default=None, description="Percent")
    average_order: Positive | None = None

    def situation(self) -> chain.Situation:
        """Return it as the formulas take it."""
        return chain.Situation(
            of(self.leads), of(self.potential), of(self.completed), of(self.sales),
            _typed(self.lead_conversion), _typed(self.deal_conversion), _typed(self.average_order),
        )  # fmt: skip


class ChangeIn(Body):
    """What becomes of a factor: `relative` percent, `points` on top, or the new value itself."""

    value: Number = Decimal(0)
    kind: Kind = Kind.RELATIVE


class ChangesIn(Body):
    """What becomes of the four factors; one that is not named stays."""

    leads: ChangeIn = ChangeIn()
    lead_conversion: ChangeIn = ChangeIn()
    deal_conversion: ChangeIn = ChangeIn()
    average_order: ChangeIn = ChangeIn()

    def changes(self) -> chain.Changes:
        """Return them as the formulas take them."""
        told = {name: getattr(self, name) for name in chain.FACTORS}
        return chain.Changes(**{n: chain.Change(of(c.value), c.kind) for n, c in told.items()})


class RampIn(Body):
    """How the effect grows: shares of months in a table, or months until it is whole."""

    kind: Ramp = Ramp.NONE
    months: int = Field(default=0, ge=0, le=120)
    table: list[Annotated[Number, Field(ge=0, le=2)]] = Field(default=[], max_length=120)

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Self:
        if self.kind is Ramp.TABLE and not self.table:
            raise broken_by("table-missing", "A table needs its shares", "table")
        if self.kind in (Ramp.LINEAR, Ramp.S_CURVE) and not self.months:
            raise broken_by("months-missing", "Say in how many months it is whole", "months")
        return self

    def ramp(self) -> RampUp:
        """Return it as the formulas take it."""
        return RampUp(self.kind, self.months, tuple(of(share) for share in self.table))


class CostIn(Body):
    """One line of the investment: an amount; or hours and their rate; or users and a price."""

    kind: Cost
    currency: Currency
    day: date | None = None
    amount: Positive | None = None
    hours: Positive | None = None
    rate: Positive | None = None
    users: Positive | None = None
    price: Positive | None = None
    is_monthly: bool | None = Field(
        default=None, description="Unless said: subscription, support and hosting are, others not"
    )

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        ways = ("amount", "hours", "users")
        said = [name for name in ways if getattr(self, name) is not None]
        rule = "Say an amount, or hours (with their rate), or users and a price"
        if len(said) != 1:
            raise broken_by("one-of", rule, *(said or ways))
        if (self.users is None) is not (self.price is None):
            raise broken_by("one-of", rule, "price")
        return self

    def item(self) -> Item:
        """Return it as the formulas take it."""
        names = ("amount", "hours", "rate", "users", "price")
        numbers = {name: _exact(getattr(self, name)) for name in names}
        is_monthly = self.kind in RUNNING if self.is_monthly is None else self.is_monthly
        return Item(self.kind, self.currency, self.day, is_monthly=is_monthly, **numbers)


class EconomicsIn(Body):
    """What it costs and how its benefit is judged; without a margin only revenue is told."""

    currency: Currency
    investment: Positive | None = Field(default=None, description="One sum, or name `items`")
    running: Positive = Field(default=Decimal(0), description="A month")
    items: list[CostIn] = Field(default=[], max_length=MOST_LINES)
    margin: Percent | None = Field(default=None, description="Gross profit in percent of sales")
    horizon: int = Field(default=12, ge=1, le=120, description="Months")
    ramp: RampIn = RampIn()
    discount: Percent = Field(default=Decimal(0), description="Percent a year")
    limit: Annotated[Number, Field(gt=0, le=120)] = Field(
        default=Decimal(1), description="Months within which the break-even pays back"
    )
    start: date | None = None
    margins: list[Percent] = Field(default=[], max_length=20)

    @model_validator(mode="after")
    def _names_its_cost_once(self) -> Self:
        if (self.investment is None) is not bool(self.items):
            raise broken_by("one-of", "Say investment or items, one of them", "investment", "items")
        return self

    def structure(self, convert: Convert) -> Structure:
        """E5: return the investment by kind."""
        items = [line.item() for line in self.items]
        if self.investment is not None:
            items.append(Item(Cost.OTHER, self.currency, amount=of(self.investment)))
        if self.running:
            items.append(Item(Cost.OTHER, self.currency, amount=of(self.running), is_monthly=True))
        return structure(items, convert)


class DoubtIn(Body):
    """How far every assumption may be off, and how many random scenarios are to show it."""

    percent: Percent = Decimal(10)
    draws: int = Field(default=0, ge=0, le=2000)
    seed: int = Field(default=1, ge=0, le=2**31)


class ScenarioIn(Body):
    """One proposal: a month before, what changes, what it costs."""

    name: str = Field(default="", max_length=200)
    mode: Mode = Mode.EXACT
    situation: SituationIn
    changes: ChangesIn = ChangesIn()
    economics: EconomicsIn
    doubt: DoubtIn = DoubtIn()

    def scenario(self, costs: Structure) -> scenarios.Scenario:
        """Return it as the formulas take it."""
        money = self.economics
        return scenarios.Scenario(
            situation=self.situation.situation(),
            changes=self.changes.changes(),
            economics=scenarios.Economics(
                currency=money.currency,
                investment=costs.invested,
                running=costs.monthly,
                margin=_exact(money.margin),
                horizon=money.horizon,
                ramp=money.ramp.ramp(),
                discount=of(money.discount),
                limit=of(money.limit),
                start=money.start,
                margins=tuple(of(margin) for margin in money.margins),
            ),
            mode=self.mode,
            doubt=scenarios.Doubt(of(self.doubt.percent), self.doubt.draws, self.doubt.seed),
            name=self.name,
        )


class ComparisonIn(Body):
    """Proposals to be put side by side."""

    scenarios: list[ScenarioIn] = Field(min_length=1, max_length=20)


def own_currency(currency: str) -> Callable[[str, date | None], Fraction | None]:
    """Return a conversion that knows no rates: what is typed in another currency is left out."""
    return lambda code, _day: Fraction(1) if code == currency else None


def _typed(value: Decimal | None) -> chain.Typed | None:
    if value is None:
        return None
    return chain.Typed(of(value), max(0, -int(value.as_tuple().exponent)))


def _exact(value: Decimal | None) -> Fraction | None:
    return None if value is None else of(value)
