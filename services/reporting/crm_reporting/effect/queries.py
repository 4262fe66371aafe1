"""Every SELECT of the effect: the newest word of each deal, promise, call and invoice."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from pydantic_core import from_json
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.effect.models import KeptTotals
from crm_reporting.effect.rules.answers import VERSION
from crm_reporting.effect.rules.days import OpenDays
from crm_reporting.effect.rules.facts import Bill, Call, Claim, Facts, Promise, Sale
from crm_reporting.rates.queries import Rates
from crm_reporting.rebuilds.use_cases import Basis
from crm_shared.clock import local_day
from crm_shared.db.driver import driver_for_reading
from crm_shared.events.known_calendar import known_calendar

# the keys are read backwards, page by page: nothing is sorted, little is held
_DEALS = """
    SELECT DISTINCT ON (deal_id) deal_id AS id, verb, outcome, amount, currency,
           coalesce(company, contact) AS customer, created_at, won_at, lost_at, is_void
    FROM deal_facts WHERE deal_id < $1 AND recorded_at <= $2
    ORDER BY deal_id DESC, revision DESC LIMIT $3
"""
# of all that people did only promises matter, and they are few
_NEWEST = """
    SELECT subject AS id, type, CASE WHEN type NOT LIKE 'crm.contacts.activity.%'
           OR told -> 'is_promise' = 'true' THEN told END::text AS told
    FROM (
        SELECT DISTINCT ON (subject) subject, type,
               envelope -> 'data' -> split_part(type, '.', 3) AS told
        FROM ledger
        WHERE split_part(type, '.', 3) IN ('activity', 'call', 'invoice')
              AND subject < $1 AND recorded_at <= $2
        ORDER BY subject DESC, revision DESC LIMIT $3
    ) AS newest ORDER BY subject DESC
"""
# whatever came of it afterwards: an agreed time that passed in vain stays a broken promise
_AGREED = "CAST(coalesce(data ->> 'agreed_at', data ->> 'due_at') AS timestamptz)"
_BROKEN = text(f"""
    SELECT id, {_AGREED} AS agreed FROM noun_facts
    WHERE kind = 'activity' AND verb = 'missed' AND data -> 'is_promise' = 'true'
      AND recorded_at <= :as_of AND CAST(data ->> 'missed_at' AS timestamptz) >= {_AGREED}
""")  # noqa: S608 - words of our own
# what customers want made good; what we want of them is no cost of a broken promise
_CLAIMS = text("""
    SELECT data FROM (
        SELECT DISTINCT ON (id) verb, data FROM noun_facts
        WHERE kind = 'claim' AND recorded_at <= :as_of ORDER BY id, revision DESC
    ) AS newest
    WHERE verb <> 'deleted' AND data ->> 'status' <> 'rejected'
          AND data ->> 'kind' IN ('complaint', 'breach_by_us')
