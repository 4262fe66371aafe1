"""Figures that can be recorded or planned: metrics, and what the effect needs beyond them."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from crm_reporting.metrics.rules.catalogue import CATALOGUE, Texts
from crm_reporting.metrics.rules.numbers import written

DIGITS = 9
Direction = Literal["up", "down", "none"]
Kind = Literal["money", "percent", "count", "days"]


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure of the effect that no metric of the catalogue tells; money and counts a month."""

    id: str
    unit: Kind
    component: str
    title: Texts
    better: Direction = "down"


MEASURES: dict[str, Measure] = {
    measure.id: measure
    for measure in (
        Measure("managers", "count", "E10", {
            "en": "Sales managers, full time", "uk": "Менеджери з продажу, ставок",
            "ru": "Менеджеры по продажам, ставок",
        }),
        Measure("pay_fund", "money", "E10", {
            "en": "Their pay fund, a month", "uk": "Їхній фонд оплати, на місяць",
            "ru": "Их фонд оплаты, в месяц",
        }),
        Measure("customers_per_manager", "count", "E10", {
            "en": "Customers in work per manager", "uk": "Клієнтів у роботі на менеджера",
            "ru": "Клиентов в работе на менеджера",
        }, "up"),
        Measure("promise_loss_rate", "percent", "E11", {
            "en": "Clients lost by missed contacts / promised contacts due",
            "uk": "Втрачені через прострочений контакт / обіцяні контакти",
            "ru": "Потерянные из-за просроченного контакта / обещанные контакты",
        }),
        Measure("claims_per_promise", "money", "E11", {
            "en": "Claims per promised contact", "uk": "Претензії на обіцяний контакт",
            "ru": "Претензии на обещанный контакт",
        }),
        Measure("lost_call_rate", "percent", "E12", {
            "en": "Lost calls / incoming calls", "uk": "Втрачені дзвінки / вхідні дзвінки",
            "ru": "Потерянные звонки / входящие звонки",
        }),
        Measure("call_sales_share", "percent", "E12", {
            "en": "Incoming calls that want to buy", "uk": "Вхідні дзвінки з наміром купити",
            "ru": "Входящие звонки с намерением купить",
        }, "up"),
        Measure("call_conversion", "percent", "E12", {
            "en": "Of these, the part that buys", "uk": "З них ті, що купують",
            "ru": "Из них те, что покупают",
        }, "up"),
        Measure("repeat_profit_per_client", "money", "E13", {
            "en": "Profit of repeat sales per active client, a month",
            "uk": "Прибуток повторних продажів на активного клієнта, на місяць",
            "ru": "Прибыль повторных продаж на активного клиента, в месяц",
        }, "up"),
        Measure("lost_prospect_chance", "percent", "K59", {
            "en": "Prospects lost of those who hear something bad",
            "uk": "Втрачені з тих, хто чує погане", "ru": "Потерянные из тех, кто слышит плохое",
        }),
        Measure("bad_debt_rate", "percent", "E13", {
            "en": "Bad debt / repeat revenue", "uk": "Безнадійні борги / повторний виторг",
            "ru": "Безнадёжные долги / повторная выручка",
        }),
    )
}  # fmt: skip

FIGURES = (*CATALOGUE, *MEASURES)


def is_known(metric: str) -> bool:
    """Tell whether a figure of that name can be recorded or planned."""
    return metric in FIGURES


def version_of(metric: str) -> int:
    """Return by which definition a figure is told."""
    return CATALOGUE[metric].version if metric in CATALOGUE else 1


def unit_of(metric: str) -> str:
    """Return the unit of a figure."""
    return CATALOGUE[metric].unit if metric in CATALOGUE else MEASURES[metric].unit


def direction_of(metric: str) -> Direction:
    """Return where better lies."""
    if metric in CATALOGUE:
        found: Direction = CATALOGUE[metric].direction.value
        return found
    return MEASURES[metric].better


def is_flow(metric: str) -> bool:
    """Tell whether a figure grows with the days; those of the effect are told a month."""
    return metric in CATALOGUE and CATALOGUE[metric].is_flow


def rounded(value: Decimal) -> Decimal:
    """Return a figure with as many digits as an input keeps."""
    return value.quantize(Decimal(1).scaleb(-DIGITS), ROUND_HALF_UP)


def by_month(values: Iterable[tuple[int, Decimal]]) -> dict[str, str | None]:
    """Return what each month of the year was, in the mean of the years that have it."""
    months: dict[int, list[Decimal]] = {}
    for month, value in values:
        months.setdefault(month, []).append(value)
    return {
        str(month): written(rounded(sum(told, Decimal(0)) / len(told)).normalize())
        for month, told in months.items()
    }


def title_of(metric: str) -> Texts:
    """Return what a figure is called, in three languages."""
    return CATALOGUE[metric].title if metric in CATALOGUE else MEASURES[metric].title
