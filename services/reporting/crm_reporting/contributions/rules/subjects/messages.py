"""What messages to clients add, all by the day they were sent."""

from collections.abc import Iterator

from crm_reporting.contributions.rules.subjects.life import Life
from crm_reporting.contributions.rules.subjects.told import MessageTold
from crm_reporting.contributions.rules.values import Part, Row

# who refuses to hear more has got what was written
LEFT = frozenset({"unsubscribed", "complained"})
PARTS = {
    Part.MESSAGE_DELIVERED: frozenset({"delivered", "opened", "clicked"}) | LEFT,
    Part.MESSAGE_CLICKED: frozenset({"clicked"}),
    Part.MESSAGE_BOUNCED: frozenset({"bounced"}),
    Part.MESSAGE_UNSUBSCRIBED: LEFT,
}


def message_rows(life: Life[MessageTold]) -> Iterator[Row]:
    """Yield that a client was written to and what came of it; colleagues are not counted.

    A machine that opens or follows everything is no reader.
    """
    last = life.last
    sent = next((step for step in life.steps if step.verb == "sent"), None)
    if sent is None or last.recipient_kind == "user":
        return
    money = (last.cost, last.currency) if last.currency else None
    row = life.row(
        Part.MESSAGE, sent.at, by=(last.owner_id, last.team_id), channel=last.channel,
        kind=str(last.mailing_id) if last.mailing_id else None, money=money,
    )  # fmt: skip
    yield row
    of_people = {step.verb for step in life.steps if not step.told.is_machine}
    verbs = of_people | {step.verb for step in life.steps}
    plain = row._replace(currency="", amount=None, priced=0)
    for part, said in PARTS.items():
        heard = of_people if part is Part.MESSAGE_CLICKED else verbs
        if heard & said:
            yield plain._replace(part=part)
    if "opened" in verbs:
        yield plain._replace(part=Part.MESSAGE_OPENED, passed="opened" in of_people)
