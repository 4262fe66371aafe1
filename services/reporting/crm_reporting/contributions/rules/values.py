"""What is known of a deal (facts) and what it adds (rows)."""

from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum
from typing import NamedTuple
from uuid import UUID

# Rounded where they arise: a sum of rounded parts is the same in whatever batches it was added.
MEASURE = Decimal("0.000001")
GONE = frozenset({"deleted", "merged"})


class Part(IntEnum):
    """What a row counts; the numbers stand in the database and never change."""

    CREATED = 1  # on the day of creation
    UNDATED = 2  # a deal whose creation date nobody knows: left out of flows, shown as coverage
    WON = 3  # the closing in force (`restate`); passed: told of within a day
    LOST = 4
    WON_BOOKED = 5  # what `ledger` adds to it: earlier closings, their reversals, corrections
    LOST_BOOKED = 6
    VISIT = 7  # first entry to a stage; without a stage: to the pipeline
    STAY = 8  # open and unchanged from a day until a day
    DUE = 9  # open now, by the expected closing day
    STANDING = 10  # open now, by the day it entered its stage
    REACHED = 11  # counters only: of the visits to a stage, those that later reached `target`
    # what lines say of the closing in force, and what a ledger books beside it
    PROFIT = 12  # the won amount less the cost of the goods, where all costs are known
    PROFIT_BOOKED = 13
    KIND_SOLD = 14  # by kind of sale beside the base (cross, up, over): its part of the won amount
    KIND_SOLD_BOOKED = 15
    AGREED = 16  # on the day of the agreement; passed: won, dropped: broken down
    COMMITTED = 17  # of what is due, the deals whose probability makes them a commitment
    LOST_TO = 18  # kind: the competitor
    CREDIT = 19  # what a split of credit gives to others than the owner, and takes from him
    # leads; kind: where they came from, of a refusal its reason
    LEAD = 20  # passed: became a deal, dropped: turned down; measure: seconds to the first answer
    LEAD_STAY = 21  # open and unchanged from a day until a day
    LEAD_CONVERTED = 22
    LEAD_REFUSED = 23
    LEAD_LATE = 24  # nobody answered by the deadline; passed: answered after it
    # work; kind: of activity, of task
    ACTIVITY = 30  # took place; measure: seconds
    PROMISE = 31  # by its due day; passed: kept, dropped: broken
    TASK = 32  # by its due day; passed: done by then, zero: done later; measure: seconds late
    TASK_DONE = 33  # passed: what a rule asked for; measure: seconds since it was given
    TASK_UNDATED = 34
    CALL = (
        35  # kind: direction; passed: answered, zero: inbound, repeated ones once; measure: spoken
    )
    CALL_MISSED = 36  # inbound, answered by nobody, the repeated ones once
    # cases; kind: topic
    CASE = 40  # passed: answered, dropped: past the limit; measure: seconds to the answer
    CASE_SOLVED = 41  # passed: for good; measure: seconds worked on
    CASE_STAY = 42
    FEEDBACK = 43  # kind: scale; passed: content, dropped: unhappy; measure: score
    FEEDBACK_ASKED = 44  # passed: answered
    # money; kind of an invoice's part: nothing, of an expense: category, of a claim: kind
    INVOICED = 50
    INVOICE_DUE = 51  # by its due day; passed: paid by then; measure: days late
    RECEIVABLE = 52  # still to be paid, from a day until a day
    OVERDUE = 53
    PAID = 54
    REFUNDED = 55  # amount below nought
    EXPENSE = 56
    CLAIM = 57
    INVOICE_WRONG = 58  # voided because of a mistake, by the day of issue
    APPROVAL = 60  # by the day of the decision; passed: approved; measure: seconds
    APPROVAL_STAY = 61
    # messages by the day they were sent; kind: variant of a mailing, amount: cost
    MESSAGE = 65
    MESSAGE_DELIVERED = 66
    MESSAGE_OPENED = 67  # passed: by a person
    MESSAGE_CLICKED = 68
    MESSAGE_BOUNCED = 69
    MESSAGE_UNSUBSCRIBED = 70
    CREDIT_BOOKED = 71
    COSTED = 72  # the won amount of a deal whose costs are all known
    COSTED_BOOKED = 73
    EXTENDED = 74  # a won deal that has other kinds of sale than the base
    EXTENDED_BOOKED = 75
    ACTIVITY_STAY = 76  # planned, from a day until a day
    CLIENT_STAY = 77  # a company or person in somebody's care, from a day until a day
    # what is still to be done, by its due day; measure: seconds it is planned to take
    TASK_PLANNED = 80
    ACTIVITY_PLANNED = 81
    # answers of the services; kind: up to how many milliseconds they took
    LOOKUP_SEARCH = 82
    LOOKUP_VIEW = 83
    # what a split of credit does with PROFIT and COSTED
    PROFIT_CREDIT = 84
    PROFIT_CREDIT_BOOKED = 85
    COSTED_CREDIT = 86
    COSTED_CREDIT_BOOKED = 87
    APPROVAL_ROUND = 88  # of a decision: how often it was asked for
    # a sale that was paid back in full: what it is as WON, taken off, and so it is no purchase
    UNSOLD = 89
    UNSOLD_BOOKED = 90
    BROKEN = 91  # of these the agreed ones: a breakdown on the day of the refund, in books alone
    BROKEN_BOOKED = 92


