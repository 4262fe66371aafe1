"""Random histories for figures: reopened, merged, erased, refunded, late, in two currencies."""

import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from recounted import local

from crm_reporting.testing import (
    DealStory,
    Story,
    SubjectStory,
    envelope,
    line,
    moment,
    named,
    pipeline_created,
)
from crm_shared.events.envelope import Envelope

START = moment("2026-03-27 21:30")  # the day of 23 hours is near
OLENA, PETRO = named("Olena"), named("Petro")
KYIV_TEAM, LVIV_TEAM = named("Kyiv"), named("Lviv")
SURVIVOR, LOSER = named("Silpo"), named("Fozzy")
PERSON = named("Ivan")
# two that are merged later, some that are not, and none at all
COMPANIES = [SURVIVOR, LOSER, named("Novus"), named("Rozetka"), None]
# how long before the others a deal began: at the window of a year, and on either side of it
AGES = (0, 0, 0, 0, 0, 355, 365, 375, 400)

# Lives: what happens to one subject, and how many days after what was before.

Step = tuple[str, dict[str, Any]]
DAYS = st.floats(0, 6, allow_nan=False).map(lambda days: round(days, 3))
OWNER = ("assigned", {"owner_id": str(PETRO)})
GONE: list[Step] = [("deleted", {}), ("restored", {})]
LEAD: list[Step] = [
    ("responded", {"first_responded_at": "now", "status": "working"}), OWNER, *GONE,
    ("converted", {"status": "converted"}), ("overdue", {}), ("confirmed", {}),
    ("disqualified", {"status": "disqualified", "disqualify_reason": "price"}),
    ("reopened", {"status": "working", "disqualify_reason": None}),
]  # fmt: skip
PROMISE: list[Step] = [
    ("completed", {"status": "done", "completed_at": "now"}), OWNER,
    ("missed", {"status": "missed", "missed_at": "now"}), ("cancelled", {"status": "cancelled"}),
    ("reopened", {"status": "planned", "completed_at": None, "missed_at": None}),
]  # fmt: skip
TASK: list[Step] = [
    ("completed", {"status": "done"}), ("updated", {"status": "open"}), OWNER,
    ("cancelled", {"status": "cancelled"}), ("updated", {"rule_id": str(named("rule"))}),
]  # fmt: skip
CASE: list[Step] = [
    ("first_responded", {"first_responded_at": "now", "status": "open"}), OWNER, *GONE,
    ("waiting", {"status": "waiting"}), ("resumed", {"status": "open"}),
    ("limit_breached", {"first_response_breached_at": "now"}),
    ("solved", {"status": "solved", "solved_at": "now", "outcome": "success"}),
    ("solved", {"status": "solved", "solved_at": "now", "outcome": "failure"}),
    ("reopened", {"status": "open", "solved_at": None, "outcome": None}),
    ("merged", {"status": "merged"}),
]  # fmt: skip
INVOICE: list[Step] = [
    ("updated", {"status": "partly_paid", "due": "20.0000"}), ("updated", {"is_disputed": True}),
    ("paid", {"status": "paid", "due": "0.0000", "paid_on": "today"}),
    ("voided", {"status": "void", "void_reason": "mistake"}),
]  # fmt: skip
APPROVAL: list[Step] = [
    ("approved", {"state": "approved", "decided_at": "now"}),
    ("rejected", {"state": "rejected", "decided_at": "now"}), ("withdrawn", {"state": "withdrawn"}),
]  # fmt: skip
MESSAGE: list[Step] = [
    (verb, {"is_machine": machine})
    for verb in ("sent", "delivered", "opened", "clicked", "bounced", "unsubscribed", "complained")
    for machine in (False, True)
]
FEEDBACK: list[Step] = [
    ("submitted", {"score": score, "submitted_at": "now"}) for score in (1, 2, 3, 4, 5, 6, 9, 10)
]
CALL: list[Step] = [
    ("updated", {"answered": True}), ("updated", {"answered": False}),
    ("updated", {"duration_s": 14}), ("updated", {"duration_s": 15}), OWNER,
]  # fmt: skip
CLAIM: list[Step] = [
    ("resolved", {"status": "rejected"}), ("resolved", {"status": "accepted"}), OWNER, *GONE,
]  # fmt: skip
PAYMENT: list[Step] = [("voided", {"voided_at": "now"}), ("updated", {"amount": "7.0000"})]
CRANE = line("crane", "60") | {"unit_cost": "25.0000"}
HOOK = line("hook", "20") | {"unit_cost": "1.5000", "sale_kind": "cross"}
MOVED = [
    ["payment", "refund"], ["payment", "refund"], ["payment", "refund", "payment"], ["refund"],
    ["payment", "refund", "payment", "refund"], ["payment", "payment", "refund", "refund"],
]  # fmt: skip
DEAL: list[Step] = [
    ("move", {"stage": "Won"}), ("move", {"stage": "Won"}), ("move", {"stage": "Qualified"}),
    ("deleted", {}), ("restored", {}), ("update", {"amount": "0.0000"}),
    ("update", {"probability": 80}), ("update", {"expected_close_date": date(2026, 4, 25)}),
    ("update", {"competitor_id": str(named("rival"))}),
    ("update", {"owner_id": PETRO, "team_id": LVIV_TEAM}),
    ("move", {"stage": "Lost"}), ("move", {"stage": "Proposal"}),
    ("update", {"owner_id": PETRO}), ("update", {"amount": "80.0000"}),
    ("update", {"amount": None}), ("update", {"expected_close_date": date(2026, 4, 5)}),
    ("update", {"reason_id": str(named("price"))}), ("update", {"agreed_at": "now"}),
    ("update", {"line_items": [CRANE, HOOK]}),
    ("update", {"line_items": [line("crane", "60")]}), ("update", {"is_void": True}),
    ("update", {"credits": [{"user_id": str(OLENA), "share": "30"},
                            {"user_id": str(PETRO), "share": "70"}]}),
]  # fmt: skip
FIRST: dict[str, tuple[list[Step], Callable[[random.Random], dict[str, Any]]]] = {
    "lead": (LEAD, lambda luck: {"source": luck.choice(["fair", None]),
                                 "channel": luck.choice(["fair", None]),
                                 "awaits_confirmation": luck.random() < 0.1}),
    "activity": (PROMISE, lambda _: {"is_promise": True, "due_at": "soon", "duration_s": 90}),
    "task": (TASK, lambda luck: {"due_at": luck.choice(["soon", "soon", None])}),
    "case": (CASE, lambda luck: {"topic": luck.choice(["delivery", None])}),
    "invoice": (INVOICE, lambda luck: {"issue_date": "today",
                                       "due_date": luck.choice(["soon", "soon", "past"]),
                                       "currency": luck.choice(["UAH", "EUR"]),
                                       "kind": luck.choice(["invoice"] * 3 + ["credit_note"])}),
    "payment": (PAYMENT, lambda luck: {"paid_on": "today", "kind": luck.choice(
        ["payment", "refund", "expense"]), "currency": luck.choice(["UAH", "EUR"])}),
    "approval": (APPROVAL, lambda _: {"requested_at": "now"}),
    "message": (MESSAGE, lambda _: {}),
    "feedback": (FEEDBACK, lambda luck: {"scale": luck.choice(["csat", "nps"])}),
    "call": (CALL, lambda luck: {
        "started_at": "now", "direction": luck.choice(["inbound", "inbound", "outbound"]),
        "answered": luck.choice([True, False, None]), "is_internal": luck.random() < 0.1,
        "duration_s": luck.choice([None, 5, 60]),
        "repeats_call_id": str(named("earlier")) if luck.random() < 0.2 else None,
    }),
    "claim": (CLAIM, lambda luck: {"claimed_on": "today", "kind": luck.choice(
        ["complaint", "breach_by_customer", "breach_by_us"])}),
}  # fmt: skip
LIFE = st.tuples(
    st.sampled_from([*FIRST, *("deal",) * 4]),
    st.integers(0, 2**32),
    DAYS,
    st.lists(st.tuples(st.integers(0, 99), DAYS), max_size=6),
)


