"""Deals come in with their dates and owners, once, and announce what they were."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from shop_export import FILE, HEADER, OPEN, UNDATED, WON, with_field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.deals.models import Deal, StageMove
from crm_deals.events import DealCreated, DealStageChanged, DealUpdated
from crm_shared.testing.events import announced, recorded
from crm_shared.testing.imports import ImportTrial, counts

BEGAN_AT = datetime(2016, 10, 19, 21, tzinfo=UTC)
CLOSED_AT = datetime(2017, 2, 28, 22, tzinfo=UTC)


async def deal_called(session: AsyncSession, external_id: str) -> Deal:
    deal = await session.scalar(select(Deal).where(Deal.external_id == external_id))
    assert deal is not None
    return deal


class TestImportDeals:
    async def test_keeps_dates_owner_team_and_products(
        self, trial: ImportTrial, session: AsyncSession
    ) -> None:
        seen = await trial.bring_in(FILE)

        assert (seen["state"], counts(seen)) == ("completed", {"created": 4})
        won = await deal_called(session, "D1")
        assert (won.created_at, won.won_at, won.outcome) == (BEGAN_AT, CLOSED_AT, "won")
        assert won.title == "GTXPro · Кав'ярня"
        assert (won.amount, won.currency) == (Decimal(1054), "UAH")
        assert None not in (won.owner_id, won.team_id, won.company_id)
        [line] = won.line_items
        assert (line["product_label"], line["quantity"]) == ("GTX Pro", "2")

    async def test_takes_the_price_list_where_there_is_no_amount(
        self, trial: ImportTrial, session: AsyncSession
    ) -> None:
        await trial.bring_in(HEADER + OPEN)

        deal = await deal_called(session, "D2")
        assert (deal.amount, deal.company_id, deal.outcome) == (Decimal("2500.00"), None, "open")

    async def test_announces_a_closed_deal_in_two_events_of_the_past(
        self, trial: ImportTrial, session: AsyncSession
    ) -> None:
        import_id = await trial.queue(HEADER + WON)
        await trial.finish(import_id)

        [created] = await recorded(session, DealCreated)
        [moved] = await recorded(session, DealStageChanged)
        assert (created.time, created.revision, created.bulk) == (BEGAN_AT, 1, True)
        assert (moved.time, moved.revision, moved.bulk) == (CLOSED_AT, 2, True)
        assert (moved.data.from_stage.label, moved.data.to_stage.label) == ("New", "Won")
        assert str(moved.correlationid) == import_id
        moves = await session.scalars(select(StageMove).order_by(StageMove.revision))
        assert [move.occurred_at for move in moves] == [BEGAN_AT, CLOSED_AT]

    async def test_lets_a_closed_deal_begin_where_the_mapping_says(
        self, trial: ImportTrial, session: AsyncSession
    ) -> None:
        began = {"constant": "Proposal", "by": "label"}

        await trial.bring_in(HEADER + WON, mapping=with_field("first_stage_id", began))

        [moved] = await recorded(session, DealStageChanged)
        assert moved.data.from_stage.label == "Proposal"

    async def test_says_when_it_does_not_know_the_beginning(
        self, trial: ImportTrial, session: AsyncSession
    ) -> None:
        await trial.bring_in(HEADER + UNDATED)

        [created] = await recorded(session, DealCreated)
        assert created.data.deal.created_at_known is False
        assert (await deal_called(session, "D3")).owner_id is None

    async def test_changes_nothing_and_says_nothing_the_second_time(
        self, trial: ImportTrial, session: AsyncSession
    ) -> None:
        await trial.bring_in(FILE)
        before = len(await announced(session))

        seen = await trial.bring_in(FILE)

        assert counts(seen) == {"unchanged": 4}
        assert len(await announced(session)) == before

    async def test_changes_what_differs(self, trial: ImportTrial, session: AsyncSession) -> None:
        await trial.bring_in(FILE)

        seen = await trial.bring_in(FILE.replace(",500", ",700"))

        assert counts(seen) == {"updated": 1, "unchanged": 3}
        [updated] = await recorded(session, DealUpdated)
        assert (updated.data.changed, updated.bulk) == (["amount"], True)

    async def test_closes_a_deal_on_the_day_it_was_closed(
        self, trial: ImportTrial, session: AsyncSession
    ) -> None:
        await trial.bring_in(HEADER + OPEN)

        seen = await trial.bring_in(HEADER + "D2,Anna,GTX Pro,,Won,11/5/2016,3/1/2017,\n")

        assert counts(seen) == {"updated": 1}
        [moved] = await recorded(session, DealStageChanged)
        assert (moved.time, moved.data.to_stage.outcome) == (CLOSED_AT, "won")

    async def test_looks_and_writes_nothing_in_a_dry_run(
        self, trial: ImportTrial, session: AsyncSession
    ) -> None:
        wrong = "D5,Anna,GTX Pro,,New,13/45/2016,,\n"

        seen = await trial.bring_in(FILE + wrong, dry_run=True)

        assert (seen["state"], counts(seen)) == ("completed", {"created": 4, "failed": 1})
        assert await trial.faults(seen["id"]) == [(6, "began", "invalid-date")]
        assert (await announced(session), await session.scalar(select(Deal.id))) == ([], None)


class TestBadRows:
    async def test_do_not_stop_their_neighbours(self, trial: ImportTrial) -> None:
        bad: dict[str, Any] = {
            "A,Anna,GTX Pro,,New,2/30/2017,,": ("began", "invalid-date"),
            "B,Anna,GTX Pro,,New,1/2/2017,,many": ("value", "invalid-number"),
            "C,Anna,GTX Pro,,New,1/2/2017,,-5": ("value", "greater_than_equal"),
            "D,Anna,GTX Pro,,Sold,1/2/2017,,5": ("stage", "unknown-reference"),
            "E,Anna,GTX 9,,New,1/2/2017,,5": ("product", "unknown-reference"),
            "F,Anna,GTX Pro,,Won,3/2/2017,3/1/2017,5": ("closed", "before-created"),
            "G,Anna,GTX Pro,,Won,3/2/2017,,5": ("closed", "required"),
            "H,Anna,GTX Pro,,New,1/2/2217,,5": ("began", "in-the-future"),
            "J,Anna,GTX Pro,,New,1/1/0001,,5": ("began", "invalid-date"),
            "I,Anna,GTX Pro": (None, "wrong-cell-count"),
            ",Anna,GTX Pro,,New,1/2/2017,,5": ("id", "no-external-id"),
            "D1,Anna,GTX Pro,,New,1/2/2017,,5": ("id", "repeated-external-id"),
        }

        seen = await trial.bring_in(HEADER + WON + "\n".join(bad) + "\n" + OPEN)

        assert counts(seen) == {"created": 2, "failed": len(bad)}
        told = [(column, code) for _, column, code in await trial.faults(seen["id"])]
        assert told == list(bad.values())

    async def test_of_a_currency_that_is_none_are_named(self, trial: ImportTrial) -> None:
        mapping = with_field("currency", {"column": "account", "aliases": {"Кав'ярня": "EUR"}})
        rows = WON + "D9,Anna,GTX Pro,XBT,New,1/2/2017,,5\n"
        mapping["fields"] = {k: v for k, v in mapping["fields"].items() if k != "company_id"}

        seen = await trial.bring_in(HEADER + rows, mapping=mapping)

        assert counts(seen) == {"created": 1, "failed": 1}
        assert await trial.faults(seen["id"]) == [(3, "account", "unknown-currency")]

    async def test_are_found_when_only_the_database_refuses_them(self, trial: ImportTrial) -> None:
        await trial.bring_in(HEADER + WON)
        await trial.sql("UPDATE deals SET deleted_at = now()")

        seen = await trial.bring_in(FILE)

        assert counts(seen) == {"created": 3, "failed": 1}
        assert await trial.faults(seen["id"]) == [(2, None, "external-id-taken")]

    async def test_that_repeat_an_id_are_passed_over_when_the_mapping_says_so(
        self, trial: ImportTrial
    ) -> None:
        mapping = {**with_field("title", "product"), "on_duplicate": "skip"}

        seen = await trial.bring_in(HEADER + WON + WON + OPEN, mapping=mapping)

        assert (counts(seen), seen["rows_done"]) == ({"created": 2, "skipped": 1}, 3)

    async def test_are_listed_as_a_file_that_calculates_nothing(self, trial: ImportTrial) -> None:
        header = HEADER.replace("began", "=began")
        mapping = with_field("created_at", {"column": "=began", "format": "%m/%d/%Y"})
        seen = await trial.bring_in(header + UNDATED.replace("New,,", "New,x,"), mapping=mapping)

        answer = await trial.client.get(
            f"{trial.path}/{seen['id']}/errors", headers={"Accept": "text/csv"}
        )

        assert answer.headers["content-type"].startswith("text/csv")
        assert answer.text.splitlines()[:2] == [
            "row,column,code,detail",
            "2,'=began,invalid-date,There is no such date (%m/%d/%Y).",
        ]


class TestImportProducts:
    async def test_brings_in_a_price_list_once(self, trial: ImportTrial) -> None:
        fields = {"label": "name", "price": {"column": "price", "decimal": ","}}
        mapping = {"external_id": "name", "fields": fields}
        file = "name;price\nOak chair;1 250,50\nBench;дорого\n"

        first = await trial.bring_in(file, noun="product", mapping=mapping)
        second = await trial.bring_in(file, noun="product", mapping=mapping)

        assert counts(first) == {"created": 1, "failed": 1}
        assert counts(second) == {"unchanged": 1, "failed": 1}
        assert await trial.faults(first["id"]) == [(3, "price", "invalid-number")]
