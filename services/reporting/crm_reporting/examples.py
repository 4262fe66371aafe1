"""One example of every published event; feeds contracts/ and docs/events.md."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from crm_reporting.events import (
    BaselineCreated,
    BaselineDeleted,
    BaselineFacts,
    CostCreated,
    CostDeleted,
    CostFacts,
    CostUpdated,
    EffectSetUp,
    EffectSetupFacts,
    ErasureCompleted,
    ErasureFacts,
    InvestmentCreated,
    InvestmentDeleted,
    InvestmentFacts,
    InvestmentUpdated,
    PlanCreated,
    PlanDeleted,
    PlanFacts,
    PlanUpdated,
    ReportDue,
    ReportFacts,
    ReportScheduleCreated,
    ReportScheduleDeleted,
    ReportScheduleDisabled,
    ReportScheduleFacts,
    ReportScheduleUpdated,
    StaffCreated,
    StaffDeleted,
    StaffFacts,
    StaffUpdated,
    WatchedFieldsRead,
)
from crm_reporting.events.custom import (
    CustomMetricCreated,
    CustomMetricDeleted,
    CustomMetricFacts,
    CustomMetricUpdated,
    CustomSourceFacts,
)
from crm_reporting.events.derived import (
    AlarmCleared,
    AlarmCreated,
    AlarmDeleted,
    AlarmFacts,
    AlarmRaised,
    AlarmUpdated,
    CustomerFacts,
    CustomerFiguresChanged,
    RateCreated,
    RateDeleted,
    RateFacts,
    RateUpdated,
)
from crm_reporting.events.pay import (
    PayRuleCreated,
    PayRuleDeleted,
    PayRuleFacts,
    PayRuleUpdated,
)
from crm_shared.events.envelope import Event
from crm_shared.policies import ReadingFacts

PERSON = UUID("01920000-0000-7000-8000-000000000041")

SOMEBODY = UUID("01920000-0000-7000-8000-000000000042")
SPRING: dict[str, Any] = {"starts_on": date(2026, 3, 1), "ends_on": date(2026, 5, 31)}
BASELINE = BaselineFacts(
    metric="sales_volume", metric_version=1, team_id=None, value=Decimal("240000"), currency="UAH",
    source="typed", working_days=63, months={"3": "80000", "4": "80000", "5": "80000"},
    recorded_by=SOMEBODY, **SPRING,
)  # fmt: skip
PLAN = PlanFacts(
    metric="won_deals", owner_id=SOMEBODY, team_id=None, value=Decimal(40), currency=None,
    is_goal=False, **SPRING,
)  # fmt: skip
COST = CostFacts(
    category="exhibition", channel="exhibition", campaign_id=None, campaign="spring",
    purpose="acquisition", amount=Decimal("12000.00"), currency="UAH", **SPRING,
)  # fmt: skip
STAFF = StaffFacts(
    role="seller", user_id=SOMEBODY, team_id=None, fte=Decimal("0.5"),
    currency="UAH", starts_on=date(2026, 3, 1), ends_on=None,
)  # fmt: skip
INVESTMENT = InvestmentFacts(
    kind="own_hours", is_monthly=False, amount=None, hours=Decimal(20), rate=Decimal("250.00"),
    users=None, price=None, currency="UAH", starts_on=date(2026, 3, 1), ends_on=None,
)  # fmt: skip
SETUP = EffectSetupFacts(
    starts_on=date(2026, 3, 1), currency="UAH", margin=Decimal(30), script_coverage=None,
    price_index=None, planned_benefit=Decimal("5724.60"),
)  # fmt: skip
SCHEDULE = ReportScheduleFacts(
    owner_id=SOMEBODY, team_id=None, report="sellers", format="html", language="uk",
    period="last_week", weekdays=[1], at="08:30", recipient_ids=[SOMEBODY], is_active=True,
)  # fmt: skip
REPORT = ReportFacts(
    owner_id=SOMEBODY, team_id=None, schedule_id=UUID("01920000-0000-7000-8000-000000000043"),
    report="sellers", heading="Показники продавців", format="html", language="uk",
)  # fmt: skip
ALARM = AlarmFacts(
    owner_id=SOMEBODY, team_id=None, kind="metric", metric="win_rate", variant=None, days=30,
    direction="below", bound=Decimal(40), release=Decimal(42), classes=None, user_ids=[SOMEBODY],
    is_active=True, is_raised=False, contact_id=None, company_id=None,
)  # fmt: skip
RAISED = ALARM.model_copy(update={"is_raised": True})
CUSTOMER = CustomerFacts(
    contact_id=None, company_id=SOMEBODY, currency="UAH", abc_class="A", state="active",
    purchases=4, first_purchase_on=date(2025, 4, 2), last_purchase_on=date(2026, 5, 20),
    purchase_sum=Decimal("48000.00"), purchase_sum_year=Decimal("36000.00"),
    average_check=Decimal("12000.00"), lifetime_value=Decimal("14400.00"), unconverted=0,
    purchase_interval=Decimal("137.67"), rhythm_broken=False, on_time_share=Decimal("75.00"),
    late_invoices=1,
)  # fmt: skip
CUSTOM = CustomMetricFacts(
    key="big_deals", unit="money", direction="up", numerator=CustomSourceFacts(
        events=["crm.deals.deal.stage_changed.v1"], function="sum", field="deal.amount", since=None
    ), denominator=None, groups={"channel": "channel"}, roles=None, counted_revision=1,
)  # fmt: skip
RATE = RateFacts(currency="EUR", quote="UAH", day=date(2026, 3, 2), rate=Decimal("45.1"))
PAY_RULE = PayRuleFacts(
    role="seller", owner_id=None, metric="gross_profit", currency=None,
    starts_on=date(2026, 3, 1), ends_on=None,
)  # fmt: skip
NEW: dict[str, Any] = {"changed": [], "previous": {}}
GONE: dict[str, Any] = {"changed": ["deleted_at"], "previous": {}}

EXAMPLES: list[Event] = [
    ErasureCompleted(erasure=ErasureFacts(person_id=PERSON, emptied={"names": 0})),
    WatchedFieldsRead(
        reading=ReadingFacts(
            noun="deal",
            fields=["amount"],
            count=1,
            ids=["019f8a10-0000-7000-8000-00000000002a"],
        )
    ),
    BaselineCreated(baseline=BASELINE, **NEW),
    BaselineDeleted(baseline=BASELINE, **GONE),
    PlanCreated(plan=PLAN, **NEW),
    PlanUpdated(plan=PLAN, changed=["value"], previous={"value": "35"}),
    PlanDeleted(plan=PLAN, **GONE),
    CostCreated(cost=COST, **NEW),
    CostUpdated(cost=COST, changed=["amount"], previous={"amount": "10000.00"}),
    CostDeleted(cost=COST, **GONE),
    StaffCreated(staff=STAFF, **NEW),
    StaffUpdated(staff=STAFF, changed=["fte"], previous={"fte": "1"}),
    StaffDeleted(staff=STAFF, **GONE),
    PayRuleCreated(pay_rule=PAY_RULE, **NEW),
    PayRuleUpdated(pay_rule=PAY_RULE, changed=["ends_on"], previous={"ends_on": None}),
    PayRuleDeleted(pay_rule=PAY_RULE, **GONE),
    InvestmentCreated(investment=INVESTMENT, **NEW),
    InvestmentUpdated(investment=INVESTMENT, changed=["hours"], previous={"hours": "16"}),
    InvestmentDeleted(investment=INVESTMENT, **GONE),
    EffectSetUp(effect_setup=SETUP, changed=["margin"], previous={"margin": "25"}),
    ReportScheduleCreated(report_schedule=SCHEDULE, **NEW),
    ReportScheduleUpdated(report_schedule=SCHEDULE, changed=["at"], previous={"at": "09:00"}),
    ReportScheduleDisabled(
        report_schedule=SCHEDULE.model_copy(update={"is_active": False}),
        changed=["is_active"],
        previous={"is_active": True},
        refused=["channel"],
    ),
    ReportScheduleDeleted(report_schedule=SCHEDULE, **GONE),
    ReportDue(report=REPORT),
    RateCreated(rate=RATE, **NEW),
    RateUpdated(rate=RATE, changed=["rate"], previous={"rate": "45"}),
    RateDeleted(rate=RATE, **NEW),
    AlarmCreated(alarm=ALARM, **NEW),
    AlarmUpdated(alarm=ALARM, changed=["bound"], previous={"bound": "35"}),
    AlarmDeleted(alarm=ALARM, **GONE),
    AlarmRaised(alarm=RAISED, changed=["is_raised"], previous={"is_raised": False}),
    AlarmCleared(alarm=ALARM, changed=["is_raised"], previous={"is_raised": True}),
    CustomMetricCreated(custom_metric=CUSTOM, **NEW),
    CustomMetricUpdated(custom_metric=CUSTOM, changed=["roles"], previous={"roles": ["head"]}),
    CustomMetricDeleted(custom_metric=CUSTOM, **GONE),
    CustomerFiguresChanged(
        customer=CUSTOMER,
        changed=["abc_class", "purchase_sum_year"],
        previous={"abc_class": "B", "purchase_sum_year": "24000.00"},
    ),
]
