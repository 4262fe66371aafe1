"""I6: how a body of another system is read: paths, values, faults; all of it pure."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crm_notifications.conversations.rules import normal_address
from crm_notifications.inbound.rules.mapping import (
    Unreadable,
    event_id_of,
    faults_of,
    preview,
    read,
)
from crm_notifications.inbound.rules.paths import MISSING, find, parse
from crm_notifications.inbound.rules.targets import TARGETS, Unfit

KYIV = ZoneInfo("Europe/Kyiv")
CALLS: dict[str, Any] = {
    "event_id": "$.id",
    "rules": [
        {
            "kind": "call",
            "when": {"$.type": ["call.ended", "call.missed"]},
            "external_id": "$.call.id",
            "fields": {
                "direction": {"path": "$.call.dir", "values": {"1": "inbound", "2": "outbound"}},
                "from_number": {"path": "$.call.legs[0]['from']"},
                "started_at": {"path": "$.call.at"},
                "answered": {"path": "$.call.ok", "default": False},
                "duration_s": {"path": "$.call.seconds"},
            },
        }
    ],
}


def body(**call: Any) -> dict[str, Any]:
    told = {"id": 77, "dir": 1, "legs": [{"from": "0671112233"}], "at": "2026-11-20T10:00:00"}
    return {"id": "e-1", "type": "call.ended", "call": {**told, **call}}


class TestPaths:
    @pytest.mark.parametrize(
        ("path", "found"),
        [
            ("$", {"a": [{"b c": 1}, None]}),
            ("$.a[0]['b c']", 1),
            ("$.a[1]", None),
            ("$.a[2]", MISSING),
            ("$.a.b", MISSING),
            ("$.a[0][0]", MISSING),
        ],
    )
    def test_find_one_place(self, path: str, found: Any) -> None:
        assert find({"a": [{"b c": 1}, None]}, path) == found

    @pytest.mark.parametrize(
        "path", ["a", "$a", "$..a", "$.a[*]", "$.a[-1]", "$.", "$" + ".a" * 100]
    )
    def test_of_other_kinds_are_refused(self, path: str) -> None:
        with pytest.raises(ValueError, match="must"):
            parse(path)


class TestMapping:
    def test_reads_what_a_telephone_system_says(self) -> None:
        said = read(CALLS, body(seconds="42.6"), KYIV)

        assert said is not None
        assert (said.kind, said.external_id) == ("call", "77")
        assert said.fields == {
            "direction": "inbound",
            "from_number": "0671112233",
            "started_at": "2026-11-20T08:00:00+00:00",
            "answered": False,
            "duration_s": 43,
        }
        assert event_id_of(CALLS, body(), "given") == "e-1"
        assert event_id_of(CALLS, {}, "given\x00\ud800") == "given"
        assert read(CALLS, {"type": "other"}, KYIV) is None
        assert preview(CALLS, {"type": "other"}, KYIV)["outcome"] == "skipped"

    def test_names_every_field_that_cannot_be_filled_and_quotes_none(self) -> None:
        with pytest.raises(Unreadable) as refused:
            read(CALLS, body(dir="canary", at="canary", seconds=-1), KYIV)

        assert dict(refused.value.faults) == {
            "/rules/0/fields/direction": "unknown-value",
            "/rules/0/fields/started_at": "not-a-time",
            "/rules/0/fields/duration_s": "out-of-range",
        }
        assert "canary" not in str(refused.value)
        missing = preview(CALLS, {"type": "call.ended"}, KYIV)["faults"]
        assert [one["code"] for one in missing] == ["missing", "missing"]

    def test_is_checked_when_it_is_saved(self) -> None:
        rule = {
            "kind": "call",
            "when": {"type": "x"},
            "external_id": "id",
            "fields": {
                "direction": {"value": "sideways"},
                "from_number": {},
                "answered": {"path": "$.a", "values": {"x": "perhaps"}, "default": "never"},
                "colour": {"path": "$.c"},
            },
        }

        faults = {(one.pointer, one.code) for one in faults_of({"rules": [rule]})}

        at = "/mapping/rules/0"
        assert faults == {
            (f"{at}/when", "not-a-path"),
            (f"{at}/external_id", "not-a-path"),
            (f"{at}/fields/direction/value", "unknown-value"),
            (f"{at}/fields/from_number", "path-or-value"),
            (f"{at}/fields/answered/values/x", "not-a-boolean"),
            (f"{at}/fields/answered/default", "not-a-boolean"),
            (f"{at}/fields", "unknown-field"),
            (f"{at}/fields", "field-needed"),
        }
        assert faults_of(CALLS) == []

    @pytest.mark.parametrize(
        ("kind", "field", "value", "read_as"),
        [
            ("call", "started_at", 1763632800, "2025-11-20T10:00:00+00:00"),
            ("call", "started_at", 1763632800000, "2025-11-20T10:00:00+00:00"),
            ("call", "started_at", "2026-11-20T10:00:00Z", "2026-11-20T10:00:00+00:00"),
            ("call", "started_at", True, None),
            ("call", "started_at", 1e30, None),
            ("call", "recording_url", "https://pbx.example.org/1.ogg", ...),
            ("call", "recording_url", "file:///etc/passwd", None),
            ("call", "recording_url", "http://[", None),
            ("call", "answered", 1, True),
            ("call", "duration_s", "nan", None),
            ("lead", "note", " a\x00\ud800b ", "ab"),
            ("lead", "note", ["a"], None),
            ("lead", "first_name", "x" * 101, None),
            ("lead", "language", "ua_UA", None),
            ("activity", "outcome", "Went well", None),
        ],
    )
    def test_reads_values_or_says_that_they_are_unfit(
        self, kind: str, field: str, value: Any, read_as: Any
    ) -> None:
        target = TARGETS[kind][field]
        if read_as is None:
            with pytest.raises(Unfit):
                target.read(value, KYIV)
        else:
            assert target.read(value, KYIV) == (value if read_as is ... else read_as)


class TestAddress:
    def test_has_one_spelling(self) -> None:
        assert normal_address("email", " Olena@Example.ORG ", "UA") == "olena@example.org"
        assert normal_address("sms", "+38 (067) 111-22-33", "UA") == "+380671112233"
        assert normal_address("viber", "00380 67 1112233", "UA") == "+380671112233"
        assert normal_address("whatsapp", "380671112233", "UA") == "+380671112233"
        assert normal_address("sms", "067 111-22-33", "UA") == "+380671112233"
        assert normal_address("sms", "0171 1234567", "DE") == "+491711234567"
        assert normal_address("sms", "7890", "UA") == "7890"
        assert normal_address("sms", "MONOBANK", "UA") == "MONOBANK"
        assert normal_address("telegram", "-10012345", "UA") == "-10012345"
