"""Deals as the deals service would tell them: envelopes for tests and benches."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

import httpx
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.rebuilds.statements import DERIVED
from crm_shared.clock import utc_now
from crm_shared.events.envelope import AnyEvent, Envelope
from crm_shared.ids import new_id

Tell = Callable[..., Awaitable[None]]
SPACE = UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")


def named(name: str) -> UUID:
    """Return the id that stands for a name in a test."""
    return uuid5(SPACE, name)


PIPELINE = named("pipeline")
STAGES: Mapping[str, tuple[int, int, str]] = {
    "New": (1, 10, "open"),
    "Qualified": (2, 30, "open"),
    "Proposal": (3, 60, "open"),
    "Won": (4, 100, "won"),
    "Lost": (5, 0, "lost"),
}


def stage_ref(name: str) -> dict[str, Any]:
    """Return a stage as events tell it."""
    position, probability, outcome = STAGES[name]
    return {
        "id": str(named(name)), "label": name, "position": position,
        "probability": probability, "outcome": outcome,
    }  # fmt: skip


def pipeline_created(pipeline: UUID = PIPELINE, required: Iterable[str] = ()) -> Envelope[Any]:
    """Return the event that says which stages there are, and what each of them demands."""
    demands = {"rotting_days": 14, "required_fields": list(required)}
    stages = [stage_ref(name) | demands for name in STAGES]
    told = {"label": "Sales", "currency": None, "is_default": True, "stages": stages}
    return envelope(
        "crm.deals.pipeline.created.v1",
        {"pipeline": told, "changed": [], "previous": {}},
        subject=pipeline,
        revision=1,
        at=utc_now(),
    )


def company_told(
    name: str, *, sector: str | None, parent: str | None = None, revision: int = 1, **facts: Any
) -> Envelope[Any]:
    """Return the event that says to which sector and parent a company belongs."""
    above = str(named(parent)) if parent else None
    told = {"sector": sector, "parent_id": above, "owner_id": None, "team_id": None, **facts}
    verb = "created" if revision == 1 else "updated"
    return envelope(
        f"crm.contacts.company.{verb}.v1",
        {"company": told, "changed": [], "previous": {}},
        subject=named(name),
        revision=revision,
        at=utc_now(),
    )


class DealStory:
    """One deal's life, told event by event."""

    def __init__(
        self, name: str, *, at: datetime, stage: str = "New", dated: bool = True, **facts: Any
    ) -> None:
        self.id = named(name)
        self.at = at
        self.events: list[Envelope[Any]] = []
        self.facts: dict[str, Any] = {
            "owner_id": str(named("Olena")), "team_id": str(named("Kyiv")), "contact_id": None,
            "company_id": None, "pipeline_id": str(PIPELINE), "amount": "100.0000",
            "expected_amount": None, "currency": "UAH", "expected_close_date": None,
            "channel": None, "source": None, "reason_id": None, "reason_label": None,
            "created_at": at.isoformat(), "created_at_known": dated, "won_at": None,
            "lost_at": None, "first_won_at": None, "is_void": False, "line_items": [],
            **{key: _plain(value) for key, value in facts.items()},
        }  # fmt: skip
        self._enter(stage)
        self._tell("created")

    @property
    def stage(self) -> str:
        """The label of the stage the deal stands in."""
        return str(self.facts["stage_label"])

    def move(self, stage: str, *, at: datetime | None = None, days: float = 0) -> "DealStory":
        """Move the deal, at a moment or some days later."""
        self.at = at or self.at + timedelta(days=days)
        left = stage_ref(self.stage)
        was_closed = left["outcome"] != "open"
        self._enter(stage)
        outcome = self.facts["outcome"]
        self.facts["won_at"] = self.at.isoformat() if outcome == "won" else None
        self.facts["lost_at"] = self.at.isoformat() if outcome == "lost" else None
        if outcome == "won" and self.facts["first_won_at"] is None:
            self.facts["first_won_at"] = self.facts["won_at"]
        reopened = was_closed and outcome == "open"
        self._tell("stage_changed", from_stage=left, to_stage=stage_ref(stage), reopened=reopened)
        return self

    def update(self, *, at: datetime | None = None, days: float = 0, **facts: Any) -> "DealStory":
        """Change the deal without moving it."""
        self.at = at or self.at + timedelta(days=days)
        self.facts |= {key: _plain(value) for key, value in facts.items()}
        self._tell("updated")
        return self

    def say(self, verb: str, *, days: float = 0) -> "DealStory":
        """Delete or restore the deal."""
        self.at += timedelta(days=days)
        self._tell(verb)
        return self

    def _enter(self, stage: str) -> None:
        ref = stage_ref(stage)
        self.facts |= {
            "stage_id": ref["id"], "stage_label": stage, "outcome": ref["outcome"],
            "probability": ref["probability"], "stage_entered_at": self.at.isoformat(),
        }  # fmt: skip

    def _tell(self, verb: str, **more: Any) -> None:
        data = {"deal": dict(self.facts), "changed": [], "previous": {}, **more}
        revision = len(self.events) + 1
        kind = f"crm.deals.deal.{verb}.v1"
        self.events.append(envelope(kind, data, subject=self.id, revision=revision, at=self.at))


