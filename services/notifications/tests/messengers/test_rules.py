"""M4: what a bot and a gateway bring, whatever they leave out; all of it pure."""

from datetime import UTC, datetime
from typing import Any

import pytest

from crm_notifications.messengers.rules import UnreadableMessageError, of_gateway, of_telegram

CAME = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


class TestGateway:
    def test_brings_sms_and_messengers(self) -> None:
        said = {"id": 7, "channel": "viber", "from": "+380671112233", "text": "a\x00b", "name": "X"}
        heard = of_gateway({**said, "at": "2026-11-22T10:30:00+02:00"}, CAME)

        assert (heard.channel, heard.reference, heard.text) == ("viber", "7", "ab")
        assert heard.at == datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
        assert of_gateway({**said, "at": "tomorrow"}, CAME).at == CAME
        assert of_gateway({**said, "at": 10**30}, CAME).at == CAME

    @pytest.mark.parametrize(
        ("wrong", "code"),
        [({"channel": "fax"}, "channel"), ({"from": ""}, "from"), ({"id": None}, "id")],
    )
    def test_says_what_is_missing(self, wrong: dict[str, Any], code: str) -> None:
        with pytest.raises(UnreadableMessageError) as missing:
            of_gateway({"id": "1", "from": "+380", "text": "x", **wrong}, CAME)
        assert missing.value.code == code


class TestTelegram:
    @pytest.mark.parametrize(
        "update",
        [
            {},
            {"message": "x"},
            {"message": {"chat": {"id": 1, "type": "group"}}},
            {"message": {"chat": {"id": 1, "type": "private"}, "from": {"is_bot": True}}},
            {"edited_message": {"chat": {"id": 1, "type": "private"}}},
        ],
    )
    def test_of_nobody_is_left_alone(self, update: dict[str, Any]) -> None:
        assert of_telegram(update, CAME) is None
