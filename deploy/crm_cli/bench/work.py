"""What happened beside the deals: leads, work, calls, cases, money and messages, as events."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from crm_cli.bench import deals as made
from crm_cli.bench.bed import Bed
from crm_cli.bench.deals import Deal, Deals
from crm_cli.bench.people import made_id

_KINDS = ("lead", "activity", "task", "call", "case", "feedback", "invoice", "payment", "message")
_FIRST_KIND = 0x20
_TENTHS = 10
_SOURCES = ("website", "partner", "fair", "advert")
_SECTORS = ("retail", "medical", "services", "software")
# How many of ten deals have one.
_OF_TEN = {"lead": 4, "activity": 6, "task": 3, "call": 3, "case": 1, "message": 2}


class Said(NamedTuple):
    """One event: of whom, what, when, and its data."""

    publisher: str
    noun: str
    verb: str
    subject: UUID
    revision: int
    at: datetime
    data: dict[str, Any]


def said_beside(bed: Bed, deals: Deals) -> Iterator[Said]:
    """Yield everything that was not said of the deals themselves, about two and a half a deal."""
    for number in range(made.COMPANIES if deals.first == 0 else 0):
        yield _company(bed, number)
    for deal in deals:
        owner = bed.people.sellers[deal.seller]
        of_deal = {
            "owner_id": str(owner.actor.id),
            "team_id": str(owner.team_id),
            "company_id": str(deal.company_id),
            "contact_id": str(deal.contact_id),
        }
        yield from _work(deal, of_deal)
        if (won := deal.closed_at("won")) is not None:
            yield from _money(deal, of_deal, won)


def _company(bed: Bed, number: int) -> Said:
    owner = bed.people.sellers[number % len(bed.people.sellers)]
    data = {
        "owner_id": str(owner.actor.id),
        "team_id": str(owner.team_id),
        "sector": _SECTORS[number % len(_SECTORS)],
    }
    began = made.TODAY - timedelta(days=730)
    return Said("contacts", "company", "created", made.company_id(number), 1, began, data)


def _work(deal: Deal, whose: dict[str, str]) -> Iterator[Said]:
    at, later = deal.begun_at, deal.begun_at + timedelta(hours=2)
    turn = deal.number * 7 % _TENTHS
    has = {noun for noun, tenths in _OF_TEN.items() if turn < tenths}
    if "lead" in has:
        lead = {"source": _SOURCES[deal.number % 4], "channel": "website"}
        first = {**lead, "status": "new"}
        yield _said(deal, "lead", "created", at - timedelta(days=1), whose | first)
        last = {**lead, "status": "converted", "first_responded_at": at.isoformat()}
        yield _said(deal, "lead", "converted", at, whose | last, revision=2)
    if "activity" in has:
        done = {"kind": "meeting", "status": "done", "completed_at": later.isoformat()}
        promise = {"is_promise": turn == 0, "due_at": later.isoformat(), "duration_s": 1800}
        yield _said(deal, "activity", "completed", later, {**whose, **done, **promise})
    if "task" in has:
        task = {"kind": "call", "status": "done", "due_at": later.isoformat()}
        yield _said(deal, "task", "done", later, {**whose, **task})
    if "call" in has:
        call = {"direction": "inbound", "answered": turn > 0, "started_at": at.isoformat()}
        yield _said(deal, "call", "ended", later, {**whose, **call, "duration_s": 90})
    if "case" in has:
        yield from _case(deal, whose, at, later)
    if "message" in has:
        message = {"channel": "email", "recipient_kind": "client"}
        yield _said(deal, "message", "sent", at, {**whose, **message})


def _case(deal: Deal, whose: dict[str, str], at: datetime, later: datetime) -> Iterator[Said]:
    case = {"status": "solved", "topic": "delivery", "channel": "email", "outcome": "success"}
    moments = {"first_responded_at": at.isoformat(), "solved_at": later.isoformat()}
    yield _said(deal, "case", "solved", later, {**whose, **case, **moments})
    score = {"scale": "csat", "score": deal.number % 5 + 1, "submitted_at": later.isoformat()}
    yield _said(deal, "feedback", "submitted", later, {**whose, **score})


def _money(deal: Deal, whose: dict[str, str], won: datetime) -> Iterator[Said]:
    total, day = str(deal.amount), won.date().isoformat()
    sums = {"currency": "UAH", "net": total, "total": total, "due": "0"}
    days = {"issue_date": day, "due_date": day, "paid_on": day}
    invoice = {"kind": "invoice", "status": "paid"}
    yield _said(deal, "invoice", "paid", won, {**whose, **invoice, **sums, **days})
    payment = {"kind": "payment", "direction": "in", "currency": "UAH", "amount": total}
    yield _said(deal, "payment", "recorded", won, {**whose, **payment, "paid_on": day})


def _said(
    deal: Deal, noun: str, verb: str, at: datetime, data: dict[str, Any], *, revision: int = 1
) -> Said:
    publisher = {"invoice": "deals", "payment": "deals", "message": "notifications"}
    subject = made_id(_FIRST_KIND + _KINDS.index(noun), deal.number)
    return Said(publisher.get(noun, "contacts"), noun, verb, subject, revision, at, data)
