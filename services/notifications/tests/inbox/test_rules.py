"""M9, M10: who is told what of an event."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from crm_notifications.inbox.rules import Digest, Kind, Told, may_hear, next_digest, told_by
from crm_shared.actor import Actor, Role
from crm_shared.ids import new_id

ME, OTHER = new_id(), new_id()


def envelope(type_: str, actor: UUID = OTHER, **data: Any) -> dict[str, Any]:
    return {"type": type_, "actorid": str(actor), "subject": str(new_id()), "data": data}


def snapshot(**facts: Any) -> dict[str, Any]:
    return {name: _plain(value) for name, value in facts.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [str(one) for one in value]
    return str(value) if isinstance(value, UUID) else value


class TestToldBy:
    @pytest.mark.parametrize(
        ("event", "kind"),
        [
            (
                envelope(
                    "crm.contacts.task.created.v1", task=snapshot(assignee_id=ME, owner_id=ME)
                ),
                Kind.ASSIGNED,
            ),
            (
                envelope(
                    "crm.deals.deal.updated.v1", deal=snapshot(owner_id=ME), changed=["owner_id"]
                ),
                Kind.ASSIGNED,
            ),
            (
                envelope("crm.contacts.note.created.v1", note=snapshot(mentioned_ids=[ME])),
                Kind.MENTIONED,
            ),
            (
                envelope("crm.reporting.alarm.raised.v1", alarm=snapshot(user_ids=[ME])),
                Kind.ALARM,
            ),
            (
                envelope(
                    "crm.reporting.report_schedule.disabled.v1",
                    report_schedule=snapshot(owner_id=ME),
                ),
                Kind.ALARM,
            ),
            (envelope("crm.contacts.task.reminded.v1", task=snapshot(owner_id=ME)), Kind.DUE),
            (envelope("crm.deals.deal.rotting.v1", deal=snapshot(owner_id=ME)), Kind.OVERDUE),
            (
                envelope(
                    "crm.contacts.task.escalated.v1",
                    task=snapshot(owner_id=OTHER),
                    escalated_to_id=str(ME),
                ),
                Kind.ESCALATED,
            ),
            (
                envelope(
                    "crm.contacts.activity.rescheduled.v1",
                    activity=snapshot(owner_id=OTHER, user_ids=[ME, OTHER]),
                ),
                Kind.RESCHEDULED,
            ),
            (
                envelope("crm.deals.approval.requested.v1", approval=snapshot(approver_ids=[ME])),
                Kind.APPROVAL_ASKED,
            ),
            (
                envelope("crm.deals.approval.rejected.v1", approval=snapshot(requested_by=ME)),
                Kind.APPROVAL_ANSWERED,
            ),
            (
                envelope("crm.notifications.message.failed.v1", message=snapshot(owner_id=ME)),
                Kind.ALARM,
            ),
        ],
    )
    def test_names_whom_it_concerns(self, event: dict[str, Any], kind: Kind) -> None:
        assert told_by(event) == [Told(kind, ME)]

    def test_tells_all_administrators_of_an_alarm(self) -> None:
        alarmed = envelope("crm.contacts.export.alarmed.v1", export={"noun": "contact"})

        assert told_by(alarmed) == [Told(Kind.ALARM, role=Role.ADMIN)]

    @pytest.mark.parametrize(
        "event",
        [
            envelope("crm.deals.deal.created.v1", actor=ME, deal=snapshot(owner_id=ME)),
            envelope("crm.deals.deal.updated.v1", deal=snapshot(owner_id=ME), changed=["amount"]),
            envelope("crm.deals.deal.created.v1", deal=snapshot(owner_id=None)),
            envelope("crm.deals.deal.created.v1", deal=snapshot(owner_id="nobody")),
            envelope("crm.deals.deal.created.v1"),
            envelope("crm.deals.deal.updated.v1", deal=snapshot(owner_id=ME), changed=7),
            envelope("crm.contacts.note.created.v1", note={"mentioned_ids": 1}, previous="x"),
            envelope("crm.deals.approval.requested.v1", approval={"approver_ids": "me"}),
            envelope("crm.contacts.activity.rescheduled.v1", activity=["odd"]),
            envelope(
                "crm.contacts.note.updated.v1",
                note=snapshot(mentioned_ids=[ME]),
                previous=snapshot(mentioned_ids=[ME]),
            ),
        ],
    )
    def test_tells_nobody_what_is_no_news(self, event: dict[str, Any]) -> None:
        assert told_by(event) == []


class TestNextDigest:
    @pytest.mark.parametrize(
        ("digest", "now", "expected"),
        [
            (Digest.DAILY, "2026-11-20T05:59:00", "2026-11-20T06:00:00"),
            (Digest.DAILY, "2026-11-20T06:00:00", "2026-11-21T06:00:00"),
            (Digest.WEEKLY, "2026-11-20T06:00:00", "2026-11-23T06:00:00"),
            (Digest.WEEKLY, "2026-11-23T05:00:00", "2026-11-23T06:00:00"),
        ],
    )
    def test_is_at_eight_of_the_companys_clock(
        self, digest: Digest, now: str, expected: str
    ) -> None:
        at = datetime.fromisoformat(now).replace(tzinfo=UTC)

        due = next_digest(digest, at, ZoneInfo("Europe/Kyiv"))

        assert due == datetime.fromisoformat(expected).replace(tzinfo=UTC)


class TestMayHear:
    @pytest.mark.parametrize(
        ("role", "noun", "is_own", "expected"),
        [
            (Role.ACCOUNTANT, "contact", False, False),
            (Role.ACCOUNTANT, "task", True, True),
            (Role.ACCOUNTANT, "deal", False, True),
            (Role.MARKETING, "deal", False, False),
            (Role.VIEWER, "contact", False, True),
            (Role.SELLER, "deal", False, False),
        ],
    )
    def test_goes_no_further_than_one_may_read(
        self, role: Role, noun: str, is_own: bool, expected: bool
    ) -> None:
        actor = Actor(ME, role, frozenset())

        assert may_hear(actor, noun, ME if is_own else OTHER, None) is expected
