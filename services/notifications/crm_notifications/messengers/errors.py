"""Why the messengers feature says no."""

from crm_shared.errors import FieldError, InvalidError, NotFoundError, UnauthorizedError


class NoMessengerError(NotFoundError):
    """No messages of this kind are taken: its secret is not set."""

    problem = "no-messenger"

    def __init__(self, messenger: str) -> None:
        super().__init__("No messages of this messenger are taken.", messenger=messenger)


class MessengerNotSignedError(UnauthorizedError):
    """The secret or the signature does not fit."""

    problem = "messenger-not-signed"

    def __init__(self) -> None:
        super().__init__("The secret or the signature does not fit.")


class MessengerBodyError(InvalidError):
    """A body that is none of a messenger's."""

    problem = "messenger-body"

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(FieldError(pointer, "messenger-body", detail), detail=detail)
