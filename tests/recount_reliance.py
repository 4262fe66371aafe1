"""Whom one may rely on, and who relied in vain: K29, K32, K65, recomputed apart."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from recounted import Past, World, broken, day, dead, is_content, local, percent, worth


@dataclass
class Reliance:
    """The formulas about promises, debts and claims, over the days from `start` until `end`."""

    world: World
    start: date
    end: date
    merged: dict[str, str] = field(default_factory=dict)

    def within(self, day: date | None) -> bool:
        return day is not None and self.start <= day < self.end

    def was(self, at: datetime | None) -> bool:
        return at is not None and self.within(local(at))

    def who(self, past: Past) -> Any:
        """Whom it concerns, as it says now: the company, else the person; merged ones as one."""
        last = past[-1].said
        client = last.get("company_id") or last.get("contact_id")
        return self.merged.get(str(client), client)

    def year(self, on: date) -> bool:
        """Within the 365 days before the period's end."""
        return self.end - timedelta(days=365) <= on < self.end

    def invoices_of(self, client: Any) -> list[dict[str, Any]]:
        told = [p[-1].said for p in self.world.of("invoice") if self.who(p) == client]
        return [
            one for one in told
            if one["status"] != "void" and one["kind"] != "credit_note"
            and not one["is_disputed"] and one["due_date"]
            and self.year(day(one["due_date"]))
        ]  # fmt: skip

    def reliability(self) -> dict[str, Decimal | None]:
        """K32: two invoices thirty days late in a year; K65: what is known of each, weighed."""
        clients = {self.who(p) for noun in ("invoice", "case", "feedback", "claim") for p in
                   self.world.of(noun)} - {None}  # fmt: skip
        due = {client: self.invoices_of(client) for client in clients}

        def is_late(one: dict[str, Any]) -> bool:
            limit = day(one["due_date"]) + timedelta(days=30)
            paid = day(one["paid_on"]) if one["status"] == "paid" else None
            return limit < (paid or self.end)

        claims = {client: self.claims_of(client) for client in clients}
        known = [client for client in clients if due[client] or claims[client]]
        bad = [
            client for client in known
            if sum(map(is_late, due[client])) >= 2
            or any(one["kind"] == "breach_by_customer" and one["status"] != "rejected"
                   for one in claims[client])
        ]  # fmt: skip
        scores = [
            sum((weight * value for weight, value in told), Decimal(0))
            / sum(weight for weight, _ in told)
            for client in clients
            if (told := list(self.signals(client, due[client])))
        ]
        return {
            "unreliable_customers": percent(len(bad), len(known)),
            "attitude": sum(scores, Decimal(0)) / len(scores) if scores else None,
        }

    def claims_of(self, client: Any) -> list[dict[str, Any]]:
        told = [p[-1].said for p in self.world.of("claim") if self.who(p) == client]
        return [one for one in told if self.year(day(one["claimed_on"]))]

    def signals(self, client: Any, due: list[dict[str, Any]]) -> Iterator[tuple[int, Decimal]]:
        """K65: content answers 50, complaints 20, solved for good 15, paid in time 15."""
        complaints = sum(
            one["kind"] == "complaint" and one["status"] != "rejected"
            for one in self.claims_of(client)
        )
        if complaints:
            yield 20, Decimal(max(0, 100 - 25 * complaints))
        answers = [
            is_content(p[-1].said) for p in self.world.of("feedback")
            if self.who(p) == client and (at := p[-1].when("submitted_at")) and self.year(local(at))
        ]  # fmt: skip
        if answers:
            yield 50, Decimal(sum(answers)) * 100 / len(answers)
        solved = [
            p[-1].said["outcome"] == "success" for p in self.world.of("case")
            if p[-1].said["status"] == "solved" and self.who(p) == client
            and (at := p[-1].when("solved_at")) and self.year(local(at))
        ]  # fmt: skip
        if solved:
            yield 15, Decimal(sum(solved)) * 100 / len(solved)
        if due:
            paid = [one["status"] == "paid" and one["paid_on"] <= one["due_date"] for one in due]
            yield 15, Decimal(sum(paid)) * 100 / len(paid)

    def promises(self) -> dict[str, Decimal | None]:
        """K29: deals lost within 30 days after a broken promise, no kept one between, as hoped."""
        told = [
            (self.who(p), at, p) for p in self.world.of("activity")
            if (at := p[-1].when("due_at")) and self.who(p)
        ]  # fmt: skip
        missed = [(who, at) for who, at, p in told if broken(p)]
        kept = [(who, at) for who, at, p in told
                if p[-1].said["completed_at"] and not broken(p) and not dead(p)]  # fmt: skip
        whole = Decimal(0)
        for past in self.world.of("deal"):
            at, who = past[-1].when("lost_at"), self.who(past)
            if not self.was(at) or at is None or not who:
                continue
            blamed = any(
                one == who and on <= at and at - on < timedelta(days=30)
                and not any(other == who and on < then <= at for other, then in kept)
                for one, on in missed
            )  # fmt: skip
            hoped = [one.said for one in past if one.said["outcome"] == "open"]
            if blamed and hoped and hoped[-1]["amount"]:
                sum_ = Decimal(hoped[-1]["amount"]) * hoped[-1]["probability"] / 100
                whole += worth(sum_, past[-1].said["currency"], local(at)) or Decimal(0)
        return {"promise_losses": whole}
