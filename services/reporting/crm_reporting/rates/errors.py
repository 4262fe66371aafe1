"""Why the rates feature says no."""

from uuid import UUID

from crm_shared.errors import NotFoundError


class RateNotFoundError(NotFoundError):
    problem = "rate-not-found"

    def __init__(self, rate_id: UUID) -> None:
        super().__init__(f"There is no rate {rate_id}.", rate_id=str(rate_id))
