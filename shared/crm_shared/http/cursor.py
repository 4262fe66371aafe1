"""The place in a list: sort keys, the condition for what comes after, and a signed spelling."""

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, UnaryExpression, and_, false, or_, tuple_

from crm_shared.errors import FieldError, InvalidError
from crm_shared.filters import Field, Fields
from crm_shared.filters.documents import DocumentField
from crm_shared.filters.sql import bound
from crm_shared.filters.values import parse_value

if TYPE_CHECKING:
    from crm_shared.http.pagination import ListQuery

MAX_KEYS = 3
MAX_CURSOR = 2000
SIGNATURE = 16


@dataclass(frozen=True, slots=True)
class SortKey:
    """One column of the order. Nulls stand where PostgreSQL puts them: last up, first down."""

    name: str
    field: Field
    descending: bool


def sort_keys(
    sort: str, fields: Fields, sortable: Sequence[str], *, pointer: str
) -> tuple[SortKey, ...]:
    """Return the keys that `sort` names, with the id at the end as tie-breaker."""
    names = [part.strip() for part in sort.split(",")]
    plain = [name.removeprefix("-") for name in names]
    known = {*sortable, "id"}
    if len(names) > MAX_KEYS or len(set(plain)) < len(plain) or not set(plain) <= known:
        raise InvalidError(
            FieldError(pointer, "invalid-sort", f"Up to {MAX_KEYS} of: {', '.join(sorted(known))}.")
        )
    keys = [
        SortKey(name, fields[name], signed.startswith("-"))
        for name, signed in zip(plain, names, strict=True)
    ]
    if keys[-1].name != "id":
        # in the direction of the last key, so that one index on (column, id) serves both ways
        keys.append(SortKey("id", fields["id"], keys[-1].descending))
    return tuple(keys)


def order(keys: Sequence[SortKey]) -> list[UnaryExpression[Any]]:
    """Return the ORDER BY."""
    return [
        key.field.expression.desc() if key.descending else key.field.expression.asc()
        for key in keys
    ]


def after(keys: Sequence[SortKey], values: Sequence[Any]) -> ColumnElement[bool]:
    """Return the condition for rows that come after the one with these values."""
    same_way = len({key.descending for key in keys}) == 1
    if same_way and not any(key.field.nullable for key in keys):
        columns = tuple_(*(key.field.expression for key in keys))
        limits = tuple_(*(bound(key.field, value) for key, value in zip(keys, values, strict=True)))
        # a row comparison is one range of the index; the spelt-out form below is not
        return columns < limits if keys[0].descending else columns > limits
    condition: ColumnElement[bool] = false()
    for key, value in reversed(list(zip(keys, values, strict=True))):
        condition = or_(_past(key, value), and_(_level(key, value), condition))
    return condition


def _past(key: SortKey, value: Any) -> ColumnElement[bool]:
    column = key.field.expression
    if value is None:
        return column.is_not(None) if key.descending else false()
    if key.descending:
        return column < bound(key.field, value)
    beyond = column > bound(key.field, value)
    return or_(beyond, column.is_(None)) if key.field.nullable else beyond


def _level(key: SortKey, value: Any) -> ColumnElement[bool]:
    column = key.field.expression
    return column.is_(None) if value is None else column == bound(key.field, value)


class CursorCodec:
    """Spells a place so that nobody can make one up or use it in another list."""

    def __init__(self, secret: bytes) -> None:
        self._secret = hashlib.blake2b(secret, person=b"crm-cursor").digest()

    @staticmethod
    @lru_cache(maxsize=1)
    def for_this_process() -> "CursorCodec":
        """Return a codec with a key of its own, for sessions that no request has opened."""
        return CursorCodec(secrets.token_bytes(32))

    def write(self, row: Any, query: "ListQuery") -> str:
        """Return the cursor that continues after `row`."""
        values = [_plain(_value(row, key)) for key in query.sort]
        payload = json.dumps(values, separators=(",", ":"), ensure_ascii=False).encode()
        signed = self._sign(payload, query) + payload
        return urlsafe_b64encode(signed).rstrip(b"=").decode()

    def read(self, cursor: str, query: "ListQuery") -> list[Any]:
        """Return the values the cursor holds, or refuse one that was not made for this list."""
        try:
            signed = urlsafe_b64decode(cursor[:MAX_CURSOR] + "=" * (-len(cursor) % 4))
            signature, payload = signed[:SIGNATURE], signed[SIGNATURE:]
            if not hmac.compare_digest(signature, self._sign(payload, query)):
                raise ValueError("not made for this list")
            return [
                _read(key.field.kind, value)
                for key, value in zip(query.sort, json.loads(payload), strict=True)
            ]
        except ValueError as foreign:
            raise InvalidError(
                FieldError("/cursor", "invalid-cursor", "The cursor belongs to another list.")
            ) from foreign

    def _sign(self, payload: bytes, query: "ListQuery") -> bytes:
        keys = [f"{'-' if key.descending else ''}{key.name}" for key in query.sort]
        about = json.dumps([keys, repr(query.filter)]).encode()
        made = hashlib.blake2b(about + b"\0" + payload, key=self._secret, digest_size=SIGNATURE)
        return made.digest()


def _read(kind: type[Any], value: Any) -> Any:
    # a text comes back as it was: the limits of a filter's text are not those of a column
    return value if value is None or kind is str else parse_value(kind, value)


def _value(row: Any, key: SortKey) -> Any:
    if isinstance(key.field, DocumentField):
        return key.field.value_of(row)
    column = key.field.column
    return getattr(row, getattr(column, "key", None) or key.name)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
