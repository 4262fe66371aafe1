"""Why the product wishes feature says no."""

from uuid import UUID

from crm_shared.errors import ConflictError, ForbiddenError, NotFoundError


class WishNotFoundError(NotFoundError):
    problem = "product-wish-not-found"

    def __init__(self, wish_id: UUID) -> None:
        super().__init__(f"There is no product wish {wish_id}.", wish_id=str(wish_id))


class WishExistsError(ConflictError):
    """The client waits for this product already."""

    problem = "product-wish-exists"

    def __init__(self) -> None:
        super().__init__("This client waits for this product already.")


class WishOverError(ConflictError):
    """A wish that was fulfilled or withdrawn cannot be withdrawn."""

    problem = "product-wish-over"

    def __init__(self, status: str) -> None:
        super().__init__(f"The wish is {status}.")


class WishOutsideScopeError(ForbiddenError):
    """Somebody gives a wish to an owner whose records he does not see."""

    problem = "outside-scope"

    def __init__(self) -> None:
        super().__init__("You would not see this wish afterwards.")
