"""What letters have in common."""

from crm_notifications.channels.rules import one_line


class TestOneLine:
    def test_drops_every_control_character(self) -> None:
        assert one_line("a\r\nb\x00c\u2028d\x85e\tf") == "a b c d e f"
