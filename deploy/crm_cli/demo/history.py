"""A year beside the sales: leads, calls, promises, cases; made up, the same at every run."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from crm_cli.demo.company import CHANNELS, CONTACTS, SEED, SELLERS, STAGES, Sale, workday

LEADS, CALLS, CASES, TASKS = 170, 180, 36, 60
MARKS = (5, 4, 5, 3, 5, 4, 2, 5)
DAYS_BACK = 330
# the CRM came then: from that day on fewer calls, promises and leads are left lying
DAYS_SINCE = 180
_FIRST = "Дмитро,Катерина,Павло,Ірина,Василь,Тетяна,Артем,Леся,Остап,Ганна,Максим,Надія"
_LAST = "Савченко,Ткаченко,Білик,Кравчук,Олійник,Лисенко,Гаврилюк,Попович,Вовк,Заєць"
# what leads of these channels answered to
CAMPAIGNS = {"exhibition": "Виставка «Дім і затишок»", "website": "Теплий сезон"}
_REFUSALS = ("no_need", "no_budget", "no_contact", "competitor")
_TOPICS = ("warranty", "delivery", "fitting", "documents")
_TITLES = ("Передзвонити щодо заміру", "Надіслати розрахунок", "Уточнити адресу монтажу")
_SUBJECTS = {
    "warranty": "Продуває стулка, потрібне регулювання",
    "delivery": "Коли привезуть замовлення?",
    "fitting": "Перенести день монтажу",
    "documents": "Потрібен акт виконаних робіт",
}


@dataclass(frozen=True, slots=True)
class Lead:
    """Somebody who asked: when he was answered, and what became of it."""

    key: str
    name: tuple[str, str]
    owner: str
    channel: str
    contact: int
    amount: int
    came_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    refusal: str | None
    # where the deal stands that was made of it: an index of STAGES
    moves: tuple[tuple[int, datetime], ...] = ()

    @property
    def is_converted(self) -> bool:
        """Whether a deal was made of it."""
        return self.ended_at is not None and self.refusal is None


@dataclass(frozen=True, slots=True)
class Call:
    """A call with a client."""

    key: str
    seller: str
    contact: int
    is_inbound: bool
    is_answered: bool
    at: datetime
    seconds: int


@dataclass(frozen=True, slots=True)
class Promise:
    """A call that was agreed with a client about a deal; without a moment of keeping it is open."""

    key: str
    sale: Sale
    agreed_at: datetime
    kept_at: datetime | None


@dataclass(frozen=True, slots=True)
class Case:
    """What a client asked the service for."""

    key: str
    topic: str
    subject: str
    owner: str
    contact: int
    came_at: datetime
    solved_at: datetime | None


@dataclass(frozen=True, slots=True)
class Task:
    """Something a seller had to do."""

    key: str
    title: str
    owner: str
    contact: int
    came_at: datetime
    due_at: datetime
    done_at: datetime | None


def leads(now: datetime) -> list[Lead]:
    """Return everybody who asked in the year that ends now."""
    pick = random.Random(SEED + 3)  # noqa: S311 made-up data, no secret
    return [_lead(pick, number, now) for number in range(LEADS)]


def _lead(pick: random.Random, number: int, now: datetime) -> Lead:
    days = DAYS_BACK * (1 - (number + 1) / LEADS)
    came_at = min(workday(pick, now - timedelta(days=days)), now - timedelta(hours=3))
    minutes = pick.randrange(4, 45) if _is_after(came_at, now) else pick.randrange(20, 900)
    answered_at = min(came_at + timedelta(minutes=minutes), now - timedelta(minutes=5))
    share, wait = pick.random(), timedelta(days=pick.randrange(1, 9), hours=1)
    ended_at = answered_at + wait
    contact, moves = pick.randrange(CONTACTS), []
    refusal = None if share < 0.24 else pick.choice(_REFUSALS)  # noqa: PLR2004 a real share
    if ended_at >= now - timedelta(hours=1):
        return _told(pick, number, contact, came_at, answered_at, None, None, ())
    if refusal is None:
        moves = _way(pick, ended_at, now)
    return _told(pick, number, contact, came_at, answered_at, ended_at, refusal, tuple(moves))


def _told(
    pick: random.Random,
    number: int,
    contact: int,
    came_at: datetime,
    answered_at: datetime,
    ended_at: datetime | None,
    refusal: str | None,
    moves: tuple[tuple[int, datetime], ...],
) -> Lead:
    return Lead(
        key=f"lead-{number + 1}",
        name=(pick.choice(_FIRST.split(",")), pick.choice(_LAST.split(","))),
        owner=SELLERS[contact % len(SELLERS)],
        channel=pick.choice(CHANNELS),
        contact=contact,
        amount=pick.randrange(9, 90) * 1000,
        came_at=came_at,
        answered_at=answered_at,
        ended_at=ended_at,
        refusal=refusal,
        moves=moves,
    )


def _way(pick: random.Random, at: datetime, now: datetime) -> list[tuple[int, datetime]]:
    """Return the moves of the deal that came of a lead, as far as they have happened."""
    moves: list[tuple[int, datetime]] = []
    for stage in (1, 2, 4) if pick.random() < 0.55 else (1, 5):  # noqa: PLR2004 a real share
        at = workday(pick, at + timedelta(days=pick.randrange(2, 14)))
        if at >= now - timedelta(hours=1):
            break
        moves.append((stage, at))
    return moves


def calls(now: datetime) -> list[Call]:
    """Return the year's calls; who was not reached is mostly rung back within the hour."""
    pick = random.Random(SEED + 4)  # noqa: S311
    made: list[Call] = []
    for number in range(CALLS):
        days = DAYS_BACK * (1 - (number + 1) / CALLS)
        at = min(workday(pick, now - timedelta(days=days)), now - timedelta(hours=2))
        made += _call(pick, f"call-{number + 1}", at, is_after=_is_after(at, now))
    return made


