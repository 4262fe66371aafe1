"""Taking the rows of a workbook: all of them, or a fault for each cell that breaks a rule."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.inputs.errors import StandsTwiceError, UnknownIdError
from crm_reporting.inputs.queries import all_of, get, known_teams, known_users
from crm_reporting.inputs.rules.workbooks import CellFault, SheetRow
from crm_reporting.inputs.use_cases import (
    BASELINE,
    COST,
    INVESTMENT,
    PLAN,
    STAFF,
    enter,
    record_baseline,
    replace,
)
from crm_reporting.rates.queries import get_rate
from crm_reporting.rates.use_cases import RateOf, set_rates
from crm_shared.actor import Actor
from crm_shared.errors import FieldError, InvalidError, NotFoundError, ServiceError
from crm_shared.events.outbox import ChangedMeanwhileError

BY_SHEET = {
    "baseline": BASELINE, "plans": PLAN, "costs": COST, "staff": STAFF, "investments": INVESTMENT,
}  # fmt: skip
RATES = "rates"  # the one sheet of which nothing is withdrawn: a rate is taken back at /v1/rates
PERSONS, TEAM = ("owner_id", "user_id"), "team_id"
Values = Mapping[str, Any]
Given = tuple[SheetRow, UUID | None, int | None, Values]


@dataclass(frozen=True, slots=True)
class Taker:
    """Whoever uploads a workbook, and which persons and teams its rows may name."""

    session: AsyncSession
    actor: Actor
    currency: str
    users: Collection[UUID]
    teams: Collection[UUID]

    async def take(self, row: SheetRow, input_id: UUID | None, told: int | None, v: Values) -> str:
        """Enter or replace one row; return what became of it."""
        noun = BY_SHEET.get(row.sheet.noun)
        if noun is None:
            return await self._take_rate(input_id, told, v)
        if input_id is not None:
            known = await get(self.session, all_of(noun.model), input_id)
            # who left since is named by what was entered before: only a new name is asked about
            self._refuse_unknown({n: new for n, new in v.items() if new != getattr(known, n)})
            changed = await replace(self.session, noun, known, v, expected=told)
            return "updated" if changed else "unchanged"
        self._refuse_unknown(v)
        if noun is BASELINE:
            await record_baseline(self.session, self.actor, v)
        else:
            await enter(self.session, noun, v)
        return "created"

    def _refuse_unknown(self, values: Values) -> None:
        asked = [(name, self.users) for name in PERSONS] + [(TEAM, self.teams)]
        for name, known in asked:
            if values.get(name) is not None and values[name] not in known:
                raise UnknownIdError(name)

    async def _take_rate(self, rate_id: UUID | None, expected: int | None, values: Values) -> str:
        """Enter the rate of a day; one that is known stays of its day."""
        told = _rate(values, self.currency)
        if rate_id is not None:
            row = await get_rate(self.session, rate_id)
            if expected not in (None, row.revision):
                raise ChangedMeanwhileError
            if (row.currency, row.quote, row.day) != (told.currency, told.quote, told.day):
                raise InvalidError(FieldError("/day", "of-another-day", "A rate stays of its day."))
        done = await set_rates(self.session, [told])
        return next(what for what, n in done.items() if n)


async def take_rows(
    session: AsyncSession, actor: Actor, rows: Sequence[Given], currency: str
) -> tuple[dict[str, dict[str, int]], list[CellFault]]:
    """Enter or replace the rows of a workbook; whoever calls takes all back if one is refused."""
    taken: dict[str, dict[str, int]] = {
        what: dict.fromkeys((*BY_SHEET, RATES), 0) for what in ("created", "updated", "unchanged")
    }
    taker = await _taker(session, actor, rows, currency)
    faults = []
    seen: set[tuple[Any, ...]] = set()
    for row, input_id, revision, values in rows:
        try:
            _refuse_twice(seen, row, input_id, values, currency)
            what = await taker.take(row, input_id, revision, values)
        except ServiceError as refused:
            faults.append(_fault(row, refused))
            continue
        taken[what][row.sheet.noun] += 1
    return taken, faults


async def _taker(
    session: AsyncSession, actor: Actor, rows: Sequence[Given], currency: str
) -> Taker:
    named = [values for _, _, _, values in rows]
    users = {one[name] for one in named for name in PERSONS if one.get(name)}
    teams = {one[TEAM] for one in named if one.get(TEAM)}
    return Taker(
        session,
        actor,
        currency,
        await known_users(session, users),
        await known_teams(session, teams),
    )


def _refuse_twice(
    seen: set[tuple[Any, ...]], row: SheetRow, input_id: UUID | None, values: Values, currency: str
) -> None:
    """Refuse a row of which the workbook has another: nobody could say which of them holds."""
    keys: dict[str, tuple[Any, ...]] = {}
    if input_id is not None:
        keys["id"] = (row.sheet.noun, input_id)
    if row.sheet.noun == RATES:
        told = _rate(values, currency)
        keys["day"] = (RATES, told.currency, told.quote, told.day)
    for column, key in keys.items():
        if key in seen:
            raise StandsTwiceError(column)
        seen.add(key)


def _rate(values: Values, currency: str) -> RateOf:
    return RateOf(**{**values, "quote": values["quote"] or currency})


def _fault(row: SheetRow, refused: ServiceError) -> CellFault:
    """Return the cell that a refusal is about, with the rule it breaks."""
    code, detail, column = refused.problem, refused.detail, "metric"
    if isinstance(refused, NotFoundError):
        column = "id"
    elif isinstance(refused, ChangedMeanwhileError):
        column = "revision"
    elif isinstance(refused, InvalidError):
        first = refused.errors[0]
        column, code, detail = first.pointer.rpartition("/")[2], first.code, first.detail
    return CellFault(row.sheet.noun, row.cell_of(column), code, detail)
