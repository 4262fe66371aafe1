"""Figures of work recomputed apart: calls, cases, tasks, answers, money moved; K30 to K46, K61."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from recount import Oracle
from recounted import KYIV, Moment, Past, at_end, day, dead, local, mean, percent, since, worth

Figure = Decimal | None
A_DAY = timedelta(days=1)
WORKS = (time(9), time(18))
COVERED = {
    "task_time:calendar", "task_time:business", "calls", "missed_calls", "approval_time:business",
    "pending_approvals", "processed_requests", "cases:stock", "case_response_time:calendar",
    "case_response_time:business", "case_processing_time:business", "lead_response_time:business",
    "deal_length:business", "satisfaction:nps", "satisfaction:response", "payments", "refunds",
    "expenses", "receivables:overdue", "claims", "message_rates:click_to_open",
    "message_losses:bounced", "message_losses:unsubscribed", "lookup_time:search",
    "lookup_time:view",
}  # fmt: skip


def office(on: date) -> tuple[datetime, datetime] | None:
    """When the company works on a day: Monday to Friday from nine to six, by the wall clock."""
    if on.weekday() > 4:
        return None
    start, end = (datetime.combine(on, at, KYIV) for at in WORKS)
    return start, end


def worked(start: datetime, end: datetime) -> list[float]:
    """Seconds of working time between two moments, day by day."""
    found, on = [], local(start)
    while on <= local(end):
        if hours := office(on):
            since_, to = max(start, hours[0]), min(end, hours[1])
            found.append(max(to.timestamp() - since_.timestamp(), 0.0))
        on += A_DAY
    return found


def seconds(start: datetime, end: datetime) -> float:
    return sum(worked(start, end))


@dataclass
class Work:
    """Each formula of daily work, over the days of the facts' time."""

    facts: Oracle

    def figures(self) -> dict[str, Figure]:
        return {
            **self.durations(), **self.called(), **self.service(), **self.moved(),
            **self.written(), **self.speeds(),
        }  # fmt: skip

    def last(self, noun: str) -> list[Moment]:
        return [past[-1] for past in self.facts.world.of(noun)]

    def durations(self) -> dict[str, Figure]:
        """G13: by the wall clock and by the working calendar, of what is finished."""
        facts = self.facts
        done = [
            (past[0].at, one.at)
            for past in facts.world.of("task")
            if not dead(past) and (one := since(past, "status", "done")) and facts.was(one.at)
        ]
        decided = [
            (asked, at)
            for one in self.last("approval")
            if one.said["state"] in ("approved", "rejected")
            and (at := one.when("decided_at")) and (asked := one.when("requested_at"))
            and facts.was(at)
        ]  # fmt: skip
        answered = {
            noun: [
                (past[0].at, at)
                for past in facts.world.of(noun)
                if facts.was(past[0].at) and (at := past[-1].when("first_responded_at"))
                and past[-1].said["status"] != "merged"
            ]
            for noun in ("lead", "case")
        }  # fmt: skip
        won = [
            sum(part / 32_400 for part in worked(began, at))
            for one in self.last("deal")
            if (at := one.when("won_at")) and facts.was(at)
            and (began := one.when("created_at")) and one.said["created_at_known"]
        ]  # fmt: skip
        open_ = [
            sum(seconds(one.at, after.at) for one, after in pairwise(past)
                if one.said["status"] in ("new", "open")) / 3600
            for past in self.solved()
        ]  # fmt: skip
        return {
            "task_time:calendar": mean([(b - a).total_seconds() / 3600 for a, b in done]),
            "task_time:business": mean([seconds(a, b) / 3600 for a, b in done]),
            "approval_time:business": mean([seconds(a, b) / 3600 for a, b in decided]),
            "lead_response_time:business": mean([seconds(*one) / 60 for one in answered["lead"]]),
            "case_response_time:business": mean([seconds(*one) / 60 for one in answered["case"]]),
            "case_response_time:calendar": mean(
                [(b - a).total_seconds() / 60 for a, b in answered["case"]]
            ),
            "case_processing_time:business": mean(open_),
            "deal_length:business": mean(won),
        }

    def solved(self) -> list[Past]:
        return [
            past for past in self.facts.world.of("case")
            if past[-1].said["status"] == "solved" and self.facts.was(past[-1].when("solved_at"))
        ]  # fmt: skip

    def called(self) -> dict[str, Figure]:
        """K19, K30: calls with clients that are over; whoever rings again is one who came."""
        told = [one.said for one in self.last("call") if self.facts.was(one.when("started_at"))]
        told = [one for one in told if not one["is_internal"] and one["answered"] is not None]
        came = [one for one in told if one["direction"] == "inbound"]
        came = [one for one in came if one["repeats_call_id"] is None]
        missed = sum(not one["answered"] for one in came)
        return {"calls": Decimal(len(told)), "missed_calls": percent(missed, len(came))}

    def service(self) -> dict[str, Figure]:
        facts = self.facts
        waiting = [at_end(past, facts.end) for past in facts.world.of("approval")]
        cases = [past for past in facts.world.of("case") if past[-1].said["status"] != "merged"]
        standing = [at_end(past, facts.end) for past in cases]
        ended = [
            one
            for past in facts.world.of("lead")
            for status in ("converted", "disqualified")
            if (one := since(past, "status", status)) and facts.was(one.at)
        ]
        answers = [one for one in self.last("feedback") if facts.was(one.when("submitted_at"))]
        scores = [(one.said["score"], one.said["scale"]) for one in answers]
        content = sum(score >= {"csat": 4, "nps": 9}[scale] for score, scale in scores)
        unhappy = sum(score <= {"csat": 2, "nps": 6}[scale] for score, scale in scores)
        asked = [past for past in facts.world.of("feedback") if facts.was(past[0].at)]
        replied = sum(past[-1].said["score"] is not None for past in asked)
        return {
            "pending_approvals": Decimal(sum(bool(x and x["state"] == "pending") for x in waiting)),
            "cases:stock": Decimal(
                sum(bool(x and x["status"] in ("new", "open", "waiting")) for x in standing)
            ),
            "processed_requests": Decimal(len(ended) + len(self.solved())),
            "satisfaction:nps": None
            if not scores
            else Decimal(content - unhappy) * 100 / len(scores),
            "satisfaction:response": percent(replied, len(asked)),
        }

    def moved(self) -> dict[str, Figure]:
        """K1, K32, K64: money by the day it moved; what was voided never did."""
        facts, last = self.facts, self.facts.end - A_DAY
        told = [one.said for one in self.last("payment") if not one.said["voided_at"]]

        def summed(kind: str) -> Decimal | None:
            return facts.money(
                (Decimal(one["amount"]), one["currency"], day(one["paid_on"]))
                for one in told if one["kind"] == kind
            )  # fmt: skip

        owed = []
        for past in facts.world.of("invoice"):
            said = at_end(past, facts.end)
            is_bill = past[-1].said["kind"] != "credit_note" and past[-1].said["status"] != "void"
            if said is None or not is_bill or said["status"] not in ("issued", "partly_paid"):
                continue
            if not said["is_disputed"] and day(past[-1].said["due_date"]) < last:
                owed.append((Decimal(said["due"]), said["currency"], last))
        claims = [one.said for one in self.last("claim")]
        return {
            "payments": summed("payment"),
            "refunds": None if (back := summed("refund")) is None else -back,
            "expenses": summed("expense"),
            "receivables:overdue": facts.money(owed),
            "claims": Decimal(sum(facts.within(day(one["claimed_on"])) for one in claims)),
        }

    def written(self) -> dict[str, Figure]:
        """K61: of messages sent in the time; whoever did anything with one has got it."""
        sent = [
            {(one.verb, bool(one.said.get("is_machine"))) for one in past}
            for past in self.facts.world.of("message")
            if past[-1].said["recipient_kind"] != "user"
            and self.facts.was(next((one.at for one in past if one.verb == "sent"), None))
        ]
        verbs = [{verb for verb, _ in one} for one in sent]
        got = {"delivered", "opened", "clicked", "unsubscribed", "complained"}
        arrived = sum(bool(one & got) for one in verbs)
        left = sum(bool(one & {"unsubscribed", "complained"}) for one in verbs)
        lost = sum("bounced" in one for one in verbs)
        return {
            "message_rates:click_to_open": percent(
                sum(("clicked", False) in one for one in sent),
                sum(("opened", False) in one for one in sent),
            ),
            "message_losses:bounced": percent(lost, len(sent)) if lost or arrived else None,
            "message_losses:unsubscribed": percent(left, arrived),
        }

    def speeds(self) -> dict[str, Figure]:
        """K67: within how long 95 of 100 were answered; longer than all bounds is no number."""
        found: dict[str, Figure] = {}
        for kind in ("search", "view"):
            bounds: list[float] = []
            for one in self.last("lookup"):
                if one.said["kind"] == kind and self.facts.was(one.at):
                    bounds += [
                        float("inf") if bucket["up_to_ms"] is None else bucket["up_to_ms"]
                        for bucket in one.said["buckets"] for _ in range(bucket["count"])
                    ]  # fmt: skip
            rank = -(-len(bounds) * 95 // 100)
            told = sorted(bounds)[rank - 1] if bounds else float("inf")
            found[f"lookup_time:{kind}"] = None if told == float("inf") else Decimal(int(told))
        return found

    def cut(self, name: str) -> dict[str, dict[Any, Decimal]]:
        """By dimension, what each key has; credit is that of the moment."""
        found: dict[str, dict[Any, Decimal]] = {}
        for by in ("owner", "source", "channel") if name == "leads" else ("owner", "kind"):
            sums = found[by] = {}
            for key, amount in self.pieces(name, by):
                sums[key] = sums.get(key, Decimal(0)) + amount
        return found

    def pieces(self, name: str, by: str) -> list[tuple[Any, Decimal]]:
        facts, one = self.facts, Decimal(1)
        if name == "leads":
            came = [past for past in facts.world.of("lead") if facts.was(past[0].at)]
            keys = {"owner": lambda p: p[0].said["owner_id"],
                    "source": lambda p: p[-1].said["source"],
                    "channel": lambda p: p[-1].said["channel"]}  # fmt: skip
            return [(keys[by](past), one) for past in came]
        if name == "tasks_done":
            done = [(past, since(past, "status", "done")) for past in facts.world.of("task")
                    if not dead(past)]  # fmt: skip
            return [
                (told.said["owner_id"] if by == "owner" else past[-1].said["kind"], one)
                for past, told in done if told and facts.was(told.at)
            ]  # fmt: skip
        told = [one.said for one in self.last("payment") if not one.said["voided_at"]]
        return [
            (said["owner_id"] if by == "owner" else said["category"], amount)
            for said in told
            if said["kind"] == "payment" and facts.within(day(said["paid_on"]))
            and (amount := worth(Decimal(said["amount"]), said["currency"], day(said["paid_on"])))
        ]  # fmt: skip
