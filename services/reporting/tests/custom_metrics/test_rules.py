"""R2: what a definition may say, and what one event comes to by it: pure."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from crm_reporting.custom_metrics.rules.checking import check
from crm_reporting.custom_metrics.rules.counting import Happened, rows_of
from crm_reporting.custom_metrics.rules.definitions import definition_of
from crm_reporting.testing import DealStory, day, named
from crm_shared.errors import InvalidError

MOVED, CREATED = "crm.deals.deal.stage_changed.v1", "crm.deals.deal.created.v1"
LEAD = "crm.contacts.lead.created.v1"
COUNT: dict[str, Any] = {"events": [CREATED], "function": "count"}
SUM: dict[str, Any] = {"events": [MOVED], "function": "sum", "field": "deal.amount"}
BIG = {"field": "deal.amount", "op": "gte", "value": 1000}


def faults(
    unit: str,
    top: dict[str, Any],
    bottom: dict[str, Any] | None = None,
    groups: dict[str, str] | None = None,
) -> list[tuple[str, str]]:
    try:
        check(unit, {"numerator": top, "denominator": bottom}, groups or {})
    except InvalidError as refused:
        return [(fault.pointer, fault.code) for fault in refused.errors]
    return []


class TestDefinition:
    @pytest.mark.parametrize(
        ("unit", "top", "bottom", "groups", "expected"),
        [
            ("count", COUNT, None, {"channel": "channel"}, []),
            ("count", {**COUNT, "events": [CREATED, LEAD]}, None, {"channel": "channel"}, []),
            ("money", SUM, None, {"kind": "deal.outcome"}, []),
            ("money", SUM, COUNT, {}, []),
            ("percent", COUNT, {**COUNT, "events": [LEAD]}, {"channel": "channel"}, []),
            ("percent", SUM, SUM, {}, []),
            ("hours", {**SUM, "field": None, "since": "deal.created_at"}, None, {}, []),
            ("minutes", {"events": ["crm.contacts.call.logged.v1"], "function": "mean",
                         "field": "call.duration_s"}, None, {}, []),
            ("score", {**SUM, "field": "deal.probability", "function": "median"}, None, {}, []),
            ("count", {**COUNT, "events": ["crm.deals.deal.eaten.v1"]}, None, {},
             [("/numerator/events/0", "unknown-event")]),
            ("count", {**COUNT, "events": [CREATED, LEAD, CREATED]}, None, {},
             [("/numerator/events/2", "twice")]),
            ("money", {**SUM, "field": "deal.colour"}, None, {},
             [("/numerator/field", "unknown-field")]),
            # told by one of the two events only
            ("count", {"events": [CREATED, LEAD], "function": "count_distinct",
                       "field": "deal.company_id"}, None, {},
             [("/numerator/field", "unknown-field")]),
            ("money", {**SUM, "field": "deal.channel"}, None, {},
             [("/numerator/field", "wrong-type")]),
            ("money", {**SUM, "field": "deal.line_items.total"}, None, {},
             [("/numerator/field", "wrong-type")]),
            ("hours", {**SUM, "field": None, "since": "deal.amount"}, None, {},
             [("/numerator/since", "wrong-type")]),
            ("money", {**SUM, "field": None}, None, {}, [("/numerator/field", "required")]),
            ("count", {**COUNT, "field": "deal.amount"}, None, {},
             [("/numerator/field", "not-asked")]),
            ("count", {**COUNT, "filter": {"field": "lead.source", "op": "eq", "value": "x"}},
             None, {}, [("/numerator/filter", "unknown-field")]),
            ("count", {**COUNT, "filter": {"and": [{**BIG, "value": "much"}]}}, None, {},
             [("/numerator/filter/and/0", "invalid-value")]),
            ("percent", COUNT, None, {}, [("/denominator", "required")]),
            ("percent", SUM, COUNT, {}, [("/denominator", "wrong-unit")]),
            ("count", SUM, None, {}, [("/unit", "wrong-unit")]),
            ("money", {**SUM, "field": "deal.probability"}, None, {}, [("/unit", "wrong-unit")]),
            # amounts in different currencies are no plain numbers
            ("score", SUM, None, {}, [("/unit", "wrong-unit")]),
            ("hours", COUNT, None, {}, [("/unit", "wrong-unit")]),
            ("count", COUNT, None, {"kind": "deal.contact_id"},
             [("/groups/kind", "personal-field")]),
            ("count", COUNT, None, {"kind": "deal.amount"}, [("/groups/kind", "not-groupable")]),
            ("count", COUNT, None, {"kind": "deal.tags"}, [("/groups/kind", "not-groupable")]),
            ("count", COUNT, {**COUNT, "events": [LEAD]}, {"pipeline": "pipeline_id"},
             [("/unit", "wrong-unit"), ("/groups/pipeline", "unknown-field")]),
        ],
    )  # fmt: skip
    def test_is_taken_or_refused_by_field_and_rule(
        self,
        unit: str,
        top: dict[str, Any],
        bottom: dict[str, Any] | None,
        groups: dict[str, str],
        expected: list[tuple[str, str]],
    ) -> None:
        assert faults(unit, top, bottom, groups) == expected

    def test_names_what_it_tells_so_that_it_can_be_hidden(self) -> None:
        side = {**SUM, "filter": BIG, "since": None}
        cost = {"events": ["crm.reporting.cost.created.v1"], "function": "count"}
        told = definition_of(UUID(int=1), 1, (side, cost), {"channel": "channel"})

        assert told.tells == ("deal.amount",)
        assert told.reads == ("costs",)
        # of every event one: what one of them hides is not told by the others
        assert told.told_by("channel") == ("cost.channel", "deal.channel")
        assert "deal.owner_id" in told.told_by("owner")

    def test_that_names_what_events_tell_no_more_is_no_definition(self) -> None:
        """After going back to an older release: it is left alone, and what is with it counted."""
        told = {"events": ["crm.deals.deal.created.v1"], "function": "sum", "filter": None}

        kept = definition_of(named("own"), 1, ({**told, "field": "deal.amount"}, None), {})
        assert kept.sides[0].currency == "deal.currency"
        for gone in ({"field": "deal.glory"}, {"field": "deal.won_at", "since": "deal.dawn"}):
            with pytest.raises(KeyError):
                definition_of(named("own"), 1, (None, {**told, **gone}), {})


class TestEvent:
    def test_comes_to_what_its_fields_say_and_lacks_what_they_do_not(self) -> None:
        story = DealStory("d", at=day("03-01"), amount="1500.5000", channel="web", currency="EUR")
        story.move("Won", at=day("03-03"))
        events = [
            Happened(one.id, one.type, one.subject, one.time, one.recordedtime, one.data.as_dict())
            for one in story.events
        ]
        sides = (
            {**SUM, "filter": BIG},
            {**COUNT, "events": [MOVED, CREATED], "function": "mean", "field": None,
             "since": "deal.created_at"},
        )  # fmt: skip
        told = definition_of(UUID(int=1), 4, sides, {"channel": "channel", "kind": "deal.is_void"})

        created, moved = (list(rows_of([told], event)) for event in events)

        assert [(row.side, str(row.value)) for row in created] == [(1, "0.0")]
        money, time = moved
        assert (str(money.value), money.currency) == ("1500.5000", "EUR")
        assert time.value == int(timedelta(days=2).total_seconds())
        assert (money.owner, money.team) == (named("Olena"), named("Kyiv"))
        assert money.keys == ["web", "false"]
        # an older event that lacks a field has no value and no group, and is counted all the same
        bare = events[1]._replace(data={"deal": {"amount": "2000"}})
        older, unmeasured = rows_of([told], bare)
        assert (older.value, older.currency, older.owner) == (Decimal(2000), "", None)
        assert older.keys == [None, None]
        assert unmeasured.value is None
        # below the condition: not counted
        small = events[1]._replace(data={"deal": {"amount": "999.99"}})
        assert [row.side for row in rows_of([told], small)] == [1]
