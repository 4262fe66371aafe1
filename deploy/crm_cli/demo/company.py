"""«Карпатські вікна»: made-up people, firms and sales; the same at every run."""

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

SEED = 20261121
DEALS = 120
CONTACTS = 60
_DAYS_BACK = 330
_WORKDAY = (9, 18)

TEAMS = {"kyiv": "Відділ продажів, Київ", "lviv": "Відділ продажів, Львів"}
# key: name, role, team
USERS = {
    "olena": ("Олена Савчук", "head", "kyiv"),
    "andrii": ("Андрій Кравець", "seller", "kyiv"),
    "iryna": ("Ірина Мельник", "seller", "kyiv"),
    "taras": ("Тарас Бойко", "head", "lviv"),
    "nazar": ("Назар Гнатюк", "seller", "lviv"),
    "sofiia": ("Софія Лисенко", "seller", "lviv"),
    "maryna": ("Марина Ткач", "marketing", None),
    "petro": ("Петро Шевчук", "accountant", None),
    "halyna": ("Галина Рудь", "viewer", None),
}
SELLERS = ("andrii", "iryna", "nazar", "sofiia")
PRODUCTS = (
    ("window-standard", "Вікно «Стандарт» 1300×1400", "Вікна", "8900"),
    ("window-warm", "Вікно «Тепло» трикамерне", "Вікна", "12400"),
    ("window-oak", "Вікно дубове «Карпати»", "Вікна", "23800"),
    ("balcony", "Засклення балкона", "Балкони", "31500"),
    ("door", "Двері вхідні утеплені", "Двері", "18700"),
    ("sill", "Підвіконня", "Доповнення", "1450"),
    ("net", "Москітна сітка", "Доповнення", "690"),
    ("fitting", "Монтаж", "Послуги", "2100"),
)
STAGES: tuple[tuple[str, int, str], ...] = (
    ("Новий запит", 10, "open"),
    ("Замір", 25, "open"),
    ("Пропозиція", 45, "open"),
    ("Договір", 75, "open"),
    ("Виграно", 100, "won"),
    ("Програно", 0, "lost"),
)
REASONS = (
    ("price", "Дорого", "lost"),
    ("slow", "Довго чекати", "lost"),
    ("silent", "Клієнт зник", "lost"),
    ("quality", "Якість і гарантія", "won"),
    ("advice", "Порадили знайомі", "won"),
)
CHANNELS = ("website", "phone", "recommendation", "exhibition")
_FIRMS = (
    "Будівельник-Захід",
    "Оселя Плюс",
    "Готель «Едельвейс»",
    "Санаторій «Джерело»",
    "Ліцей № 7",
    "Агро-Нива",
    "Кав’ярня «Зерно»",
    "ОСББ «Сонячне»",
    "Затишний Дім",
    "Лікарня «Надія»",
    "Пекарня «Колосок»",
    "Техно-Склад",
    "Медіа-Простір",
    "Дитсадок «Барвінок»",
    "Ресторан «Смерека»",
    "Логістик-Центр",
    "Клініка «Посмішка»",
    "ОСББ «Паркове»",
    "Майстерня «Дуб»",
    "Спортклуб «Вершина»",
    "Бібліотека ім. Франка",
    "Автодім «Рух»",
    "Котеджі «Лісова»",
    "Школа № 12",
)
_SECTORS = ("будівництво", "готелі й кафе", "освіта", "торгівля", "медицина", "житло")
_CITIES = ("Київ", "Львів", "Івано-Франківськ", "Тернопіль", "Ужгород", "Чернівці")
_FIRST = "Марія,Олег,Наталія,Юрій,Оксана,Ігор,Світлана,Роман,Людмила,Богдан,Вікторія,Степан"
_LAST = "Коваль,Бондар,Мороз,Поліщук,Гончар,Марчук,Романюк,Кузьменко,Панчук,Левченко,Дячук,Сорока"


