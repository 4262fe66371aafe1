"""R1: a report that is due becomes one letter to its reader, with a link that proves itself."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.consumers import SUBSCRIPTIONS
from crm_notifications.deliveries.rules.links import REPORT_DUE, Links, report_url
from crm_notifications.messages.models import Message
from crm_notifications.testing import make_rule, make_template
from crm_shared.clock import utc_now
from crm_shared.events.envelope import AnyEvent, Envelope
from crm_shared.ids import new_id
from crm_shared.links import read_link

KEY = "k" * 32


async def test_a_report_that_is_due_is_one_letter_to_its_reader(session: AsyncSession) -> None:
    words = {"subject": "{{ report.title }}", "text": "{{ report.url }}"}
    template = make_template(texts={"uk": words})
    session.add(template)
    await session.flush()
    session.add(make_rule(template, event_type=REPORT_DUE, recipient="owner"))
    await session.flush()
    reader, delivery = new_id(), new_id()
    [rules] = [one for one in SUBSCRIPTIONS if one.durable == "notifications-report-message-rules"]

    for _again in range(2):
        await rules.handle(session, [due(reader, delivery)])

    [message] = await session.scalars(select(Message))
    assert (message.recipient_kind, message.recipient_id) == ("user", reader)
    assert message.facts["report"] == {"title": "Sellers"}
    names = (
        "source_type", "subject_id", "created_at", "recipient_kind", "recipient_id", "owner_id",
    )  # fmt: skip
    row = {name: getattr(message, name) for name in names}
    url = report_url(Links("https://crm.example.org", KEY), row)
    assert url is not None
    where, _slash, token = url.rpartition("/")
    assert where == "https://crm.example.org/v1/reports/sent"
    assert read_link(KEY, "report", token, now=utc_now()) == delivery
    later = utc_now() + timedelta(days=8)
    assert read_link(KEY, "report", token, now=later) is None
    # it opens with its reader's rights: whoever else a rule writes to gets no link
    for somebody in ({"recipient_id": new_id()}, {"recipient_kind": "team"}):
        assert report_url(Links("https://crm.example.org", KEY), row | somebody) is None
    other = row | {"source_type": "crm.deals.deal.created.v1"}
    assert report_url(Links("https://crm.example.org", KEY), other) is None


def due(reader: Any, delivery: Any) -> Envelope[AnyEvent]:
    """Return the event as reporting tells it; told again it is the same one."""
    report = {"owner_id": str(reader), "team_id": None, "schedule_id": str(reader)}
    report |= {"report": "sellers", "heading": "Sellers", "format": "html", "language": "en"}
    return Envelope[AnyEvent].model_validate(
        {
            "id": delivery, "source": "/crm/reporting", "type": REPORT_DUE, "subject": delivery,
            "time": utc_now(), "dataschema": "/contracts/x.json", "recordedtime": utc_now(),
            "revision": 1, "actorid": new_id(), "correlationid": delivery,
            "data": {"report": report},
        }
    )  # fmt: skip
