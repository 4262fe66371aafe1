"""E-mail addresses and telephone numbers in one normal form."""

from typing import Any

import pytest
from email_validator import EmailNotValidError, validate_email

from crm_contacts.addresses.errors import InvalidAddressesError, RepeatedPrimaryError
from crm_contacts.addresses.rules import normal_email, normal_phone, normalise, values_of


class TestNormalEmail:
    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            (" Taras@Kobzar.Example.com ", "taras@kobzar.example.com"),
            ("admin@crm.local", "admin@crm.local"),
            ("їжак@пошта.укр", "їжак@пошта.укр"),
        ],
    )
    def test_is_lower_case_without_spaces(self, given: str, expected: str) -> None:
        assert normal_email(given) == expected

    @pytest.mark.parametrize("given", ["", "taras", "taras@", "@kobzar.com", "a b@c.com", "a@b..c"])
    def test_is_none_for_what_is_no_address(self, given: str) -> None:
        assert normal_email(given) is None

    @pytest.mark.parametrize("local", ["A.B", "a..b", "-a", "a'b", "x" * 65, "їж", "a b", "", "_"])
    @pytest.mark.parametrize(
        "domain", ["Example.COM", "приклад.укр", "münchen.de", "-b.com", "b_c.com", "[1.2.3.4]", ""]
    )
    def test_plain_ones_are_read_as_all_others(self, local: str, domain: str) -> None:
        """Fast or not, the library's word is the one that counts."""
        try:
            whole = validate_email(f"{local}@{domain}", check_deliverability=False)
            expected = whole.normalized.lower()
        except EmailNotValidError:
            expected = None

        assert normal_email(f"{local}@{domain}") == expected


class TestNormalPhone:
    @pytest.mark.parametrize(
        ("given", "region", "expected"),
        [
            ("067 123-45-67", "UA", "+380671234567"),
            ("+38 (067) 123-45-67", "UA", "+380671234567"),
            ("+48 601 234 567", "UA", "+48601234567"),
            ("020 7946 0018", "GB", "+442079460018"),
        ],
    )
    def test_has_its_country_code(self, given: str, region: str, expected: str) -> None:
        assert normal_phone(given, region) == expected

    @pytest.mark.parametrize("given", ["", "call me", "12", "+38 067"])
    def test_is_none_for_what_is_no_number(self, given: str) -> None:
        assert normal_phone(given, "UA") is None


class TestNormalise:
    def test_keeps_each_address_once_and_makes_the_first_primary(self) -> None:
        emails = [{"value": "A@b.com"}, {"value": "a@B.com", "label": "work"}, {"value": "c@d.com"}]

        values = normalise({"emails": emails, "first_name": "Тарас"}, "UA")

        assert values == {
            "first_name": "Тарас",
            "emails": [
                {"value": "a@b.com", "label": "work", "is_primary": True},
                {"value": "c@d.com", "label": None, "is_primary": False},
            ],
        }

    def test_keeps_the_primary_one_that_is_named(self) -> None:
        emails: list[dict[str, Any]] = [
            {"value": "a@b.com"},
            {"value": "c@d.com", "is_primary": True},
        ]

        values = normalise({"emails": emails}, "UA")

        assert values_of(values["emails"]) == ["c@d.com", "a@b.com"]

    def test_names_every_fault_at_once(self) -> None:
        with pytest.raises(InvalidAddressesError) as refused:
            normalise({"emails": [{"value": "x"}], "phones": [{"value": "y"}]}, "UA")

        pointers = [error.pointer for error in refused.value.errors]
        assert pointers == ["/emails/0/value", "/phones/0/value"]

    def test_refuses_two_primary_ones(self) -> None:
        twice = [{"value": "a@b.com", "is_primary": True}, {"value": "c@d.com", "is_primary": True}]

        with pytest.raises(RepeatedPrimaryError):
            normalise({"emails": twice}, "UA")