# What a subject of each noun is at first: who keeps it, and what its events say besides the owner.
SUBJECTS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "company": ("contacts", {"sector": None, "parent_id": None}),
    "contact": ("contacts", {}),
    "lead": ("contacts", {"status": "new", "source": None, "channel": None,
                          "first_responded_at": None, "disqualify_reason": None,
                          "awaits_confirmation": False}),
    "activity": ("contacts", {"kind": "call", "status": "planned", "due_at": None,
                              "completed_at": None, "missed_at": None, "duration_s": None,
                              "is_promise": False, "channel": None}),
    "task": ("contacts", {"kind": "todo", "status": "open", "due_at": None, "rule_id": None}),
    "call": ("contacts", {"direction": "inbound", "answered": True, "duration_s": 60,
                          "is_internal": False, "repeats_call_id": None}),
    "case": ("contacts", {"status": "new", "channel": None, "topic": None, "outcome": None,
                          "first_responded_at": None, "first_response_breached_at": None,
                          "first_response_due_at": None, "solved_at": None, "solved_by_id": None}),
    "feedback": ("contacts", {"scale": "csat", "score": None, "submitted_at": None}),
    "invoice": ("deals", {"kind": "invoice", "status": "issued", "currency": "UAH",
                          "net": "100.0000", "total": "120.0000", "due": "120.0000",
                          "issue_date": None, "due_date": None, "paid_on": None,
                          "is_disputed": False, "void_reason": None}),
    "payment": ("deals", {"kind": "payment", "direction": "in", "currency": "UAH",
                          "amount": "50.0000", "paid_on": None, "category": None,
                          "voided_at": None, "refunds_id": None, "deal_id": None}),
    "claim": ("deals", {"kind": "complaint", "status": "open", "currency": "UAH",
                        "amount": None, "claimed_on": None}),
    "approval": ("deals", {"kind": "stage", "state": "pending", "requested_at": None,
                           "decided_at": None, "due_at": None, "is_automatic": False}),
    "message": ("notifications", {"channel": "email", "recipient_kind": "contact",
                                  "mailing_id": None, "cost": None, "currency": None}),
    "lookup": ("deals", {"kind": "view", "buckets": []}),
}  # fmt: skip


class SubjectStory:
    """The life of a lead, task, case, invoice …, told event by event."""

    def __init__(
        self, noun: str, name: str, verb: str = "created", *, at: datetime, **facts: Any
    ) -> None:
        self.noun, self.id, self.at = noun, named(f"{noun} {name}"), at
        self.publisher, first = SUBJECTS[noun]
        self.events: list[Envelope[Any]] = []
        self.facts = {
            "owner_id": str(named("Olena")), "team_id": str(named("Kyiv")), "contact_id": None,
            "company_id": None, **first,
        }  # fmt: skip
        self.say(verb, **facts)

    def say(
        self, verb: str, *, at: datetime | None = None, days: float = 0, **facts: Any
    ) -> "SubjectStory":
        """Let something happen, at a moment or some days later."""
        self.at = at or self.at + timedelta(days=days)
        self.facts |= {key: _plain(value) for key, value in facts.items()}
        data = {self.noun: dict(self.facts), "changed": [], "previous": {}}
        kind = f"crm.{self.publisher}.{self.noun}.{verb}.v1"
        revision = len(self.events) + 1
        self.events.append(envelope(kind, data, subject=self.id, revision=revision, at=self.at))
        return self


Story = DealStory | SubjectStory


def events_of(told: "Iterable[Story | Envelope[Any]]") -> Iterator[Envelope[Any]]:
    """Return every event of some stories, each story's in its order."""
    for one in told:
        if isinstance(one, DealStory | SubjectStory):
            yield from one.events
        else:
            yield one


def line(product: str, total: str) -> dict[str, Any]:
    """Return a line item as events tell it."""
    return {
        "product_id": str(named(product)), "product_label": product, "category": None,
        "quantity": "1", "unit_price": total, "total": total, "sale_kind": "base",
    }  # fmt: skip


def envelope(
    kind: str, data: dict[str, Any], *, subject: UUID, revision: int, at: datetime
) -> Envelope[Any]:
    """Put data into an envelope as its publisher would."""
    return Envelope[AnyEvent].model_validate(
        {
            "id": new_id(), "source": f"/crm/{kind.split('.')[1]}", "type": kind,
            "subject": subject, "time": at, "dataschema": f"/contracts/{kind}.json",
            "recordedtime": utc_now(), "revision": revision, "actorid": UUID(int=0),
            "correlationid": new_id(), "data": data,
        }
    )  # fmt: skip


def moment(text: str) -> datetime:
    """Read `2026-03-01 12:00` as an instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _plain(value: Any) -> Any:
    if isinstance(value, UUID | Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, datetime | date) else value


async def snapshot(session: AsyncSession) -> dict[str, list[Any]]:
    """Return every row of every table that follows from the ledger, in key order."""
    found = {}
    for table in DERIVED:
        rows = await session.execute(select(table).order_by(*table.primary_key.columns))
        found[table.name] = [tuple(row) for row in rows]
    return found


def day(text: str) -> datetime:
    """Return noon or so of a day of 2026: `03-05`."""
    return moment(f"2026-{text} 10:00")


def won(name: str, *, on: str, **facts: Any) -> DealStory:
    """Return a deal that began on 1 March and was won."""
    return DealStory(name, at=day("03-01"), **facts).move("Won", at=day(on))


def lost(name: str, *, on: str, **facts: Any) -> DealStory:
    """Return a deal that began on 1 March and was lost."""
    return DealStory(name, at=day("03-01"), **facts).move("Lost", at=day(on))


async def get_metric(client: httpx.AsyncClient, question: str) -> dict[str, Any]:
    """Ask a metric and return its answer; anything but an answer is raised."""
    answer = await client.get(f"/v1/metrics/{question}")
    answer.raise_for_status()
    body: dict[str, Any] = answer.json()
    return body
