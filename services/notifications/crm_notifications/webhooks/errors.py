"""Why the webhooks feature says no."""

from uuid import UUID

from crm_shared.errors import ConflictError, FieldError, InvalidError, NotFoundError


class WebhookNotFoundError(NotFoundError):
    problem = "webhook-not-found"

    def __init__(self, webhook_id: UUID) -> None:
        super().__init__(f"There is no webhook {webhook_id}.", webhook_id=str(webhook_id))


class DeliveryNotFoundError(NotFoundError):
    problem = "webhook-delivery-not-found"

    def __init__(self, delivery_id: UUID) -> None:
        super().__init__(f"There is no delivery {delivery_id}.", delivery_id=str(delivery_id))


class DeliveryWaitsError(ConflictError):
    """It is under way already."""

    problem = "webhook-delivery-waits"

    def __init__(self, delivery_id: UUID) -> None:
        super().__init__("This delivery is still being tried.", delivery_id=str(delivery_id))


class WebhookInactiveError(ConflictError):
    """Nothing is sent to a webhook that is switched off."""

    problem = "webhook-inactive"

    def __init__(self, webhook_id: UUID) -> None:
        super().__init__("Switch the webhook on first.", webhook_id=str(webhook_id))


class TooManyWebhooksError(ConflictError):
    """So many receivers would slow each other."""

    problem = "too-many-webhooks"

    def __init__(self, most: int) -> None:
        super().__init__(f"There are {most} webhooks; delete one first.", most=most)


class WebhookUrlError(InvalidError):
    """An address that nothing is sent to."""

    problem = "webhook-url"

    def __init__(self, rule: str) -> None:
        detail = f"The address {rule}."
        super().__init__(FieldError("/url", "webhook-url", detail), detail=detail)


class ReplayRangeError(InvalidError):
    """A replay that says neither or both where it begins, or ends before it does."""

    problem = "replay-range"

    def __init__(self, pointer: str, rule: str) -> None:
        super().__init__(FieldError(pointer, "replay-range", rule), detail=rule)
