"""Counting all contributions at once: the sums of `contributions/rules/cells.py` as SQL.

In Python a row's cells cost more than everything else of a rebuild. Both must come to the same
bytes: the tests of the rebuild compare them with what the projection kept.
"""

from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.rules import NONE, Grain, Part, Span, Value
from crm_reporting.contributions.rules.cells import KINDLESS
from crm_reporting.contributions.rules.values import FLOWS, STAGED, STANDING, STAYS

_KEY = ("part", "day", "team", "pipeline", "stage", "target", "currency")
_COLUMNS = ", ".join(("grain", "key", "span", *_KEY, *Value._fields))
_SUMS = ", ".join(f"sum({name})" for name in Value._fields)
_SOMETHING = " OR ".join(f"sum({name}) <> 0" for name in Value._fields)
_NONE = f"'{NONE}'::uuid"


def _among(parts: Iterable[Part]) -> str:
    return f"part IN ({', '.join(str(int(part)) for part in sorted(parts))})"


def _named(column: str) -> tuple[str, str]:
    """Return the key of a label and where it is from; one without a key the column refuses."""
    key = f"CASE WHEN {column} IS NULL THEN {_NONE} ELSE channels.key END"
    return key, f"contributions LEFT JOIN channels ON channels.label = {column}"


# Of each grain that is summed from rows: its key and the tables it is from, its team, which rows.
_WHOLE, _ROWS = "product IS NULL", "contributions"
_OF = {
    Grain.OWNER: (
        (f"coalesce(owner, {_NONE})", _ROWS), f"coalesce(team, {_NONE})", _WHOLE,
    ),
    Grain.CHANNEL: (_named("channel"), _NONE, f"{_WHOLE} AND {_among(FLOWS)}"),
    Grain.KIND: (_named("kind"), _NONE, f"{_WHOLE} AND {_among(FLOWS - KINDLESS)}"),
    Grain.PRODUCT: (("product", _ROWS), _NONE, "product IS NOT NULL"),
}  # fmt: skip
_VALUES = (
    "n", "priced", "zero", "passed::int", "dropped::int", "(measure IS NOT NULL)::int",
    "coalesce(amount, 0)", "coalesce(measure, 0)",
)  # fmt: skip
_PLACE = ", ".join(name for name in _KEY if name not in ("part", "day", "team"))


def _from_rows(grain: Grain) -> str:
    (key, rows), team, where = _OF[grain]
    stage = f"CASE WHEN {_among(STAGED)} THEN coalesce(stage, {_NONE}) ELSE {_NONE} END"
    around = f"{team} AS team, pipeline, {stage} AS stage, {_NONE} AS target, currency"
    came = ", ".join(f"{one} AS {name}" for one, name in zip(_VALUES, Value._fields, strict=True))
    went = ", ".join(f"-({one})" for one in _VALUES)
    return _summed(
        f"SELECT {grain:d} AS grain, {key} AS key, part, day, {around}, {came} "  # noqa: S608
        f"FROM {rows} WHERE {where} UNION ALL "
        f"SELECT {grain:d}, {key}, part, until_day, {around}, {went} FROM {rows} "
        f"WHERE {where} AND until_day IS NOT NULL AND {_among(STAYS)}"
    )


def _summed(said: str) -> str:
    return (
        f"INSERT INTO counters ({_COLUMNS}) "  # noqa: S608 - names of our own columns
        f"SELECT grain, key, {Span.DAY:d}, {', '.join(_KEY)}, {_SUMS} FROM ({said}) AS said "
        f"GROUP BY grain, key, {', '.join(_KEY)} HAVING {_SOMETHING} "
        "ORDER BY grain, key, part, day"
    )


_DAYS = {grain: text(_from_rows(grain)) for grain in _OF}
# What owners have is what teams and the company have: far fewer cells than there are rows.
_FROM_OWNERS = f"FROM counters WHERE grain = {Grain.OWNER:d} AND span = {Span.DAY:d}"
_FIELDS = ", ".join(Value._fields)
_TEAMS = text(_summed(
    f"SELECT {Grain.TEAM:d} AS grain, team AS key, part, day, {_NONE} AS team, {_PLACE}, {_FIELDS} "
    f"{_FROM_OWNERS}"
))  # fmt: skip
_TOTAL = text(_summed(
    f"SELECT {Grain.TOTAL:d} AS grain, {_NONE} AS key, part, day, {_NONE} AS team, {_PLACE}, "  # noqa: S608
    f"{_FIELDS} {_FROM_OWNERS} UNION ALL "
    f"SELECT {Grain.TOTAL:d}, {_NONE}, {Part.REACHED:d}, day, {_NONE}, pipeline, "
    f"coalesce(stage, {_NONE}), later, currency, 1{', 0' * (len(_VALUES) - 1)} "
    f"FROM contributions, unnest(reached) AS later WHERE {_WHOLE}"
))  # fmt: skip
_OF_MONTH = ", ".join(name for name in _KEY if name not in ("part", "day"))
_MONTHS = text(
    f"INSERT INTO counters ({_COLUMNS}) "  # noqa: S608 - names of our own columns
    f"SELECT grain, key, {Span.MONTH:d}, part, date_trunc('month', day)::date AS day, "
    f"{_OF_MONTH}, {_SUMS} FROM counters WHERE NOT {_among(STANDING)} "
    f"GROUP BY grain, key, part, date_trunc('month', day)::date, {_OF_MONTH} "
    f"HAVING {_SOMETHING} ORDER BY grain, key, part, day"
)
BY_ROWS = tuple(_OF)


async def count_days(session: AsyncSession, grain: Grain) -> None:
    """Sum all contributions into the days of one grain; its table knows nothing of it yet."""
    await session.execute(_DAYS[grain])


async def count_up(session: AsyncSession) -> None:
    """Sum what owners have into teams and totals, and the days of all grains into months."""
    for statement in (_TEAMS, _TOTAL, _MONTHS):
        await session.execute(statement)
