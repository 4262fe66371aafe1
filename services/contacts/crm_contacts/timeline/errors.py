"""Why the timeline says no."""

from uuid import UUID

from crm_shared.errors import NotFoundError


class NoSuchDealError(NotFoundError):
    problem = "deal-not-found"

    def __init__(self, deal_id: UUID) -> None:
        super().__init__(f"Nothing is known here of a deal {deal_id}.", deal_id=str(deal_id))
