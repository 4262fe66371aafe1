"""The story every proof across services begins with: one deal moves, three services react."""

from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

import httpx

MOVED = "crm.deals.deal.stage_changed.v1"


class Company(Protocol):
    """Where the story is told: in this process, or in processes of their own."""

    def client(self, service: str) -> httpx.AsyncClient:
        """Return an admin's client of a service."""
        ...

    async def settle(self) -> object:
        """Come back when nothing moves any more."""
        ...

    async def count(self, service: str, statement: str, one: UUID) -> int:
        """Count rows in a service's database."""
        ...


@dataclass(frozen=True)
class Reactions:
    """What the three services did about one deal."""

    tasks: list[dict[str, Any]]
    messages: list[dict[str, Any]]
    facts: int


class Story:
    """Prepares the company over HTTP and moves deals the way people do."""

    def __init__(self, system: "Company") -> None:
        self.system = system
        self.contacts = system.client("contacts")
        self.deals = system.client("deals")
        self.notifications = system.client("notifications")
        self.team: UUID
        self.seller: UUID
        self.contact: UUID
        self.stages: dict[str, UUID] = {}

    async def prepare(self) -> None:
        """Make team, seller, client, pipeline, task rule, template and message rule."""
        head = await self.make(
            self.contacts, "/v1/users", name="Olena Head", email="head@example.org", role="head"
        )
        team = await self.make(self.contacts, "/v1/teams", name="North", head_id=head["id"])
        self.team = UUID(team["id"])
        seller = await self.make(
            self.contacts,
            "/v1/users",
            name="Taras Seller",
            email="seller@example.org",
            role="seller",
            team_ids=[team["id"]],
        )
        self.seller = UUID(seller["id"])
        contact = await self.make(
            self.contacts,
            "/v1/contacts",
            first_name="Ірина",
            last_name="Клієнтка",
            emails=[{"value": "client@example.org", "is_primary": True}],
            owner_id=seller["id"],
        )
        self.contact = UUID(contact["id"])
        await self._pipeline()
        await self._rules()
        await self.system.settle()

    async def _pipeline(self) -> None:
        stages = [
            {"label": "New", "probability": 10, "outcome": "open"},
            {"label": "Proposal", "probability": 50, "outcome": "open"},
            {"label": "Won", "probability": 100, "outcome": "won"},
            {"label": "Lost", "probability": 0, "outcome": "lost"},
        ]
        pipeline = await self.make(self.deals, "/v1/pipelines", label="Story", stages=stages)
        self.pipeline = UUID(pipeline["id"])
        self.stages = {stage["label"]: UUID(stage["id"]) for stage in pipeline["stages"]}

    async def _rules(self) -> None:
        await self.make(
            self.contacts,
            "/v1/task-rules",
            name="Call after a move",
            event_type=MOVED,
            conditions={"field": "to_stage.outcome", "op": "eq", "value": "open"},
            tasks=[{"title": {"en": "Call the client"}, "kind": "call", "due_in": "P1D"}],
        )
        template = await self.make(
            self.notifications,
            "/v1/templates",
            name="Moved",
            texts={
                "en": {
                    "subject": "We work on it",
                    "text": "Dear {{ contact.first_name }}, your order: {{ to_stage.label }}.",
                }
            },
        )
        await self.make(
            self.notifications,
            "/v1/message-rules",
            name="Tell the client",
            event_type=MOVED,
            template_id=template["id"],
            recipient="client",
        )

    async def make(self, client: httpx.AsyncClient, path: str, **body: Any) -> dict[str, Any]:
        """POST, and insist that it was created."""
        answer = await client.post(path, json=body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def new_deal(self, **body: Any) -> dict[str, Any]:
        """Begin a deal of the seller with the client."""
        given = {
            "title": "Chairs for the library",
            "owner_id": str(self.seller),
            "contact_id": str(self.contact),
            "pipeline_id": str(self.pipeline),
            "amount": "1200.00",
            "currency": "UAH",
            **body,
        }
        return await self.make(self.deals, "/v1/deals", **given)

    async def move(self, deal: dict[str, Any], stage: str, **body: Any) -> dict[str, Any]:
        """Move a deal, and insist that it moved; closed with the first reason there is."""
        if stage in ("Won", "Lost") and "reason_id" not in body:
            known = await self.deals.get("/v1/reasons", params={"outcome": stage.lower()})
            if reasons := known.json()["items"]:
                body["reason_id"] = reasons[0]["id"]
        answer = await self.deals.put(
            f"/v1/deals/{deal['id']}/stage",
            json={"stage_id": str(self.stages[stage]), **body},
            headers={"If-Match": f'"{deal["revision"]}"'},
        )
        assert answer.status_code == 200, answer.text
        moved: dict[str, Any] = answer.json()
        return moved

    async def reactions(self, deal: dict[str, Any]) -> Reactions:
        """Look at what contacts, notifications and reporting made of a deal."""
        by_deal = {"deal_id": deal["id"]}
        tasks = await self.contacts.get("/v1/tasks", params=by_deal)
        messages = await self.notifications.get("/v1/messages", params=by_deal)
        facts = await self.system.count(
            "reporting", "SELECT count(*) FROM deal_facts WHERE deal_id = $1", UUID(deal["id"])
        )
        assert tasks.status_code == messages.status_code == 200
        return Reactions(tasks.json()["items"], messages.json()["items"], facts)
