"""Why the products feature says no."""

from uuid import UUID

from crm_shared.errors import ConflictError, NotFoundError


class ProductNotFoundError(NotFoundError):
    problem = "product-not-found"

    def __init__(self, product_id: UUID) -> None:
        super().__init__(f"There is no product {product_id}.", product_id=str(product_id))


class SkuTakenError(ConflictError):
    problem = "sku-taken"

    def __init__(self) -> None:
        super().__init__("Another product has this SKU.")


class ProductExternalIdTakenError(ConflictError):
    problem = "product-external-id-taken"

    def __init__(self) -> None:
        super().__init__("Another product, perhaps a deleted one, has this external id.")
