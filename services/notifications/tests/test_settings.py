"""A wrong setting is named, and no secret shown."""

from typing import Any

import pytest
from pydantic import ValidationError

from crm_notifications.settings import Settings

GIVEN: dict[str, Any] = {
    "database_url": "postgresql+asyncpg://crm@/notifications",
    "jwks": '{"keys": [{"kty": "OKP"}]}',
    "link_key": "x" * 32,
}

EMPTY: dict[str, Any] = {"smtp_url": "", "mail_from": ""}
SERVER: dict[str, Any] = {"smtp_url": "smtp://crm:geheim@host", "mail_from": "crm@x.com"}


class TestSettings:
    def test_leave_mail_off_until_it_is_configured(self) -> None:
        settings = Settings(**GIVEN)

        assert (settings.smtp_url, settings.mailbox) == (None, False)

    def test_take_an_empty_variable_for_one_that_is_not_set(self) -> None:
        settings = Settings(**GIVEN, **EMPTY)

        assert (settings.smtp_url, settings.mail_from) == (None, None)

    def test_do_not_show_the_password_of_the_server(self) -> None:
        settings = Settings(**GIVEN, **SERVER)

        assert "geheim" not in repr(settings)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"mail_from": "nobody"},
            {"mail_from": "a b@c"},
            {"mail_from": "@"},
            {"mail_from": "crm@x.com\r\nBcc: a@b.c"},
            {"smtp_url": "http://host", "mail_from": "crm@x.com"},
            {"smtp_url": "smtp://", "mail_from": "crm@x.com"},
            {"smtp_url": "smtp://host"},
            {"smtp_connections": 0},
            {"sms_provider": "carrier-pigeon"},
            {"sms_url": "ftp://sms"},
            {"sms_url": "https://user:word@sms.example.org"},
            {"sms_receipts_secret": "short"},
        ],
    )
    def test_refuse_what_cannot_work(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            Settings(**GIVEN, **wrong)

    @pytest.mark.parametrize(
        ("provider", "given", "variable"),
        [
            ("gateway", {}, "NOTIFICATIONS_SMS_URL"),
            ("turbosms", {"sms_from": "Shop"}, "NOTIFICATIONS_SMS_TOKEN"),
            ("twilio", {"sms_token": "t0ken", "sms_from": "+1"}, "NOTIFICATIONS_SMS_ACCOUNT"),
            ("vonage", {"sms_token": "t0ken", "sms_account": "x"}, "NOTIFICATIONS_SMS_FROM"),
        ],
    )
    def test_name_what_a_provider_still_needs(
        self, provider: str, given: dict[str, Any], variable: str
    ) -> None:
        told: dict[str, Any] = {**GIVEN, "sms_provider": provider, **given}
        with pytest.raises(ValidationError) as refused:
            Settings(**told)

        assert variable in str(refused.value)
        assert "t0ken" not in repr(Settings(**GIVEN | {"sms_token": "t0ken"}))
