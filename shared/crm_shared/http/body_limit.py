"""How large a body may be: 1 MB, 8 MB for batches, more where a route says so."""

from starlette.types import Message, Receive, Scope

from crm_shared.errors import TooLargeError

MEGABYTE = 1024 * 1024
BODY_LIMIT = MEGABYTE
BATCH_LIMIT = 8 * MEGABYTE


class BodyTooLargeError(TooLargeError):
    """The body is larger than this route takes."""

    problem = "body-too-large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body must not be larger than {limit} bytes.", limit=limit)


def default_limit(path: str) -> int:
    """Return the limit of a route that does not set one itself."""
    return BATCH_LIMIT if path.endswith("/batch") else BODY_LIMIT


def limited(scope: Scope, receive: Receive, limit: int) -> Receive:
    """Refuse a body that says it is too large, and count one that does not say."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            if not value.isdigit() or int(value) > limit:
                raise BodyTooLargeError(limit)
            return receive
        if name == b"transfer-encoding":
            return _counted(receive, limit)
    return receive


def _counted(receive: Receive, limit: int) -> Receive:
    seen = 0

    async def counting() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise BodyTooLargeError(limit)
        return message

    return counting
