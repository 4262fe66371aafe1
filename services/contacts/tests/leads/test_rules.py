"""Points of a lead: pure, explainable, at most a hundred."""

from typing import Any

import pytest

from crm_contacts.leads.rules import HIGHEST, LOOKED_AT, WEIGHTS, score_of

BLANK: dict[str, Any] = {**dict.fromkeys(LOOKED_AT), "email_keys": [], "phone_keys": []}


class TestScore:
    def test_is_nothing_for_somebody_of_whom_nothing_is_known(self) -> None:
        assert score_of(BLANK) == (0, [])

    @pytest.mark.parametrize(
        ("known", "codes"),
        [
            ({"phone_keys": ["+380677654321"]}, ["has_phone"]),
            ({"email_keys": ["a@gmail.com"]}, ["has_email"]),
            ({"email_keys": ["a@factory.example.com"]}, ["has_email", "work_address"]),
            ({"last_name": "Стус"}, ["has_name"]),
            ({"utm": {"medium": "CPC"}}, ["paid_campaign"]),
            ({"utm": {"medium": None}}, []),
        ],
    )
    def test_names_what_each_point_is_for(self, known: dict[str, Any], codes: list[str]) -> None:
        score, reasons = score_of({**BLANK, **known})

        assert [one["code"] for one in reasons] == codes
        assert score == sum(WEIGHTS[code][0] for code in codes)

    def test_never_exceeds_a_hundred(self) -> None:
        assert sum(points for points, _ in WEIGHTS.values()) <= HIGHEST
