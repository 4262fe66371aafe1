"""If-None-Match: who has the record in this revision already is not sent it again."""

from starlette.types import Message, Scope

OK, NOT_MODIFIED = 200, 304
_OF_THE_BODY = frozenset({b"content-length", b"content-type"})


def is_known(scope: Scope, start: Message) -> bool:
    """Tell whether the answer to a read has an ETag that the caller names as his."""
    if start["status"] != OK or scope["method"] not in ("GET", "HEAD"):
        return False
    asked = [value for name, value in scope["headers"] if name == b"if-none-match"]
    if not asked:
        return False
    etags = [value for name, value in start["headers"] if name.lower() == b"etag"]
    if not etags:
        return False
    named = {one.strip().removeprefix(b"W/") for one in b",".join(asked).split(b",")}
    return b"*" in named or etags[0].removeprefix(b"W/") in named


def not_modified(start: Message) -> Message:
    """Return the beginning of the short answer; its body must be empty."""
    headers = [one for one in start["headers"] if one[0].lower() not in _OF_THE_BODY]
    return {**start, "status": NOT_MODIFIED, "headers": headers}