def lived(name: str, life: tuple[str, int, float, list[tuple[int, float]]]) -> Story:
    noun, seed, later, steps = life
    luck = random.Random(seed)
    at = START + timedelta(days=later)
    if noun == "deal":
        at -= timedelta(days=luck.choice(AGES))
        deal = DealStory(
            name,
            at=at,
            dated=luck.random() > 0.1,
            currency=luck.choice(["UAH", "EUR"]),
            company_id=luck.choice(COMPANIES),
            channel=luck.choice(["web", None]),
            contact_id=luck.choice([PERSON, None]),
        )
        for number, days in steps:
            happens(deal, *DEAL[number % len(DEAL)], days)
        return deal
    known, first = FIRST[noun]
    begun = {
        "payment": "received",
        "message": "queued",
        "feedback": "requested",
        "call": "logged",
        "claim": "recorded",
    }
    told = timed(first(luck), at)
    if noun != "message":
        told |= {"company_id": luck.choice(COMPANIES), "contact_id": luck.choice([PERSON, None])}
    story = SubjectStory(noun, name, begun.get(noun, "created"), at=at, **told)
    for number, days in steps:
        verb, facts = known[number % len(known)]
        when = story.at + timedelta(days=days)
        story.say(verb, at=when, **timed(facts, when))
    return story


