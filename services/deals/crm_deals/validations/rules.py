"""What can be demanded of a deal, and how a refusal reads."""

from dataclasses import dataclass
from decimal import Decimal

from crm_shared.filters import Fields
from crm_shared.validations import rules as shared
from crm_shared.validations.rules import CHECKS, LOOKED_UP, POINTERS, Demand, Rulebook, Values
from crm_shared.validations.words import COMMON, Words

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside(shared.Beside):
    """What is known beside the deal's own fields."""

    paid: Decimal = Decimal(0)


def _has_items(demand: Demand, values: Values, _: Beside, __: Fields) -> bool:
    return len(values.get("line_items") or ()) >= int(demand.get("at_least", 1))


def _is_paid(demand: Demand, values: Values, beside: Beside, _: Fields) -> bool:
    share = Decimal(str(demand.get("percent", HUNDRED)))
    due = Decimal(values.get("amount") or 0) * share / HUNDRED
    # nothing is due of a deal without an amount: that alone is no payment
    return beside.paid > 0 and beside.paid >= due


WORDS: Words = {
    **COMMON,
    "owner_present": {
        "en": "The deal needs an owner.",
        "uk": "Угода потребує відповідального.",
        "ru": "У сделки должен быть ответственный.",
    },
    "task_present": {
        "en": "The deal needs a task.",
        "uk": "Для угоди потрібна задача.",
        "ru": "Для сделки нужна задача.",
    },
    "call_present": {
        "en": "The deal needs a call with the client.",
        "uk": "Для угоди потрібен дзвінок клієнту.",
        "ru": "Для сделки нужен звонок клиенту.",
    },
    "items_added": {
        "en": "The deal needs line items.",
        "uk": "До угоди треба додати товари.",
        "ru": "В сделку нужно добавить товары.",
    },
    "holds": {
        "en": "The deal does not meet the condition.",
        "uk": "Угода не відповідає умові.",
        "ru": "Сделка не отвечает условию.",
    },
    "payment_received": {
        "en": "The deal needs {percent} % of it paid.",
        "uk": "За угодою має бути сплачено {percent} %.",
        "ru": "По сделке должно быть оплачено {percent} %.",
    },
    "tags_present": {
        "en": "The deal lacks a tag that the company's rules ask for.",
        "uk": "Угоді бракує мітки, якої вимагають правила компанії.",
        "ru": "Сделке не хватает метки, которой требуют правила компании.",
    },
    "limit_per_user": {
        "en": "The owner has {at_most} open deals already.",
        "uk": "Відповідальний уже має {at_most} відкритих угод.",
        "ru": "У ответственного уже {at_most} открытых сделок.",
    },
}


BOOK = Rulebook(
    WORDS,
    {**CHECKS, "items_added": _has_items, "payment_received": _is_paid},
    {**POINTERS, "items_added": "/line_items"},
    {**LOOKED_UP, "payment_received": "money"},
)