def _call(pick: random.Random, key: str, at: datetime, *, is_after: bool) -> list[Call]:
    contact, is_inbound = pick.randrange(CONTACTS), pick.random() < 0.6  # noqa: PLR2004
    seller = SELLERS[contact % len(SELLERS)]
    missed = (0.1 if is_after else 0.24) if is_inbound else 0.2
    is_answered, seconds = pick.random() >= missed, pick.randrange(40, 700)
    first = Call(key, seller, contact, is_inbound, is_answered, at, seconds if is_answered else 0)
    if is_answered or not is_inbound or pick.random() > (0.7 if is_after else 0.3):
        return [first]
    back = at + timedelta(minutes=pick.randrange(5, 40))
    return [first, Call(f"{key}-back", seller, contact, is_inbound=False, is_answered=True,
                        at=back, seconds=seconds)]  # fmt: skip


def promises(sales: list[Sale], now: datetime) -> list[Promise]:
    """Return what was agreed about the deals; of lost ones it was forgotten more often."""
    pick = random.Random(SEED + 5)  # noqa: S311
    return [made for sale in sales for made in _promises(pick, sale, now)]


def _promises(pick: random.Random, sale: Sale, now: datetime) -> list[Promise]:
    outcome = STAGES[sale.moves[-1][0]][2] if sale.moves else "open"
    end = sale.moves[-1][1] if sale.moves and outcome != "open" else None
    made = []
    if end is None and pick.random() < 0.7:  # noqa: PLR2004 most open deals have a next step
        ahead = workday(pick, now + timedelta(days=pick.randrange(1, 6)))
        made.append(Promise(f"promise-{sale.key}-next", sale, ahead, None))
    for number in range(2):
        at = workday(pick, sale.created_at + timedelta(days=pick.randrange(1, 10) + 8 * number))
        forgotten = 0.12 if outcome == "lost" else 0.04
        is_kept = pick.random() >= forgotten * (1 if _is_after(at, now) else 3)
        kept_at = at - timedelta(minutes=pick.randrange(1, 50)) if is_kept else None
        key = f"promise-{sale.key}-{number + 1}"
        if at >= (end or now - timedelta(hours=1)):
            break
        made.append(Promise(key, sale, at, kept_at))
    return made


def cases(now: datetime) -> list[Case]:
    """Return what clients asked the service for; the newest wait still."""
    pick = random.Random(SEED + 6)  # noqa: S311
    made = []
    for number in range(CASES):
        days = DAYS_BACK * (1 - (number + 1) / CASES)
        came_at = min(workday(pick, now - timedelta(days=days)), now - timedelta(hours=2))
        topic, contact = pick.choice(_TOPICS), pick.randrange(CONTACTS)
        solved_at = came_at + timedelta(hours=pick.randrange(2, 70))
        made.append(
            Case(
                key=f"case-{number + 1}",
                topic=topic,
                subject=_SUBJECTS[topic],
                owner=SELLERS[contact % len(SELLERS)],
                contact=contact,
                came_at=came_at,
                solved_at=solved_at if solved_at < now - timedelta(hours=1) else None,
            )
        )
    return made


def tasks(now: datetime) -> list[Task]:
    """Return what sellers had to do; the last few are still to be done."""
    pick = random.Random(SEED + 8)  # noqa: S311
    return [_task(pick, number, now) for number in range(TASKS)]


def _task(pick: random.Random, number: int, now: datetime) -> Task:
    days = DAYS_BACK * (1 - (number + 1) / TASKS)
    came_at = min(workday(pick, now - timedelta(days=days)), now - timedelta(hours=4))
    contact, due_at = pick.randrange(CONTACTS), came_at + timedelta(days=2)
    late = 0.12 if _is_after(came_at, now) else 0.4
    hours = pick.randrange(50, 120) if pick.random() < late else pick.randrange(2, 46)
    done_at = came_at + timedelta(hours=hours)
    return Task(
        key=f"task-{number + 1}",
        title=pick.choice(_TITLES),
        owner=SELLERS[contact % len(SELLERS)],
        contact=contact,
        came_at=came_at,
        due_at=due_at,
        done_at=done_at if done_at < now - timedelta(hours=1) else None,
    )


def marks() -> list[tuple[int, int]]:
    """Return how content clients are who were asked: which contact, and his mark."""
    return [(3 + number * 5, mark) for number, mark in enumerate(MARKS)]


def _is_after(at: datetime, now: datetime) -> bool:
    return at >= now - timedelta(days=DAYS_SINCE)
