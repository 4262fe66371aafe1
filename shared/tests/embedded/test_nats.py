"""The embedded nats-server: it starts, keeps its streams and can be disturbed."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import nats
import psutil
import pytest

from crm_shared.embedded.errors import (
    AlreadyRunningError,
    BinaryMissingError,
    EmbeddedServerError,
)
from crm_shared.embedded.nats import NatsServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NatsServer]:
    with NatsServer.start(tmp_path / "server") as server:
        yield server


class TestStart:
    async def test_keeps_the_streams_of_the_last_run(self, tmp_path: Path) -> None:
        with NatsServer.start(tmp_path, sync_interval="always") as first:
            assert await _publish(first.url) == 1

        with NatsServer.start(tmp_path) as second:
            assert await _publish(second.url) == 2

    async def test_comes_back_on_the_same_port_after_a_kill(self, tmp_path: Path) -> None:
        killed = NatsServer.start(tmp_path, sync_interval="always")
        await _publish(killed.url)
        killed.kill()

        with NatsServer.start(tmp_path, port=killed.port) as again:
            assert again.url == killed.url
            assert await _publish(again.url) == 2

    async def test_includes_a_config_of_ours(self, tmp_path: Path) -> None:
        config = tmp_path / "users.conf"
        config.write_text('authorization { user: "shop", password: "shoes" }')

        with NatsServer.start(tmp_path / "server", config=config) as server:
            assert _greeting(server.port)["auth_required"] is True
            client = await nats.connect(server.url, user="shop", password="shoes")
            await client.close()

    def test_keeps_its_streams_in_its_folder_whatever_the_config_says(self, tmp_path: Path) -> None:
        config = tmp_path / "compose.conf"
        config.write_text('jetstream { store_dir: "/nowhere/data" }\nlisten: "0.0.0.0:4222"')

        with NatsServer.start(tmp_path / "server", config=config) as server:
            assert _greeting(server.port)["host"] == "127.0.0.1"
            assert (tmp_path / "server" / "jetstream" / "jetstream").is_dir()

    def test_refuses_a_folder_in_use(self, server: NatsServer, tmp_path: Path) -> None:
        with pytest.raises(AlreadyRunningError, match="stop it first"):
            NatsServer.start(tmp_path / "server")

    def test_shows_the_log_when_the_config_is_wrong(self, tmp_path: Path) -> None:
        config = tmp_path / "wrong.conf"
        config.write_text("max_payload: many")

        with pytest.raises(EmbeddedServerError, match=r"wrong\.conf:1"):
            NatsServer.start(tmp_path / "server", config=config)

    def test_names_what_is_missing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CRM_NATS_SERVER", str(tmp_path / "nowhere"))

        with pytest.raises(BinaryMissingError, match="CRM_NATS_SERVER"):
            NatsServer.start(tmp_path)


class TestFreeze:
    def test_lets_nothing_through_until_thawed(self, server: NatsServer) -> None:
        with socket.create_connection(("127.0.0.1", server.port), timeout=0.5) as connection:
            connection.recv(4096)

            server.freeze()
            # a signal takes effect when its process is next looked at: nothing tells us sooner
            while psutil.Process(server.pid).status() != psutil.STATUS_STOPPED:
                pass
            connection.sendall(b"CONNECT {}\r\nPING\r\n")
            with pytest.raises(TimeoutError):
                connection.recv(4096)
            server.thaw()

            connection.settimeout(10)
            assert b"PONG" in connection.recv(4096)

    def test_does_not_keep_it_from_being_stopped(self, tmp_path: Path) -> None:
        server = NatsServer.start(tmp_path)

        server.freeze()
        server.stop()

        assert not server.running
        NatsServer.start(tmp_path).stop()


async def _publish(url: str) -> int:
    client = await nats.connect(url)
    try:
        jetstream = client.jetstream()
        await jetstream.add_stream(name="SHOES", subjects=["shoes.>"])
        return (await jetstream.publish("shoes.sold", b"43")).seq
    finally:
        await client.close()


def _greeting(port: int) -> dict[str, object]:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        kind, _, body = connection.recv(4096).partition(b" ")
    assert kind == b"INFO"
    return dict(json.loads(body))
