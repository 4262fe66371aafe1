"""The workbook's sheets: which columns there are, and what they are called in three languages."""

from dataclasses import dataclass

Words = tuple[str, str, str]  # English, Ukrainian, Russian
LANGUAGES = ("en", "uk", "ru")

NAMES: dict[str, Words] = {
    "id": ("Id (empty in new rows)", "Ід (у нових порожній)", "Ид (в новых пустой)"),
    "metric": ("Figure", "Показник", "Показатель"),
    "team_id": ("Team (id)", "Команда (ід)", "Команда (ид)"),
    "owner_id": ("Person (id)", "Особа (ід)", "Лицо (ид)"),
    "user_id": ("Person (id)", "Особа (ід)", "Лицо (ид)"),
    "starts_on": ("First day", "Перший день", "Первый день"),
    "ends_on": ("Last day", "Останній день", "Последний день"),
    "value": ("Value", "Значення", "Значение"),
    "currency": ("Currency", "Валюта", "Валюта"),
    "source": ("Typed or sampled", "Введено чи вибірка", "Введено или выборка"),
    "working_days": ("Working days", "Робочі дні", "Рабочие дни"),
    "is_goal": ("Goal of the CRM itself", "Ціль самої CRM", "Цель самой CRM"),
    "category": ("Category", "Категорія", "Категория"),
    "channel": ("Channel", "Канал", "Канал"),
    "campaign_id": ("Campaign (id)", "Кампанія (ід)", "Кампания (ид)"),
    "campaign": ("Campaign (label)", "Кампанія (мітка)", "Кампания (метка)"),
    "purpose": ("Purpose", "Мета", "Цель"),
    "amount": ("Amount", "Сума", "Сумма"),
    "role": ("Role", "Роль", "Роль"),
    "fte": ("Share of full time", "Частка ставки", "Доля ставки"),
    "pay": ("Cost a month", "Вартість на місяць", "Стоимость в месяц"),
    "kind": ("Kind", "Вид", "Вид"),
    "is_monthly": ("Every month", "Щомісяця", "Ежемесячно"),
    "hours": ("Own hours", "Власні години", "Собственные часы"),
    "quote": ("In currency (else ours)", "У валюті (інакше нашій)", "В валюте (иначе нашей)"),
    "day": ("From day", "Від дня", "Со дня"),
    "rate": ("Rate, price of an hour", "Курс, ціна години", "Курс, цена часа"),
    "users": ("Users", "Користувачі", "Пользователи"),
    "price": ("Price of a user", "Ціна користувача", "Цена пользователя"),
    "revision": ("Revision (leave it)", "Версія (не змінюйте)", "Версия (не меняйте)"),
    "note": ("Note", "Примітка", "Примечание"),
}  # fmt: skip
MONTHS = tuple(f"month_{number}" for number in range(1, 13))
NAMES |= {
    name: (f"Of it month {number}", f"З нього місяць {number}", f"Из него месяц {number}")
    for number, name in enumerate(MONTHS, start=1)
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """One kind of input: the name of its sheet, its columns, and what people should know of it."""

    noun: str
    title: Words
    columns: tuple[str, ...]
    note: Words


SPAN = ("starts_on", "ends_on")
SHEETS = (
    Sheet(
        "baseline", ("Baseline", "База", "База"),
        ("id", "metric", "team_id", *SPAN, "value", "currency", "source", "working_days", *MONTHS,
         "note", "revision"),
        (
            "What a figure was before the CRM. It is frozen: withdraw it and enter it anew.",
            "Яким був показник до CRM. Записане заморожено: відкличте і введіть наново.",
            "Каким был показатель до CRM. Записанное заморожено: отзовите и введите заново.",
        ),
    ),
    Sheet(
        "plans", ("Plans", "Плани", "Планы"),
        ("id", "metric", "owner_id", "team_id", *SPAN, "value", "currency", "is_goal", "note",
         "revision"),
        (
            "What a figure should come to: of a person, a team, or (both empty) the company.",
            "Яким має бути показник: особи, команди або (обидва порожні) компанії.",
            "Каким должен быть показатель: лица, команды или (оба пусты) компании.",
        ),
    ),
    Sheet(
        "costs", ("Costs", "Витрати", "Расходы"),
        ("id", "category", "channel", "campaign_id", "purpose", "amount", "currency", *SPAN,
         "note", "revision", "campaign"),
        (
            "Marketing costs; each is spread by days. Purpose: acquisition, retention, other.",
            "Витрати на маркетинг, розподілені за днями. Мета: acquisition, retention, other.",
            "Расходы на маркетинг, распределённые по дням. Цель: acquisition, retention, other.",
        ),
    ),
    Sheet(
        "staff", ("Staff", "Персонал", "Персонал"),
        ("id", "role", "user_id", "team_id", "fte", "pay", "currency", *SPAN, "note", "revision"),
        (
            "Who works in which role, and what he costs a month in all, at his share of time.",
            "Хто в якій ролі працює та скільки коштує на місяць разом, за своєю ставкою.",
            "Кто в какой роли работает и сколько стоит в месяц всего, по своей ставке.",
        ),
    ),
    Sheet(
        "investments", ("Investments", "Вкладення", "Вложения"),
        ("id", "kind", "is_monthly", "amount", "hours", "rate", "users", "price", "currency", *SPAN,
         "note", "revision"),
        (
            "What went into the CRM: an amount, or hours and their price, or users and a price. "
            "Kinds: licence, integration, consulting, data_transfer, training, own_hours, "
            "subscription, support, hosting, other.",
            "Що вкладено у CRM: сума, або години та їх ціна, або користувачі та ціна. "
            "Види ті самі, що англійською.",
            "Что вложено в CRM: сумма, или часы и их цена, или пользователи и цена. Виды те же, "
            "что по-английски.",
        ),
    ),
    Sheet(
        "rates", ("Rates", "Курси", "Курсы"),
        ("id", "currency", "quote", "day", "rate", "revision"),
        (
            "What a unit of a currency is worth from a day on; the newest 2000 are here.",
            "Скільки коштує одиниця валюти від певного дня; тут 2000 найновіших.",
            "Сколько стоит единица валюты с некоторого дня; здесь 2000 новейших.",
        ),
    ),
)  # fmt: skip
RULES: tuple[Words, ...] = (
    (
        "Fill the sheets in from row 5 on and upload the workbook: all rows are taken, or none.",
        "Заповніть аркуші з рядка 5 і завантажте файл: приймаються всі рядки або жоден.",
        "Заполните листы со строки 5 и загрузите файл: принимаются все строки или ни одной.",
    ),
    (
        "Do not change row 1. A row with an id is changed, one without is new; others stay.",
        "Не змінюйте рядок 1. Рядок з ід змінюється, без ід — новий; відсутній рядок лишається.",
        "Не меняйте строку 1. Строка с ид меняется, без ид — новая; отсутствующая остаётся.",
    ),
    (
        "Formulas are refused: type values. Days are 2026-03-31 or a date cell, yes is true.",
        "Формули не приймаються: введіть значення. Дні — 2026-03-31 або дата, так — true.",
        "Формулы не принимаются: введите значения. Дни — 2026-03-31 или дата, да — true.",
    ),
)
