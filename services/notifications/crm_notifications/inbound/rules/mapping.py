"""Mappings: checked when they are saved, and what one makes of a body; faults quote nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from crm_notifications.inbound.rules.paths import MISSING, find, parse
from crm_notifications.inbound.rules.targets import TARGETS, Target, Unfit, clean
from crm_shared.errors import FieldError

UTC_ZONE = ZoneInfo("UTC")
LONGEST_ID = 200
NO_RULE = "no-rule-fits"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a body says by a mapping: of which kind, under which name there, with which fields."""

    kind: str
    external_id: str | None
    fields: Mapping[str, Any]


class Unreadable(Exception):
    """A rule fits and its fields cannot be filled: every fault, as `place:code`."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{place} {code}" for place, code in faults))
        self.faults = faults


def faults_of(mapping: Mapping[str, Any]) -> list[FieldError]:
    """Return what is wrong with a mapping, each fault with its place."""
    return [FieldError(f"/mapping{place}", code, said) for place, code, said in _faults(mapping)]


def kinds_of(mapping: Mapping[str, Any]) -> list[str]:
    """Return what a mapping makes, in the order of its rules."""
    return list(dict.fromkeys(rule["kind"] for rule in mapping["rules"]))


def _faults(mapping: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    yield from _path_faults("/event_id", mapping.get("event_id"))
    for number, rule in enumerate(mapping["rules"]):
        at = f"/rules/{number}"
        yield from _path_faults(f"{at}/external_id", rule.get("external_id"))
        for path in rule["when"]:
            yield from _path_faults(f"{at}/when", path)
        targets = TARGETS[rule["kind"]]
        for name, take in rule["fields"].items():
            if name not in targets:
                known = ", ".join(targets)
                yield f"{at}/fields", "unknown-field", f"A {rule['kind']} has: {known}."
            else:
                yield from _take_faults(f"{at}/fields/{name}", take, targets[name])
        for name, target in targets.items():
            if target.is_needed and name not in rule["fields"]:
                yield f"{at}/fields", "field-needed", f"A {rule['kind']} needs {name}."


def _path_faults(at: str, path: str | None) -> Iterator[tuple[str, str, str]]:
    if path is not None:
        try:
            parse(path)
        except ValueError as wrong:
            yield at, "not-a-path", f"The path {wrong}."


def _take_faults(
    at: str, take: Mapping[str, Any], target: Target
) -> Iterator[tuple[str, str, str]]:
    if (take.get("path") is None) == (take.get("value") is None):
        yield at, "path-or-value", "Say either path or value."
    yield from _path_faults(f"{at}/path", take.get("path"))
    fixed = {"value": take.get("value"), "default": take.get("default")}
    fixed |= {f"values/{said}": meant for said, meant in (take.get("values") or {}).items()}
    for place, value in fixed.items():
        if value is not None:
            try:
                target.read(value, UTC_ZONE)
            except Unfit as unfit:
                yield f"{at}/{place}", unfit.code, f"It must be a {target.kind}."


def event_id_of(mapping: Mapping[str, Any], body: Any, given: str | None) -> str | None:
    """Return the id that the other system gives its event: from the body, else as it was sent.

    Two ids that differ far behind are two events: whoever takes it refuses one that is too long.
    """
    path = mapping.get("event_id")
    found = MISSING if path is None else find(body, path)
    said = given if found is MISSING or not isinstance(found, str | int) else str(found)
    return clean(said) or None if said else None


def read(mapping: Mapping[str, Any], body: Any, zone: ZoneInfo) -> Reading | None:
    """Return what the first fitting rule makes of a body, None when none fits.

    Raises Unreadable with every field that could not be filled.
    """
    for number, rule in enumerate(mapping["rules"]):
        if all(_fits(find(body, path), wanted) for path, wanted in rule["when"].items()):
            return _by_rule(rule, f"/rules/{number}", body, zone)
    return None


def _fits(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, list):
        return any(_fits(found, one) for one in wanted)
    # True is 1 to Python, and is not to anybody else
    return found is not MISSING and type(found) is type(wanted) and found == wanted


def _by_rule(rule: Mapping[str, Any], at: str, body: Any, zone: ZoneInfo) -> Reading:
    fields: dict[str, Any] = {}
    faults: list[tuple[str, str]] = []
    targets = TARGETS[rule["kind"]]
    for name, take in rule["fields"].items():
        try:
            value = _taken(take, body, targets[name], zone)
        except Unfit as unfit:
            faults.append((f"{at}/fields/{name}", unfit.code))
            continue
        if value not in (None, ""):
            fields[name] = value
        elif targets[name].is_needed:
            faults.append((f"{at}/fields/{name}", "missing"))
    found = find(body, rule["external_id"]) if rule.get("external_id") else MISSING
    is_named = isinstance(found, str | int) and found != ""
    external_id = clean(str(found)) if is_named else None
    if external_id is not None and len(external_id) > LONGEST_ID:
        faults.append((f"{at}/external_id", "too-long"))
    if faults:
        raise Unreadable(faults)
    return Reading(rule["kind"], external_id, fields)


def _taken(take: Mapping[str, Any], body: Any, target: Target, zone: ZoneInfo) -> Any:
    if take.get("value") is not None:
        return target.read(take["value"], zone)
    found = find(body, take["path"])
    if found is MISSING or found is None or found == "":
        found = take.get("default")
    elif take.get("values"):
        found = take["values"].get(str(found), take.get("default"))
        if found is None:
            raise Unfit("unknown-value")
    return None if found is None else target.read(found, zone)


def preview(mapping: Mapping[str, Any], sample: Any, zone: ZoneInfo) -> dict[str, Any]:
    """Return what would come of a body: made, skipped or refused, with every reason."""
    told: dict[str, Any] = {"kind": None, "external_id": None, "fields": {}, "faults": []}
    told["event_id"] = event_id_of(mapping, sample, None)
    if len(told["event_id"] or "") > LONGEST_ID:
        faults = [{"place": "/event_id", "code": "too-long"}]
        return told | {"event_id": None, "outcome": "refused", "faults": faults}
    try:
        said = read(mapping, sample, zone)
    except Unreadable as unreadable:
        faults = [{"place": place, "code": code} for place, code in unreadable.faults]
        return told | {"outcome": "refused", "faults": faults}
    if said is None:
        return told | {"outcome": "skipped"}
    found = {"kind": said.kind, "external_id": said.external_id, "fields": dict(said.fields)}
    return told | {"outcome": "made"} | found