""")
_PAGE, _LAST = 2000, UUID(int=2**128 - 1)
_NO_BILL = ("draft", "void")
_ALIASES = text("SELECT loser_id, survivor_id FROM aliases")


async def load_facts(session: AsyncSession, basis: Basis, rates: Rates, as_of: datetime) -> Facts:
    """Return what the components are measured on, as it was known at an instant.

    Page by page: of a deal that no component looks at by itself only the days remain on which its
    customer had one open, of what was told only what is counted.
    """
    survivors = {row.loser_id: row.survivor_id for row in await session.execute(_ALIASES)}
    left_out: Counter[str] = Counter()
    money = _Money(rates, basis, left_out)
    clients = _Clients(survivors)
    promises, calls, bills = await _told(session, as_of, clients, money)
    sales, others = await _sales(session, as_of, clients, money, {one.deal for one in promises})
    claims = await session.scalars(_CLAIMS, {"as_of": as_of})
    return Facts(
        sales=tuple(sales),
        others=others,
        claims=tuple(_claims(claims, money)),
        promises=tuple(promises),
        calls=tuple(calls),
        bills=tuple(bills),
        zone=basis.zone,
        calendar=await known_calendar(session, basis.zone),
        unconverted=dict(left_out),
    )


class _Clients:
    """Whom ids stand for now; one object each, however many deals and calls name him."""

    def __init__(self, survivors: dict[UUID, UUID]) -> None:
        self._survivors = survivors
        self._known: dict[UUID, UUID] = {}

    def find(self, client: UUID | None) -> UUID | None:
        """Return the client in whom this one lives on."""
        if client is None:
            return None
        survivor = self._survivors.get(client, client)
        return self._known.setdefault(survivor, survivor)


async def _sales(
    session: AsyncSession, as_of: datetime, clients: _Clients, money: "_Money",
    promised: Collection[UUID | None],
) -> tuple[list[Sale], OpenDays]:  # fmt: skip
    """Return the deals that are won, or lost with a promise; and when there were others."""
    sales, others = [], OpenDays()
    async for page in _pages(session, _DEALS, as_of):
        for row in page:
            # deleted deals that were closed stay: their money was real (G10)
            if row["is_void"] or (row["verb"] == "deleted" and row["outcome"] == "open"):
                continue
            sale = _sale(row, clients, money)
            if sale.won_at or (sale.lost_at and sale.id in promised):
                sales.append(sale)
            elif sale.customer:
                until = money.day(sale.lost_at) if sale.lost_at else date.max
                others.add(sale.customer, sale.created_on, until)
    return sales, others


async def _told(
    session: AsyncSession, as_of: datetime, clients: _Clients, money: "_Money"
) -> tuple[list[Promise], list[Call], list[Bill]]:
    promises: list[Promise] = []
    calls: list[Call] = []
    bills: list[Bill] = []
    broken: dict[UUID, set[datetime]] = defaultdict(set)
    for row in await session.execute(_BROKEN, {"as_of": as_of}):
        broken[row.id].add(row.agreed)
    async for page in _pages(session, _NEWEST, as_of):
        told: dict[str, list[tuple[UUID, dict[str, Any]]]] = {}
        for subject, type_, body in page:
            if body is not None and not type_.endswith((".deleted.v1", ".voided.v1")):
                told.setdefault(type_.split(".")[2], []).append((subject, from_json(body)))
        promises += _promises(told.get("activity", ()), broken)
        calls += _calls(told.get("call", ()), clients)
        bills += _bills(told.get("invoice", ()), money)
    return promises, calls, bills


async def _pages(
    session: AsyncSession, statement: str, as_of: datetime
) -> AsyncIterator[Sequence[Any]]:
    connection, before = await driver_for_reading(session), _LAST
    while rows := await connection.fetch(statement, before, as_of, _PAGE):
        yield rows
        before = rows[-1]["id"]


class _Money:
    """Converts at the rate of the business day, and counts what has none."""

    def __init__(self, rates: Rates, basis: Basis, left_out: Counter[str]) -> None:
        self._rates, self._basis, self._left_out = rates, basis, left_out

    def on(self, amount: Decimal | None, currency: str, day: date) -> Fraction | None:
        """Return an amount in the currency of the effect, or None."""
        if amount is None:
            return None
        rate = self._rates.convert(currency, day)
        if rate is None:
            self._left_out[currency] += 1
            return None
        return Fraction(amount) if rate == 1 else Fraction(amount) * Fraction(rate)

    def day(self, at: datetime) -> date:
        return local_day(at, self._basis.zone)


def _sale(row: Any, clients: _Clients, money: _Money) -> Sale:
    at = row["won_at"] or row["lost_at"] or row["created_at"]
    won = row["won_at"] if row["outcome"] == "won" else None
    lost = row["lost_at"] if row["outcome"] == "lost" else None
    amount = money.on(row["amount"], row["currency"], money.day(at)) if won or lost else None
    return Sale(
        id=row["id"],
        customer=clients.find(row["customer"]),
        created_on=money.day(row["created_at"]),
        won_at=won,
        lost_at=lost,
        amount=amount,
    )


def _promises(
    rows: Iterable[tuple[UUID, dict[str, Any]]], broken: Mapping[UUID, set[datetime]]
) -> Iterable[Promise]:
    """Yield each agreed time that passed in vain, whatever came after, and the one that stands."""
    for subject, told in rows:
        due = told.get("agreed_at") or told.get("due_at")
        if not told.get("is_promise") or not due:
            continue
        standing, in_vain = datetime.fromisoformat(due), set(broken.get(subject, ()))
        if told.get("missed_at") or told["status"] == "missed":
            in_vain.add(standing)
        deal = UUID(told["deal_id"]) if told.get("deal_id") else None
        yield from (Promise(subject, agreed, None, True, deal) for agreed in sorted(in_vain))
        if standing not in in_vain and told["status"] != "cancelled":
            yield Promise(subject, standing, _instant(told.get("completed_at")), False, deal)


def _calls(rows: Iterable[tuple[UUID, dict[str, Any]]], clients: _Clients) -> Iterable[Call]:
    for subject, told in rows:
        # of one that still rings nobody knows yet
        if told.get("is_internal") or told.get("answered") is None:
            continue
        client = told.get("company_id") or told.get("contact_id")
        yield Call(
            id=subject,
            started_at=datetime.fromisoformat(told["started_at"]),
            inbound=told["direction"] == "inbound",
            answered=bool(told["answered"]),
            client=clients.find(UUID(client) if client else None),
            is_repeat=told.get("repeats_call_id") is not None,
            deal=UUID(told["deal_id"]) if told.get("deal_id") else None,
        )


def _bills(rows: Iterable[tuple[UUID, dict[str, Any]]], money: _Money) -> Iterable[Bill]:
    for _subject, told in rows:
        # what a customer disputes is no debt that went bad, nor one that did not
        is_bill = told["kind"] == "invoice" and told["status"] not in _NO_BILL
        if not is_bill or not told.get("issue_date") or told.get("is_disputed"):
            continue
        issued = date.fromisoformat(told["issue_date"])
        total = money.on(Decimal(told["total"]), told["currency"], issued)
        owed = money.on(Decimal(told["due"]), told["currency"], issued)
        if total is None or owed is None:
            continue
        due = told.get("due_date")
        yield Bill(issued, date.fromisoformat(due) if due else None, total, owed)


def _claims(rows: Iterable[dict[str, Any]], money: _Money) -> Iterable[Claim]:
    for told in rows:
        claimed = date.fromisoformat(told["claimed_on"])
        amount = told.get("amount")
        sum_ = money.on(None if amount is None else Decimal(amount), told["currency"], claimed)
        if sum_ is not None:
            yield Claim(claimed, sum_)


def _instant(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


# Counts and moments of everything entered that the effect follows from: another sum, another one.
_ENTERED = text("""
    SELECT count(*), coalesce(sum(revision), 0), max(updated_at) FROM (
        SELECT revision, updated_at FROM effect_setups
        UNION ALL SELECT revision, updated_at FROM baselines
        UNION ALL SELECT revision, updated_at FROM staff
        UNION ALL SELECT revision, updated_at FROM investments
        UNION ALL SELECT revision, updated_at FROM costs
        UNION ALL SELECT revision, updated_at FROM plans
        UNION ALL SELECT revision, updated_at FROM rates
        UNION ALL SELECT revision, NULL FROM refs WHERE kind = 'workspace'
    ) AS entered
