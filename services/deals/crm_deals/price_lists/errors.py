"""Why the price lists feature says no."""

from uuid import UUID

from crm_shared.errors import ConflictError, FieldError, InvalidError, NotFoundError


class PriceListNotFoundError(NotFoundError):
    problem = "price-list-not-found"

    def __init__(self, price_list_id: UUID) -> None:
        super().__init__(
            f"There is no price list {price_list_id}.", price_list_id=str(price_list_id)
        )


class PriceListLabelTakenError(ConflictError):
    problem = "price-list-label-taken"

    def __init__(self) -> None:
        super().__init__("Another price list has this label.")


class PriceListExternalIdTakenError(ConflictError):
    problem = "price-list-external-id-taken"

    def __init__(self) -> None:
        super().__init__("Another price list, perhaps a deleted one, has this external id.")


class PriceListDaysError(InvalidError):
    def __init__(self) -> None:
        super().__init__(
            FieldError("/valid_until", "before-valid-from", "It would end before it begins.")
        )