def happens(deal: DealStory, verb: str, facts: dict[str, Any], days: float) -> None:
    """Take a deal a step further; who is deleted can only be restored."""
    is_gone = deal.events[-1].type.split(".")[3] == "deleted"
    when = deal.at + timedelta(days=days)
    if is_gone or verb in ("deleted", "restored"):
        if is_gone or verb == "deleted":
            deal.say("restored" if is_gone else "deleted", days=days)
    elif verb == "move":
        deal.move(facts["stage"], at=when)
    else:
        deal.update(at=when, **timed(facts, when))


def timed(facts: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Put moments in the place of their names."""
    soon = at + timedelta(days=3)
    today = local(at)
    told = {
        "now": at, "today": today, "past": today - timedelta(days=40),
        "soon": today + timedelta(days=3) if "due_date" in facts else soon,
    }  # fmt: skip
    return {
        key: told[value] if isinstance(value, str) and value in told else value
        for key, value in facts.items()
    }


def measured(luck: random.Random) -> Iterator[Envelope[Any]]:
    """How fast lookups were, as processes tell it."""
    for number in range(luck.randrange(4)):
        counts = {bound: luck.randrange(30) for bound in (25, 100, 2000, None)}
        buckets = [{"up_to_ms": bound, "count": n} for bound, n in counts.items()]
        told = {"kind": luck.choice(["search", "view"]), "buckets": buckets}
        yield envelope(
            "crm.contacts.lookup.measured.v1", {"lookup": told}, subject=named(f"speed {number}"),
            revision=1, at=START + timedelta(days=luck.random() * 14),
        )  # fmt: skip


def paid_for(story: Story, luck: random.Random) -> Iterator[SubjectStory]:
    """What was paid for a deal and went back: part or all of it, before or after other events."""
    if not isinstance(story, DealStory) or luck.random() < 0.2:
        return
    at = luck.choice(story.events).time + timedelta(days=luck.random() * 2)
    currency = luck.choice(["UAH", "EUR"])
    for n, kind in enumerate(luck.choice(MOVED)):
        sum_ = luck.choice(["50.0000", "50.0000", "50.0000", "30.0000"])
        told = {"kind": kind, "currency": currency, "amount": sum_, "deal_id": str(story.id)}
        one = SubjectStory(
            "payment", f"of {story.id} {n}", "received", at=at, **timed({"paid_on": "today"}, at),
            **told,
        )  # fmt: skip
        if luck.random() < 0.15:
            verb, facts = luck.choice([*PAYMENT, ("updated", {"deal_id": None}), *GONE[:1]])
            one.say(verb, at=at + timedelta(days=1), **timed(facts, at))
        yield one
        at += timedelta(days=luck.choice([0, 0.5, 1, 4]))


def sold(luck: random.Random) -> Iterator[DealStory]:
    """Some deals that were won, so that in every history there are sales to pay back."""
    for n in range(3):
        deal = DealStory(
            f"sold {n}", at=START + timedelta(days=luck.random() * 4),
            currency=luck.choice(["UAH", "UAH", "EUR"]), company_id=luck.choice(COMPANIES),
            contact_id=luck.choice([PERSON, None]),
        )  # fmt: skip
        if luck.random() < 0.5:
            deal.update(days=0.2, agreed_at=deal.at)
        deal.move("Won", days=luck.random() * 4)
        if luck.random() < 0.2:
            deal.move("Qualified", days=2).move(luck.choice(["Won", "Lost"]), days=1)
        yield deal


def history(lives: Any, luck: random.Random, *, until: datetime) -> list[Envelope[Any]]:
    """Everything that was told until a moment, each subject's in its order."""
    stories = [*(lived(f"{n}", life) for n, life in enumerate(lives)), *sold(luck)]
    stories += [paid for story in list(stories) for paid in paid_for(story, luck)]
    told = [event for story in stories for event in story.events if event.time < until]
    return [pipeline_created(), *told, *measured(luck)]