@dataclass(frozen=True, slots=True)
class Sale:
    """One deal with its way through the stages: (stage, when)."""

    key: str
    title: str
    seller: str
    contact: int
    products: tuple[tuple[str, int], ...]
    channel: str
    created_at: datetime
    moves: tuple[tuple[int, datetime], ...]
    reason: str | None


def companies() -> list[dict[str, Any]]:
    """Return the client firms."""
    pick = random.Random(SEED)  # noqa: S311 made-up data, no secret
    return [
        {
            "name": name,
            "sector": pick.choice(_SECTORS),
            "city": pick.choice(_CITIES),
            "country": "Україна",
            "employees": pick.randrange(4, 400),
        }
        for name in _FIRMS
    ]


def contacts() -> list[dict[str, Any]]:
    """Return the people at those firms, with `company` as an index into them."""
    pick = random.Random(SEED + 1)  # noqa: S311
    people = []
    for number in range(CONTACTS):
        first, last = pick.choice(_FIRST.split(",")), pick.choice(_LAST.split(","))
        people.append(
            {
                "first_name": first,
                "last_name": last,
                "company": number % len(_FIRMS),
                # A reserved domain: nothing can ever reach a real person.
                "emails": [{"value": f"client{number + 1}@example.com", "is_primary": True}],
                "phones": [{"value": f"+38067{pick.randrange(1000000, 9999999)}"}],
                "language": "uk",
                "channel": pick.choice(CHANNELS),
            }
        )
    return people


def sales(now: datetime) -> list[Sale]:
    """Return a year of deals that ends now; about a third is still open."""
    pick = random.Random(SEED + 2)  # noqa: S311
    return [_sale(pick, number, now) for number in range(DEALS)]


def _sale(pick: random.Random, number: int, now: datetime) -> Sale:
    at = workday(pick, now - timedelta(days=_DAYS_BACK * (1 - number / DEALS)))
    created_at, moves = at, []
    last_open = pick.randrange(0, 4)
    closes = pick.random()
    path = list(range(1, last_open + 1))
    if closes < 0.38:  # noqa: PLR2004 shares that look like a real funnel
        path = [1, 2, 3, 4]
    elif closes < 0.68:  # noqa: PLR2004
        path = [*path, 5]
    for stage in path:
        at = workday(pick, at + timedelta(days=pick.randrange(1, 12)))
        if at >= now - timedelta(hours=1):
            break
        moves.append((stage, at))
    closed = moves[-1][0] if moves else 0
    outcome = STAGES[closed][2]
    reasons = [key for key, _, of in REASONS if of == outcome]
    chosen = pick.sample(range(len(PRODUCTS)), k=pick.randrange(1, 4))
    return Sale(
        key=f"deal-{number + 1}",
        title=f"{PRODUCTS[chosen[0]][1]} — {_FIRMS[number * 7 % len(_FIRMS)]}",
        seller=SELLERS[pick.randrange(len(SELLERS))],
        contact=number * 7 % CONTACTS,
        products=tuple((PRODUCTS[index][0], pick.randrange(1, 15)) for index in chosen),
        channel=pick.choice(CHANNELS),
        created_at=created_at,
        moves=tuple(moves),
        reason=pick.choice(reasons) if reasons else None,
    )


def expected_close(sale: Sale, now: datetime) -> date:
    """Return the day on which the seller expects to close; of a few open deals it has passed."""
    if sale.moves and STAGES[sale.moves[-1][0]][2] != "open":
        return sale.moves[-1][1].date()
    number = int(sale.key.rpartition("-")[2])
    return (now + timedelta(days=number * 7 % 50 - 6)).date()


def workday(pick: random.Random, day: datetime) -> datetime:
    """Return a moment of a day at which somebody works."""
    morning = day.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return morning.replace(hour=pick.randrange(*_WORKDAY), minute=pick.randrange(60))


def amount(sale: Sale) -> Decimal:
    """Return what the line items make."""
    prices = {key: Decimal(price) for key, _, _, price in PRODUCTS}
    return sum((prices[key] * count for key, count in sale.products), Decimal(0))
