"""What a calendar and policies must not say: pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crm_shared.errors import FieldError
from crm_shared.http.shapes import Shown
from crm_shared.policies import CUSTOM
from crm_shared.working_time import DAYS, overlaps, read_hours

Plain = Mapping[str, Any]
# what deals keeps; which fields they have, its own `/schema` says
OF_DEALS = frozenset(
    {"deal", "product", "line_item", "quote", "invoice", "payment", "claim", "balance"}
)
# without these nobody can open, change or refer to a record
NEVER_HIDDEN = frozenset({"id", "revision"})
# longer than any stream keeps what was published
LOG_DAYS = 60


def faults_of_policies(values: Plain, shown: Shown) -> list[FieldError]:
    """Return every noun and field of hidden and sensitive ones that there is not."""
    faults = []
    for role, nouns in (values.get("hidden_fields") or {}).items():
        faults += list(_of_fields(nouns, f"/hidden_fields/{role}", shown, NEVER_HIDDEN))
    days = (values.get("retention") or {}).get("event_log")
    if days is not None and days < LOG_DAYS:
        words = f"At least {LOG_DAYS} days: readers that were away catch up from it."
        faults.append(FieldError("/retention/event_log", "too-short", words))
    sensitive = values.get("sensitive_fields") or {}
    return faults + list(_of_fields(sensitive, "/sensitive_fields", shown, frozenset()))


def _of_fields(nouns: Plain, at: str, shown: Shown, never: frozenset[str]) -> Iterator[FieldError]:
    for noun, names in nouns.items():
        known = {
            name for body, of in shown.nouns.items() if of == noun for name in body.model_fields
        }
        if not known and noun not in OF_DEALS:
            yield FieldError(f"{at}/{noun}", "unknown-noun", "There is no such noun.")
            continue
        for place, name in enumerate(names):
            if name in never:
                yield FieldError(f"{at}/{noun}/{place}", "not-allowed", "It cannot be hidden.")
            elif known and name not in known and not name.startswith(CUSTOM):
                yield FieldError(f"{at}/{noun}/{place}", "unknown-field", "There is no such field.")


def faults_of(schedules: Sequence[Plain], special_days: Sequence[Plain]) -> list[FieldError]:
    """Return every contradiction of a calendar, each with the field that it stands in."""
    return [*_of_schedules(schedules), *_of_days(special_days)]


def _of_schedules(schedules: Sequence[Plain]) -> Iterator[FieldError]:
    seen: set[Any] = set()
    for place, schedule in enumerate(schedules):
        at = f"/schedules/{place}"
        begins = schedule.get("valid_from")
        if begins in seen:
            yield FieldError(f"{at}/valid_from", "duplicate", "Two schedules begin on this day.")
        seen.add(begins)
        for name in DAYS:
            yield from _of_hours(schedule["week"].get(name, ()), f"{at}/week/{name}")
    if schedules and None not in seen:
        words = "One schedule needs no valid_from: the one that held before all others."
        yield FieldError("/schedules", "no-first-schedule", words)


def _of_days(special_days: Sequence[Plain]) -> Iterator[FieldError]:
    seen: set[tuple[str, bool]] = set()
    for place, special in enumerate(special_days):
        at = f"/special_days/{place}"
        yearly = bool(special.get("every_year"))
        day = str(special["on"])
        if ((day[5:] if yearly else day), yearly) in seen:
            yield FieldError(f"{at}/on", "duplicate", "This day is named twice.")
        seen.add((day[5:] if yearly else day, yearly))
        yield from _of_hours(special.get("hours") or (), f"{at}/hours")
        yield from _of_kind(special, at)


def _of_kind(special: Plain, at: str) -> Iterator[FieldError]:
    has_hours, is_moved = bool(special.get("hours")), special.get("instead_of") is not None
    kind = special["kind"]
    if kind == "holiday" and has_hours:
        yield FieldError(f"{at}/hours", "not-allowed", "Nobody works on a holiday.")
    if kind == "short" and not has_hours:
        yield FieldError(f"{at}/hours", "missing", "A short day needs its hours.")
    if kind == "working" and not has_hours and not is_moved:
        words = "A working day needs hours, or the day that it is worked instead of."
        yield FieldError(f"{at}/hours", "missing", words)
    if kind != "working" and is_moved:
        words = "Only a working day is worked instead of another."
        yield FieldError(f"{at}/instead_of", "not-allowed", words)


def _of_hours(stretches: Sequence[Plain], at: str) -> Iterator[FieldError]:
    hours = read_hours(stretches)
    if any(one.start >= one.end for one in hours):
        yield FieldError(at, "backwards", "A stretch must end after it begins.")
    elif overlaps(hours):
        yield FieldError(at, "overlap", "Two stretches lie over each other.")
