"""The catalogue: what each metric is called, means, and can be cut by."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from crm_reporting.contributions.rules import Part
from crm_reporting.metrics.rules.numbers import Unit

Language = Literal["en", "uk", "ru"]
Texts = dict[Language, str]


class Dimension(StrEnum):
    OWNER = "owner"
    TEAM = "team"
    PRODUCT = "product"
    SECTOR = "sector"
    PIPELINE = "pipeline"
    COMPANY = "company"
    CHANNEL = "channel"
    STAGE = "stage"


class Direction(StrEnum):
    UP = "up"
    DOWN = "down"
    NONE = "none"


PEOPLE = (Dimension.OWNER, Dimension.TEAM, Dimension.PIPELINE, Dimension.COMPANY)
FLOWS = (*PEOPLE, Dimension.PRODUCT, Dimension.SECTOR, Dimension.CHANNEL)
STOCKS = (*PEOPLE, Dimension.SECTOR, Dimension.CHANNEL, Dimension.STAGE)
AMOUNT, OUTCOME, STAGE = "deal.amount", "deal.outcome", "deal.stage_id"
CREATED_AT, LOST_AT = "deal.created_at", "deal.lost_at"
WON = (OUTCOME, "deal.won_at")


@dataclass(frozen=True, slots=True)
class Metric:
    """One entry. Another formula is another metric; a changed one is another version."""

    id: str
    source: str
    unit: Unit
    direction: Direction
    title: Texts
    formula: Texts
    facts: tuple[Part, ...]  # what its drill-down lists
    dimensions: tuple[Dimension, ...] = FLOWS
    inputs: tuple[str, ...] = ("deal.created", "deal.updated", "deal.stage_changed", "deal.deleted")
    variants: tuple[str, ...] = ()
    additive: bool = False
    version: int = 1
    # fields without which it cannot be told: whoever may not see one of them gets no answer
    tells: tuple[str, ...] = ()


CATALOGUE: dict[str, Metric] = {
    metric.id: metric
    for metric in (
        Metric(
            "sales_volume", "K1", Unit.MONEY, Direction.UP,
            {"en": "Sales volume", "uk": "Обсяг продажів", "ru": "Объём продаж"},
            {
                "en": "Sum of the amounts of deals whose win in force lies in the period.",
                "uk": "Сума угод, чинне завершення виграшем яких припадає на період.",
                "ru": "Сумма сделок, действующий выигрыш которых приходится на период.",
            },
            (Part.WON,), additive=True, tells=(AMOUNT, *WON),
        ),
        Metric(
            "average_deal_sum", "K2", Unit.MONEY, Direction.UP,
            {"en": "Average deal sum", "uk": "Середня сума угоди", "ru": "Средняя сумма сделки"},
            {
                "en": "Sales volume divided by the number of won deals with an amount; those of "
                "zero only with include_zero. Median beside it.",
                "uk": "Обсяг продажів, поділений на кількість виграних угод із сумою; нульові — "
                "лише з include_zero. Поруч медіана.",
                "ru": "Объём продаж, делённый на число выигранных сделок с суммой; нулевые — "
                "только с include_zero. Рядом медиана.",
            },
            (Part.WON,), tells=(AMOUNT, *WON),
        ),
        Metric(
            "potential_deals", "K4", Unit.COUNT, Direction.UP,
            {"en": "Potential deals", "uk": "Потенційні угоди", "ru": "Потенциальные сделки"},
            {
                "en": "flow: deals created in the period. stock: deals open at its end.",
                "uk": "flow: угоди, створені за період. stock: угоди, відкриті на його кінець.",
                "ru": "flow: сделки, созданные за период. stock: сделки, открытые на его конец.",
            },
            (Part.CREATED,), variants=("flow", "stock"), additive=True, tells=(CREATED_AT,),
        ),
        Metric(
            "won_deals", "K6", Unit.COUNT, Direction.UP,
            {"en": "Won deals", "uk": "Завершені угоди", "ru": "Завершённые сделки"},
            {
                "en": "Number of deals whose win in force lies in the period; lost ones beside it.",
                "uk": "Кількість угод, чинний виграш яких припадає на період; програні — поруч.",
                "ru": "Число сделок, действующий выигрыш которых приходится на период; "
                "проигранные — рядом.",
            },
            (Part.WON,), additive=True, tells=WON,
        ),
        Metric(
            "flow_ratio", "K7", Unit.PERCENT, Direction.UP,
            {
                "en": "Won to created", "uk": "Виграні до створених",
                "ru": "Выигранные к созданным",
            },
            {
                "en": "Won deals of the period / deals created in the period.",
                "uk": "Угоди, виграні за період / угоди, створені за період.",
                "ru": "Сделки, выигранные за период / сделки, созданные за период.",
            },
            (Part.WON, Part.CREATED), tells=(CREATED_AT, *WON),
        ),
        Metric(
            "win_rate", "K7", Unit.PERCENT, Direction.UP,
            {"en": "Win rate", "uk": "Частка виграних", "ru": "Доля выигранных"},
            {
                "en": "Won / (won + lost) among the deals closed in the period.",
                "uk": "Виграні / (виграні + програні) серед угод, завершених за період.",
                "ru": "Выигранные / (выигранные + проигранные) среди сделок, закрытых за период.",
            },
            (Part.WON, Part.LOST), tells=(*WON, LOST_AT),
        ),
        Metric(
            "cohort_conversion", "K7", Unit.PERCENT, Direction.UP,
            {
                "en": "Conversion of a cohort", "uk": "Конверсія когорти",
                "ru": "Конверсия когорты",
            },
            {
                "en": "Of the deals created in the period, the part that is won by as_of.",
                "uk": "Частка угод, створених за період, які виграно станом на as_of.",
                "ru": "Доля сделок, созданных за период, которые выиграны на момент as_of.",
            },
            (Part.CREATED,), tells=(CREATED_AT, *WON),
        ),
        Metric(
            "funnel", "K8", Unit.PERCENT, Direction.UP,
            {"en": "Funnel", "uk": "Воронка продажів", "ru": "Воронка продаж"},
            {
                "en": "Per stage: deals that first entered it in the period; the part of them that "
                "later came further (any) or into the very next stage (strict) or won; dropped; "
                "mean time in it. The value: of the deals that entered the pipeline, the part won.",
                "uk": "За етапами: угоди, що вперше увійшли за період; частка тих, що пройшли далі "
                "(any) або саме на наступний етап (strict) чи виграні; втрачені; середній час. "
                "Значення: частка виграних серед угод, що увійшли у воронку.",
                "ru": "По этапам: сделки, впервые вошедшие за период; доля прошедших дальше (any) "
                "или ровно на следующий этап (strict) либо выигранных; потерянные; среднее время. "
                "Значение: доля выигранных среди вошедших в воронку.",
            },
            (Part.VISIT,), dimensions=(*PEOPLE, Dimension.STAGE), variants=("any", "strict"),
            tells=(STAGE, OUTCOME),
        ),
        Metric(
            "open_deals", "K21", Unit.COUNT, Direction.NONE,
            {"en": "Open deals", "uk": "Відкриті угоди", "ru": "Открытые сделки"},
            {
                "en": "Deals open at the end of the period; their amounts, weighted amounts, mean "
                "age, overdue, without amount.",
                "uk": "Угоди, відкриті на кінець періоду; суми, зважені суми, середній вік, "
                "прострочені, без суми.",
                "ru": "Сделки, открытые на конец периода; суммы, взвешенные суммы, средний "
                "возраст, просроченные, без суммы.",
            },
            (Part.STAY,), dimensions=STOCKS, additive=True, tells=(OUTCOME,),
        ),
        Metric(
            "seller_contribution", "K22", Unit.MONEY, Direction.UP,
            {
                "en": "Personal contribution", "uk": "Особистий внесок співробітників",
                "ru": "Личный вклад сотрудников",
            },
            {
                "en": "Sales volume credited to whoever owned the deal when it was won, with wins "
                "and win rate; shares total 100 %.",
                "uk": "Обсяг продажів, зарахований тому, хто вів угоду в мить виграшу, з кількістю "
                "виграшів і часткою виграних; частки разом 100 %.",
                "ru": "Объём продаж, засчитанный тому, кто вёл сделку в момент выигрыша, с числом "
                "выигрышей и долей выигранных; доли вместе 100 %.",
            },
            (Part.WON,), dimensions=(Dimension.OWNER, Dimension.TEAM), additive=True,
            tells=(AMOUNT, "deal.owner_id", *WON),
        ),
        Metric(
            "deal_length", "K24", Unit.DAYS, Direction.DOWN,
            {"en": "Deal length", "uk": "Тривалість угод", "ru": "Длительность сделок"},
            {
                "en": "Mean days from creation to the win in force, by the wall clock; elapsed: "
                "the whole span, active: only the time it was open. Median, p90, lost beside.",
                "uk": "Середня кількість днів від створення до чинного виграшу; elapsed: увесь "
                "строк, active: лише час, коли угода була відкрита. Медіана, p90, програні поруч.",
                "ru": "Среднее число дней от создания до действующего выигрыша; elapsed: весь "
                "срок, active: только время, когда сделка была открыта. Медиана, p90, "
                "проигранные рядом.",
            },
            (Part.WON,), variants=("elapsed", "active"), tells=(CREATED_AT, *WON),
        ),
    )
}  # fmt: skip
