"""Why the API keys feature says no."""

from uuid import UUID

from crm_shared.errors import ConflictError, FieldError, ForbiddenError, InvalidError, NotFoundError


class ApiKeyNotFoundError(NotFoundError):
    problem = "api-key-not-found"

    def __init__(self, key_id: UUID) -> None:
        super().__init__(f"There is no API key {key_id}.", api_key_id=str(key_id))


class ApiKeyRevokedError(ConflictError):
    problem = "api-key-revoked"

    def __init__(self) -> None:
        super().__init__("This key was revoked; make another one.")


class KeyMakesKeyError(ForbiddenError):
    problem = "key-makes-key"

    def __init__(self) -> None:
        super().__init__("Only a person makes, changes or revokes API keys, no key does.")


class ExpiryPassedError(InvalidError):
    problem = "expiry-passed"

    def __init__(self) -> None:
        words = "A key must expire in the future, or never."
        super().__init__(FieldError("/expires_at", "not-in-the-future", words), detail=words)
