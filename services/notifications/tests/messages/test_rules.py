"""The life of a message as a table."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crm_notifications.channels.rules import Purpose
from crm_notifications.messages.rules import (
    LONGEST_RETRY,
    RecipientKind,
    Status,
    Step,
    after,
    life_as_markdown,
    may_be_written_to,
    retry_after,
)

README = Path(__file__).parents[2] / "README.md"


class TestAfter:
    def test_leads_nowhere_from_cancelled_and_only_receipts_lead_on_from_sent(self) -> None:
        assert {after(Status.CANCELLED, step) for step in Step} == {None}
        ways = {step for step in Step if after(Status.SENT, step) is not None}
        assert ways == {Step.CONFIRM, Step.BOUNCE}

    def test_sends_again_only_by_a_person(self) -> None:
        ways = {
            step
            for step in Step
            for status in (Status.UNKNOWN, Status.FAILED, Status.EXPIRED, Status.BOUNCED)
            if after(status, step) in (Status.QUEUED, Status.SENDING)
        }

        assert ways == {Step.RESEND}

    def test_is_the_table_of_the_readme(self) -> None:
        assert life_as_markdown() in README.read_text()


class TestRetryAfter:
    def test_doubles_up_to_half_an_hour(self) -> None:
        waits = [retry_after(attempts) for attempts in range(40)]

        assert waits[:3] == [timedelta(seconds=5), timedelta(seconds=10), timedelta(seconds=20)]
        assert waits == sorted(waits)
        assert waits[-1] == LONGEST_RETRY


EARLIER, LATER = "2026-11-01T09:00:00+02:00", "2026-11-01T08:00:00Z"


def consent(
    purpose: str, *, granted: bool, channel: str | None = "email", at: str = EARLIER
) -> dict[str, Any]:
    return {"purpose": purpose, "channel": channel, "granted": granted, "at": at}


class TestMayBeWrittenTo:
    @pytest.mark.parametrize(
        ("purpose", "consents", "may"),
        [
            (Purpose.SERVICE, [], True),
            (Purpose.SERVICE, None, True),
            (Purpose.SERVICE, [consent("service", granted=False)], False),
            (Purpose.MARKETING, [], False),
            (Purpose.MARKETING, None, False),
            (Purpose.MARKETING, [consent("marketing", granted=True)], True),
            (Purpose.MARKETING, [consent("marketing", granted=True, channel="sms")], False),
            (Purpose.MARKETING, [consent("marketing", granted=True, channel=None)], True),
            (
                Purpose.MARKETING,
                [consent("marketing", granted=True), consent("marketing", granted=False)],
                False,
            ),
            (
                Purpose.MARKETING,
                [
                    consent("marketing", granted=True, at=LATER),
                    consent("marketing", granted=False),
                ],
                True,
            ),
            (
                Purpose.MARKETING,
                [
                    consent("marketing", granted=False, at=LATER),
                    consent("marketing", granted=True, channel=None),
                ],
                False,
            ),
            (Purpose.SURVEY, [consent("marketing", granted=True)], False),
            (Purpose.SURVEY, "yes", False),
        ],
    )
    def test_goes_by_what_the_client_said(
        self, purpose: Purpose, consents: object, may: bool
    ) -> None:
        said = may_be_written_to(
            consents, purpose=purpose, channel="email", kind=RecipientKind.CONTACT
        )

        assert said is may

    def test_does_not_ask_staff(self) -> None:
        assert may_be_written_to(
            None, purpose=Purpose.MARKETING, channel="email", kind=RecipientKind.USER
        )
