"""S3: what a role may not see leaves an event wherever the event tells it."""

from typing import Any

from crm_notifications.feed.rules import veiled
from crm_notifications.nouns.catalogue import SHOWN
from crm_notifications.stream.rules import may_listen
from crm_shared.actor import Access, Actor, Role, Scope
from crm_shared.ids import new_id

HIDDEN = SHOWN.widened(
    {"deal": frozenset({"amount", "stage_id"}), "line_item": frozenset({"unit_price"})}
)


def told(kind: str, **data: Any) -> dict[str, Any]:
    shown: dict[str, Any] = veiled({"type": f"crm.deals.{kind}.v1", "data": data}, HIDDEN)["data"]
    return shown


class TestS3VeiledEvents:
    def test_lose_snapshot_changes_and_previous_values(self) -> None:
        deal = {"amount": "7", "expected_amount": "7", "stage_id": "x", "source": "fair"}
        shown = told(
            "deal.stage_changed",
            deal=deal,
            changed=["amount", "source", "stage_id"],
            previous={"amount": "6", "source": None},
            from_stage={"label": "New"},
            to_stage={"label": "Won"},
            reopened=False,
        )

        assert shown == {
            "deal": {"source": "fair"},
            "changed": ["source"],
            "previous": {"source": None},
            "reopened": False,
        }

    def test_of_other_nouns_do_not_tell_the_deal(self) -> None:
        lead = {"status": "converted"}
        shown = told("lead.converted", lead=lead, deal_id="d", amount="7", currency="UAH")

        assert shown == {"lead": lead, "deal_id": "d", "currency": "UAH"}

    def test_keep_lines_without_what_is_hidden_of_them(self) -> None:
        line = {"product_label": "Tea", "unit_price": "5"}

        shown = told("quote.sent", quote={"line_items": [line]})

        assert shown == {"quote": {"line_items": [{"product_label": "Tea"}]}}


class TestNewsOfConversations:
    def test_are_for_whoever_has_them(self) -> None:
        seller = Access(Actor(new_id(), Role.SELLER), Scope.OWN)

        assert may_listen(seller, "conversation", seller.actor.id, None)
        assert not may_listen(seller, "conversation", new_id(), None)