BOOKED = {
    Part.WON: Part.WON_BOOKED,
    Part.LOST: Part.LOST_BOOKED,
    Part.PROFIT: Part.PROFIT_BOOKED,
    Part.KIND_SOLD: Part.KIND_SOLD_BOOKED,
    Part.CREDIT: Part.CREDIT_BOOKED,
    Part.COSTED: Part.COSTED_BOOKED,
    Part.EXTENDED: Part.EXTENDED_BOOKED,
    Part.PROFIT_CREDIT: Part.PROFIT_CREDIT_BOOKED,
    Part.COSTED_CREDIT: Part.COSTED_CREDIT_BOOKED,
    Part.UNSOLD: Part.UNSOLD_BOOKED,
    Part.BROKEN: Part.BROKEN_BOOKED,
}
CLOSINGS = frozenset({*BOOKED, *BOOKED.values()})
# Open from a day until a day: counted in on the first, out on the last.
STAYS = frozenset(
    {
        Part.STAY, Part.LEAD_STAY, Part.CASE_STAY, Part.RECEIVABLE, Part.OVERDUE,
        Part.APPROVAL_STAY, Part.ACTIVITY_STAY, Part.CLIENT_STAY,
    }
)  # fmt: skip
# What stands now, by a day that says something of it; kept by days only.
STANDING = frozenset({Part.DUE, Part.COMMITTED, Part.STANDING})
# Counted also by stage; all others have no stage.
STAGED = frozenset({Part.VISIT, Part.REACHED, Part.STAY, Part.DUE, Part.COMMITTED, Part.STANDING})
# Flows are kept by channel and by kind too; a deal's way and stocks are not.
FLOWS = frozenset(Part) - STAGED - STAYS


class Line(NamedTuple):
    """What was sold of a product: of which kind the sale is, and what the goods cost."""

    product: UUID
    total: Decimal
    kind: str = "base"
    cost: Decimal | None = None


class Credit(NamedTuple):
    """Whose work a deal is: the shares of a deal make 100."""

    user: UUID
    share: Decimal


class Fact(NamedTuple):
    """A deal as one of its revisions left it."""

    deal_id: UUID
    revision: int
    verb: str
    at: datetime
    recorded_at: datetime
    owner: UUID | None
    team: UUID | None
    pipeline: UUID
    stage: UUID
    outcome: str
    probability: int
    amount: Decimal | None
    currency: str
    company: UUID | None
    contact: UUID | None
    channel: str | None
    created_at: datetime
    created_at_known: bool
    won_at: datetime | None
    lost_at: datetime | None
    expected_on: date | None
    is_void: bool
    from_stage: UUID | None
    from_position: int | None
    to_position: int | None
    reason: UUID | None
    competitor: UUID | None
    agreed_at: datetime | None
    credits: tuple[Credit, ...]
    lines: tuple[Line, ...]

    @property
    def customer(self) -> UUID | None:
        """Who buys: the company, else the person."""
        return self.company or self.contact

    @property
    def is_open(self) -> bool:
        return self.outcome == "open" and self.verb not in GONE

    @property
    def weighted(self) -> Decimal | None:
        """The amount times the probability in percent."""
        if self.amount is None:
            return None
        return (self.amount * self.probability / 100).quantize(MEASURE)


class Row(NamedTuple):
    """One contribution. `product` is set only on rows of a deal's split by product.

    `kind` is what the part is sorted by: a reason, a source, a topic.
    """

    part: Part
    day: date
    until_day: date | None
    at: datetime
    owner: UUID | None
    team: UUID | None
    pipeline: UUID
    stage: UUID | None
    product: UUID | None
    company: UUID | None
    customer: UUID | None
    channel: str | None
    kind: str | None
    currency: str
    n: int
    priced: int
    zero: int
    amount: Decimal | None
    measure: Decimal | None
    active: Decimal | None
    passed: bool
    dropped: bool
    reached: tuple[UUID, ...]