""")
# PostgreSQL's own count of what was ever written, which says nothing of what it was.
_WRITTEN = text("""
    SELECT relid, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_user_tables
    WHERE schemaname = 'public' AND relname IN ('deal_facts', 'noun_facts', 'aliases')
    ORDER BY relname
""")


async def entered_for(session: AsyncSession, basis: Basis) -> str:
    """Return what stays as long as formulas, settings and everything entered are the same."""
    found = (await session.execute(_ENTERED)).one()
    return _of_rules(basis) + "|".join(map(str, found))


def _of_rules(basis: Basis) -> str:
    return f"{VERSION}|{basis.zone.key}|{basis.currency}|"


async def facts_written(session: AsyncSession) -> tuple[Any, ...]:
    """Return some numbers that stay as long as no fact came."""
    return tuple(tuple(row) for row in await session.execute(_WRITTEN))


async def find_kept(session: AsyncSession, basis: Basis, since: datetime) -> KeptTotals | None:
    """Return the sentence counted last, by these rules and since a moment; None if there is none.

    Also when something was entered since: it is counted anew at once, and whoever asks meanwhile
    does not read the whole history in an API process.
    """
    return await session.scalar(
        select(KeptTotals).where(
            KeptTotals.key.startswith(_of_rules(basis), autoescape=True),
            KeptTotals.counted_at >= since,
        )
    )
