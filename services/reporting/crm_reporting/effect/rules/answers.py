"""What is asked of the measured effect, and the whole answer before it is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from crm_reporting.effect.rules.balance import Balance
from crm_reporting.effect.rules.components import Component
from crm_reporting.effect.rules.crediting import Effect
from crm_reporting.effect.rules.exact import Maybe
from crm_reporting.effect.rules.facts import Facts
from crm_reporting.effect.rules.measuring import BeforeAfter, Difference
from crm_reporting.inputs.errors import EffectNotBegunError
from crm_reporting.inputs.rules.spreading import TOO_LONG, Span, is_too_long
from crm_reporting.metrics.errors import QuestionError

# raised whenever the same facts come to another effect: what was kept before is then void
VERSION = 5
# it is counted anew every day: what is older is of a worker that is gone
KEPT_FOR = timedelta(hours=25)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: which days, as known when, and which teams are not yet on the CRM."""

    first: date | None
    last: date
    as_of: datetime
    later: frozenset[UUID] = frozenset()
    is_past: bool = False  # the instant was named: nothing that was entered since counts

    def since(self, start: date) -> Span:
        """Return its days, from the start of the CRM where no other was named."""
        if is_too_long(Span(start, self.last)):
            raise QuestionError("to", "period-too-long", f"{TOO_LONG}, from the start of the CRM.")
        if start > self.last:
            raise EffectNotBegunError(start)
        span = Span(self.first or start, self.last)
        if not span.days:
            raise QuestionError("from", "empty-period", "Must not lie after the last day told.")
        return span


@dataclass(frozen=True, slots=True)
class Row:
    """One metric before and after (E17), and against those not yet on the CRM (E18)."""

    metric: str
    found: BeforeAfter
    difference: Difference


@dataclass(frozen=True, slots=True)
class Goal:
    """E21: how far a goal of the introduction is reached."""

    plan: Any
    percent: Maybe


@dataclass(frozen=True, slots=True)
class Measured:
    """The whole answer."""

    setup: Any
    span: Span
    facts: Facts
    components: Sequence[Component]
    effect: Effect
    balance: Balance
    rows: Sequence[Row]
    goals: Sequence[Goal]
    unconverted: Mapping[str, int]
