"""Why the competitors feature says no."""

from uuid import UUID

from crm_shared.errors import ConflictError, NotFoundError


class CompetitorNotFoundError(NotFoundError):
    problem = "competitor-not-found"

    def __init__(self, competitor_id: UUID) -> None:
        super().__init__(
            f"There is no competitor {competitor_id}.", competitor_id=str(competitor_id)
        )


class CompetitorLabelTakenError(ConflictError):
    problem = "competitor-label-taken"

    def __init__(self) -> None:
        super().__init__("Another competitor has this label.")


class CompetitorExternalIdTakenError(ConflictError):
    problem = "competitor-external-id-taken"

    def __init__(self) -> None:
        super().__init__("Another competitor, perhaps a deleted one, has this external id.")
