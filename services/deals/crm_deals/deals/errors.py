"""Why the deals feature says no."""

from collections.abc import Iterable
from uuid import UUID

from crm_shared.errors import (
    ConflictError,
    FieldError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
)


class DealNotFoundError(NotFoundError):
    problem = "deal-not-found"

    def __init__(self, deal_id: UUID) -> None:
        super().__init__(f"There is no deal {deal_id}.", deal_id=str(deal_id))


class DealClosedError(ConflictError):
    problem = "deal-closed"

    def __init__(self, deal_id: UUID) -> None:
        super().__init__(
            "A closed deal moves only when it is reopened: send reopen: true.", deal_id=str(deal_id)
        )


class DealMovedMeanwhileError(ConflictError):
    problem = "deal-moved-meanwhile"

    def __init__(self, deal_id: UUID) -> None:
        super().__init__("Somebody else changed the deal at the same moment.", deal_id=str(deal_id))


class DealNotDeletedError(ConflictError):
    problem = "deal-not-deleted"

    def __init__(self, deal_id: UUID) -> None:
        super().__init__("Only a deleted deal can be restored.", deal_id=str(deal_id))


class ExternalIdTakenError(ConflictError):
    problem = "external-id-taken"

    def __init__(self) -> None:
        super().__init__("Another deal, perhaps a deleted one, has this external id.")


class OutsideScopeError(ForbiddenError):
    problem = "outside-scope"

    def __init__(self) -> None:
        super().__init__("The deal would belong to somebody outside your scope.")


class MayNotDateError(ForbiddenError):
    problem = "may-not-date"

    def __init__(self) -> None:
        super().__init__("Only administrators and integrations may set occurred_at.")


class UnknownDealError(InvalidError):
    def __init__(self) -> None:
        super().__init__(FieldError("/deal_id", "unknown-deal", "There is no such deal."))


class CustomerUnreliableError(ConflictError):
    problem = "customer-unreliable"

    def __init__(self) -> None:
        super().__init__(
            "The customer pays late or has broken a contract, and the pipeline takes no such deals."
        )


class NoPipelineError(ConflictError):
    problem = "no-pipeline"

    def __init__(self) -> None:
        super().__init__("There is no pipeline with an open stage yet.")


class UnknownStageError(InvalidError):
    def __init__(self, *, pointer: str = "/stage_id") -> None:
        super().__init__(FieldError(pointer, "unknown-stage", "There is no such stage to enter."))


class OtherPipelineError(InvalidError):
    problem = "other-pipeline"

    def __init__(self) -> None:
        super().__init__(
            FieldError("/stage_id", "other-pipeline", "The stage belongs to another pipeline."),
            detail="A deal moves only within its pipeline.",
        )


class UnknownNeighbourError(InvalidError):
    def __init__(self) -> None:
        super().__init__(
            FieldError("/after_id", "unknown-neighbour", "There is no such deal in this column.")
        )


class UnknownReasonError(InvalidError):
    def __init__(self, outcome: str) -> None:
        super().__init__(
            FieldError("/reason_id", "unknown-reason", f"There is no such reason for {outcome}.")
        )


class PriceListRefusedError(InvalidError):
    def __init__(self) -> None:
        super().__init__(
            FieldError(
                "/price_list_id",
                "price-list-not-valid",
                "There is no such list in the deal's currency that is valid today.",
            )
        )


class UnknownCompetitorError(InvalidError):
    def __init__(self) -> None:
        super().__init__(
            FieldError(
                "/competitor_id", "unknown-competitor", "There is no such competitor to lose to."
            )
        )


class UnknownProductError(InvalidError):
    def __init__(self, positions: Iterable[int]) -> None:
        super().__init__(
            *(
                FieldError(
                    f"/line_items/{position}/product_id",
                    "unknown-product",
                    "There is no such product.",
                )
                for position in positions
            )
        )


class AmountTooLargeError(InvalidError):
    def __init__(self) -> None:
        super().__init__(
            FieldError("/line_items", "amount-too-large", "The items come to more than fits.")
        )


class DiscountTooLargeError(InvalidError):
    def __init__(self) -> None:
        super().__init__(
            FieldError("/discount/value", "discount-too-large", "It is more than the lines make.")
        )


class RequirementsUnmetError(InvalidError):
    problem = "requirements-unmet"

    def __init__(self, errors: Iterable[FieldError]) -> None:
        super().__init__(*errors, detail="The stage asks for more than the deal has.")


class OccurredAtError(InvalidError):
    def __init__(self, code: str, detail: str) -> None:
        super().__init__(FieldError("/occurred_at", code, detail))
