"""Revisions in HTTP: ETag on answers, If-Match on changes."""

import re
from typing import Annotated, Protocol

from fastapi import Depends, Request, Response

from crm_shared.errors import PreconditionFailedError, PreconditionRequiredError

_TAG = re.compile(r'"(\d{1,9})"|(\d{1,9})')


class Revised(Protocol):
    """A row that counts its changes."""

    revision: int


class RevisionMismatchError(PreconditionFailedError):
    """The caller has read an older revision than there is."""

    problem = "revision-mismatch"

    def __init__(self) -> None:
        super().__init__("The record was changed since you read it; read it again.")


async def expected_revision(request: Request) -> int | None:
    """Return the revision in If-Match, None for "*"; 428 without the header."""
    if_match = request.headers.get("if-match")
    if if_match is None:
        raise PreconditionRequiredError('Send If-Match with the ETag you read, or "*".')
    tag = if_match.strip()
    if tag == "*":
        return None
    match = _TAG.fullmatch(tag)
    if match is None:
        raise RevisionMismatchError
    return int(match[1] or match[2])


# The revision the caller has read; None for "*" (must exist); 428 without the header
IfMatch = Annotated[int | None, Depends(expected_revision)]


def check_revision(row: Revised, expected: int | None) -> None:
    """Raise 412 unless `row` still has the revision that the caller has read."""
    if expected is not None and row.revision != expected:
        raise RevisionMismatchError


def tag(response: Response, row: Revised) -> None:
    """Put the row's revision on the answer as its ETag."""
    response.headers["ETag"] = f'"{row.revision}"'
