"""Contributions: a pure function of a deal's facts."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from crm_reporting.contributions.rules import Part, Row, contributions
from crm_reporting.contributions.rules.products import NO_PRODUCT, split
from crm_reporting.contributions.rules.subjects import subject_contributions
from crm_reporting.contributions.rules.values import Line
from crm_reporting.facts.rules import deal_facts, noun_facts
from crm_reporting.testing import DealStory, SubjectStory, line, moment, named

KYIV = ZoneInfo("Europe/Kyiv")
MARCH = moment("2026-03-02 10:00")


def rows_of(story: DealStory, *parts: Part) -> Sequence[Row]:
    rows = contributions((row.fact for row in deal_facts(story.events)), KYIV)
    return [row for row in rows if row.part in parts and row.product is None]


def booked(story: DealStory) -> dict[date, int]:
    found: dict[date, int] = {}
    for row in rows_of(story, Part.WON, Part.WON_BOOKED):
        found[row.day] = found.get(row.day, 0) + row.n
    return {day: n for day, n in sorted(found.items()) if n}


def subject_rows(story: SubjectStory, part: Part) -> Sequence[Row]:
    events = [row.event for row in noun_facts(story.events) if row.event]
    return [row for row in subject_contributions(events, KYIV) if row.part is part]


def promises(story: SubjectStory) -> list[tuple[date, bool, bool]]:
    return [(row.day, row.passed, row.dropped) for row in subject_rows(story, Part.PROMISE)]


class TestWon:
    """G1, G12, G13: the local day, who is credited, how long it took."""

    def test_counts_on_the_local_day_of_the_win(self) -> None:
        story = DealStory("deal", at=MARCH).move("Won", at=moment("2026-03-31 21:30"))

        [won] = rows_of(story, Part.WON)

        assert won.day == date(2026, 4, 1)  # 00:30 in Kyiv

    def test_is_no_stage_of_a_hundred_per_cent_and_no_expected_day(self) -> None:
        """D1, G7: 2.2 (Espo: won is a stage at 100 %, a month that of an editable day)."""
        sure = DealStory("sure", at=MARCH).move("Proposal", days=1).update(probability=100, days=1)
        sold = DealStory("sold", at=MARCH).move("Won", days=1)
        sold.update(expected_close_date=date(2026, 9, 9), days=1)

        assert not rows_of(sure, Part.WON)
        [won] = rows_of(sold, Part.WON)
        assert won.day == date(2026, 3, 3)

    def test_takes_no_answer_before_the_question_for_a_delay(self) -> None:
        """G11, K40: 2.2 (Odoo: a delay without its sign): below nought there is none."""
        first = MARCH - timedelta(hours=1)
        lead = SubjectStory("lead", "early", at=MARCH, first_responded_at=first)

        told = [row.event for row in noun_facts(lead.events) if row.event is not None]

        [came] = [row for row in subject_contributions(told, KYIV) if row.part is Part.LEAD]
        assert came.measure is None

    def test_credits_whoever_owned_the_deal_when_it_was_won(self) -> None:
        story = DealStory("deal", at=MARCH, owner_id=named("Olena")).move("Won", days=3)
        story.update(owner_id=named("Petro"), days=5)

        [won] = rows_of(story, Part.WON)

        assert won.owner == named("Olena")
        assert not rows_of(story, Part.WON_BOOKED)

    def test_measures_days_by_the_wall_clock_over_the_short_day(self) -> None:
        # 29 March 2026 has 23 hours in Kyiv
        story = DealStory("deal", at=moment("2026-03-28 10:00"))
        story.move("Won", at=moment("2026-03-30 09:00"))

        [won] = rows_of(story, Part.WON)

        assert won.measure == 2

    def test_measures_days_by_the_wall_clock_over_the_long_day(self) -> None:
        # 25 October 2026 has 25 hours in Kyiv
        story = DealStory("deal", at=moment("2026-10-24 09:00"))
        story.move("Won", at=moment("2026-10-26 10:00"))

        [won] = rows_of(story, Part.WON)

        assert won.measure == 2


class TestReopened:
    """G11: a history of intervals, in two modes."""

    def story(self) -> DealStory:
        story = DealStory("deal", at=moment("2026-03-01 10:00"))
        story.move("Won", at=moment("2026-03-11 10:00"))
        story.move("Proposal", at=moment("2026-04-05 09:00"))
        return story.move("Won", at=moment("2026-04-15 09:00"))

    def test_counts_once_in_the_closing_in_force(self) -> None:
        [won] = rows_of(self.story(), Part.WON)

        assert won.day == date(2026, 4, 15)

    def test_books_win_and_reversal_where_they_happened(self) -> None:
        assert booked(self.story()) == {
            date(2026, 3, 11): 1,
            date(2026, 4, 5): -1,
            date(2026, 4, 15): 1,
        }

    def test_differs_between_the_modes_exactly_by_the_reversal(self) -> None:
        extra = rows_of(self.story(), Part.WON_BOOKED)

        assert sorted((row.day, row.n, row.amount) for row in extra) == [
            (date(2026, 3, 11), 1, Decimal(100)),
            (date(2026, 4, 5), -1, Decimal(-100)),
        ]

    def test_measures_the_whole_span_and_the_open_part_of_it(self) -> None:
        [won] = rows_of(self.story(), Part.WON)

        # the clocks went forward on 29 March: 10:00 and 9:00 UTC are both noon in Kyiv
        assert (won.measure, won.active) == (Decimal(45), Decimal(20))

    def test_is_no_win_any_more_while_open(self) -> None:
        story = DealStory("deal", at=MARCH).move("Won", days=1).move("New", days=1)

        assert not rows_of(story, Part.WON)
        assert list(booked(story).values()) == [1, -1]

    def test_books_a_changed_amount_on_the_day_of_the_change(self) -> None:
        story = DealStory("deal", at=MARCH).move("Won", days=1).update(days=30, amount="80.0000")

        [won] = rows_of(story, Part.WON)
        extra = {row.day: row.amount for row in rows_of(story, Part.WON_BOOKED)}

        assert won.amount == 80
        assert extra == {date(2026, 3, 3): 20, date(2026, 4, 2): -20}


class TestCredits:
    """G12, K34b: 100,000 of which 40,000 are gained, 30 % the owner's, 70 % a colleague's."""

    def test_share_out_profit_and_cost_as_they_do_the_amount(self) -> None:
        olena, ivan = named("Olena"), named("Ivan")
        crane = line("crane", "100000") | {"unit_cost": "60000"}
        story = DealStory(
            "deal", at=MARCH, amount="100000", owner_id=olena, line_items=[crane],
            credits=[{"user_id": str(olena), "share": "30"},
                     {"user_id": str(ivan), "share": "70"}],
        ).move("Won", days=1)  # fmt: skip

        told = {
            part: {row.owner: (row.n, int(row.amount or 0)) for row in rows_of(story, part)}
            for part in (Part.CREDIT, Part.PROFIT_CREDIT, Part.COSTED_CREDIT)
        }

        assert told == {
            Part.CREDIT: {olena: (0, -70000), ivan: (0, 70000)},
            Part.PROFIT_CREDIT: {olena: (0, -28000), ivan: (0, 28000)},
            Part.COSTED_CREDIT: {olena: (0, -70000), ivan: (0, 70000)},
        }


class TestLost:
    def test_is_worth_what_was_hoped_for_when_it_was_open_last(self) -> None:
        """K13: setting the amount to nought afterwards does not make it a loss of nought."""
        story = DealStory("deal", at=MARCH, amount="70000").update(days=1, amount="50000")
        story.move("Lost", days=1).update(days=1, amount="0", reason_id=named("price"))

        [lost] = rows_of(story, Part.LOST)

        assert (int(lost.amount or 0), lost.kind) == (50000, str(named("price")))


class TestPromises:
    """K29: a promise is what was agreed with the client, and is broken once and for all."""

    def story(self) -> SubjectStory:
        agreed = moment("2026-11-28 10:00")
        story = SubjectStory("activity", "promise", at=moment("2026-11-20 10:00"),
                             is_promise=True, due_at=agreed, agreed_at=agreed)  # fmt: skip
        later = moment("2026-12-10 10:00")
        return story.say("rescheduled", at=moment("2026-11-27 10:00"), due_at=later)

    def test_lie_on_the_day_that_was_agreed(self) -> None:
        told = moment("2026-11-28 10:15")
        missed = self.story().say("missed", at=told, status="missed", missed_at=told)

        assert promises(missed) == [(date(2026, 11, 28), False, True)]

    def test_are_not_mended_by_taking_them_up_again(self) -> None:
        told, done = moment("2026-11-28 10:15"), moment("2026-12-03 10:00")
        story = self.story().say("missed", at=told, status="missed", missed_at=told)
        story.say("reopened", days=1, status="planned", missed_at=None)
        assert promises(story) == [(date(2026, 11, 28), False, True)]
        story.say("completed", at=done, status="done", completed_at=done)
        assert promises(story) == [(date(2026, 11, 28), False, True)]
        # agreed anew it is another promise, and called off it was still broken
        again = moment("2026-12-05 10:00")
        story.say("reopened", at=done, status="planned", completed_at=None,
                  due_at=again, agreed_at=again)  # fmt: skip
        kept = [(date(2026, 11, 28), False, True), (date(2026, 12, 5), True, False)]
        assert promises(
            story.say("completed", at=again, status="done", completed_at=again)
        ) == kept  # fmt: skip
        gone = story.say("cancelled", at=again, status="cancelled", completed_at=None)
        assert promises(gone) == kept[:1]

    def test_marked_as_missed_before_their_time_may_be_kept(self) -> None:
        early, done = moment("2026-11-27 12:00"), moment("2026-11-28 09:00")
        story = self.story().say("missed", at=early, status="missed", missed_at=early)
        story.say("reopened", at=early, status="planned", missed_at=None)
        story.say("completed", at=done, status="done", completed_at=done)

        assert promises(story) == [(date(2026, 11, 28), True, False)]


class TestCalls:
    def test_of_one_who_rings_again_came_once(self) -> None:
        """K30: of two that were missed, one repeating the other, one came and one was missed."""
        first = SubjectStory("call", "a", "logged", at=MARCH, started_at=MARCH, answered=False)
        again = SubjectStory("call", "b", "logged", at=MARCH, started_at=MARCH, answered=False,
                             repeats_call_id=first.id)  # fmt: skip

        rows = [row for one in (first, again) for row in subject_rows(one, Part.CALL)]
        missed = [row for one in (first, again) for row in subject_rows(one, Part.CALL_MISSED)]

        assert [(row.n, row.zero) for row in rows] == [(1, 1), (1, 0)]
        assert len(missed) == 1


class TestInvoices:
    def test_credited_in_full_are_due_by_no_day(self) -> None:
        """K32: our own mistake makes nobody a late payer; what was paid late still does."""
        story = SubjectStory("invoice", "a", "issued", at=MARCH, issue_date="2026-03-02",
                             due_date="2026-03-10")  # fmt: skip
        assert [row.passed for row in subject_rows(story, Part.INVOICE_DUE)] == [False]

        story.say("credited", days=2, status="credited", due="0.0000", paid_on="2026-03-04")

        assert not subject_rows(story, Part.INVOICE_DUE)
        assert [row.until_day for row in subject_rows(story, Part.RECEIVABLE)] == [date(2026, 3, 4)]


class TestGone:
    """G10: deleted, restored, void."""

    def test_leaves_everything_when_deleted_open(self) -> None:
        story = DealStory("deal", at=MARCH).move("Proposal", days=1).say("deleted", days=1)

        assert not contributions((row.fact for row in deal_facts(story.events)), KYIV)

    def test_leaves_the_books_of_closed_months_as_they_are(self) -> None:
        """G11: won in March, reopened in April, deleted: both stay where they were booked."""
        story = DealStory("deal", at=MARCH).move("Won", days=1).move("New", days=31)
        kept = rows_of(story, Part.WON_BOOKED)

        story.say("deleted", days=3)

        rows = contributions((row.fact for row in deal_facts(story.events)), KYIV)
        assert rows_of(story, Part.WON_BOOKED) == kept
        assert [(row.day, row.amount) for row in kept] == [
            (date(2026, 3, 3), Decimal(100)), (date(2026, 4, 3), Decimal(-100)),
        ]  # fmt: skip
        assert {row.part for row in rows} == {Part.WON_BOOKED}
        void = story.say("restored", days=1).update(is_void=True)
        assert not contributions((row.fact for row in deal_facts(void.events)), KYIV)

    def test_keeps_the_win_when_deleted_afterwards(self) -> None:
        story = DealStory("deal", at=MARCH).move("Won", days=1).say("deleted", days=1)

        assert rows_of(story, Part.WON)

    def test_comes_back_when_restored(self) -> None:
        story = DealStory("deal", at=MARCH).say("deleted", days=1).say("restored", days=1)

        assert rows_of(story, Part.CREATED)
        assert [row.until_day for row in rows_of(story, Part.STAY)] == [date(2026, 3, 3), None]

    def test_vanishes_from_the_past_too_when_void(self) -> None:
        story = DealStory("deal", at=MARCH).move("Won", days=1).update(is_void=True, days=9)

        assert not contributions((row.fact for row in deal_facts(story.events)), KYIV)


class TestVisits:
    def test_passes_every_stage_it_left_for_a_further_one(self) -> None:
        story = DealStory("deal", at=MARCH).move("Qualified", days=2).move("Lost", days=1)

        visits = {row.stage: row for row in rows_of(story, Part.VISIT)}

        assert visits[named("New")].passed
        assert visits[named("New")].measure == 2 * 86_400
        assert visits[named("Qualified")].dropped
        assert not visits[named("Qualified")].passed
        assert visits[None].dropped

    def test_counts_passing_over_as_passed_and_keeps_what_was_reached(self) -> None:
        story = DealStory("deal", at=MARCH).move("Proposal", days=2)

        visits = {row.stage: row for row in rows_of(story, Part.VISIT)}

        assert visits[named("New")].passed
        assert visits[named("New")].reached == (named("Proposal"),)
        assert named("Qualified") not in visits

    def test_takes_only_the_first_entry(self) -> None:
        story = DealStory("deal", at=MARCH).move("Qualified", days=1).move("New", days=1)
        story.move("Qualified", days=1)

        entered = [row for row in rows_of(story, Part.VISIT) if row.stage == named("Qualified")]

        assert [row.day for row in entered] == [date(2026, 3, 3)]

    def test_closes_one_funnel_and_opens_another_with_the_pipeline(self) -> None:
        story = DealStory("deal", at=MARCH).update(pipeline_id=named("other"), days=4)

        whole = {row.pipeline: row for row in rows_of(story, Part.VISIT) if row.stage is None}

        assert whole[named("pipeline")].dropped
        assert not whole[named("other")].dropped

    def test_leaves_out_an_entry_whose_day_nobody_knows(self) -> None:
        story = DealStory("deal", at=MARCH, dated=False)

        assert not rows_of(story, Part.VISIT, Part.CREATED)
        assert len(rows_of(story, Part.UNDATED)) == 1


class TestStays:
    def test_stands_from_day_to_day_with_what_it_was_worth(self) -> None:
        story = DealStory("deal", at=MARCH).update(amount="250.0000", days=3).move("Won", days=4)

        stays = [(row.day, row.until_day, row.amount) for row in rows_of(story, Part.STAY)]

        assert stays == [
            (date(2026, 3, 2), date(2026, 3, 5), Decimal(100)),
            (date(2026, 3, 5), date(2026, 3, 9), Decimal(250)),
        ]

    def test_leaves_out_what_did_not_last_a_day(self) -> None:
        story = DealStory("deal", at=MARCH).move("Qualified", days=0.01)

        assert [row.stage for row in rows_of(story, Part.STAY)] == [named("Qualified")]


class TestSplit:
    def test_takes_the_lines_when_they_make_the_amount(self) -> None:
        lines = [Line(named("a"), Decimal(60)), Line(named("b"), Decimal(40))]

        assert dict(split(Decimal(100), lines)) == {named("a"): 60, named("b"): 40}

    def test_spreads_a_discount_so_that_the_parts_make_the_amount(self) -> None:
        lines = [Line(named(name), Decimal(1)) for name in "abc"]

        parts = split(Decimal(100), lines)

        assert sum(part or 0 for _, part in parts) == 100

    def test_gives_all_to_no_product_without_lines(self) -> None:
        assert split(Decimal(5), []) == [(NO_PRODUCT, Decimal(5))]

    def test_shares_evenly_when_the_lines_cost_nothing(self) -> None:
        lines = [Line(named("a"), Decimal(0)), Line(named("b"), Decimal(0))]

        assert [part for _, part in split(Decimal(10), lines)] == [5, 5]

    def test_knows_no_amount_of_a_product_without_one_of_the_deal(self) -> None:
        assert split(None, [Line(named("a"), Decimal(7))]) == [(named("a"), None)]


class TestProducts:
    def test_counts_a_deal_once_per_product_and_its_money_once(self) -> None:
        story = DealStory(
            "deal", at=MARCH, amount="90.0000", line_items=[line("a", "60"), line("b", "40")]
        ).move("Won", days=1)

        rows = contributions((row.fact for row in deal_facts(story.events)), KYIV)
        won = [row for row in rows if row.part is Part.WON and row.product is not None]

        assert sorted((row.n, row.amount) for row in won) == [(1, Decimal(36)), (1, Decimal(54))]
