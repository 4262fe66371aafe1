"""What letters have in common."""

from crm_notifications.channels.rules import on_the_wire, one_line


class TestOneLine:
    def test_drops_every_control_character(self) -> None:
        assert one_line("a\r\nb\x00c\u2028d\x85e\tf") == "a b c d e f"


class TestOnTheWire:
    def test_writes_foreign_domains_as_servers_do(self) -> None:
        assert on_the_wire("info@пошта.укр") == "info@xn--80a1acn3a.xn--j1amh"

    def test_leaves_plain_addresses_alone(self) -> None:
        assert on_the_wire("o'neil+crm@example.co.uk") == "o'neil+crm@example.co.uk"
