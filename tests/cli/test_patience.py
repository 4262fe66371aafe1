"""R2: whoever starts the system under load waits on while the services are at work."""

from pathlib import Path

from crm_cli.patience import Patience


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class TestPatience:
    def test_waits_on_while_something_is_written(self, tmp_path: Path) -> None:
        clock, log = Clock(), tmp_path / "deals.log"
        patience = Patience(tmp_path, 60, clock=clock)
        for _step in range(5):
            clock.now += 50
            with log.open("a") as out:
                out.write("at work\n")
            assert not patience.is_over()

    def test_ends_when_nothing_was_written_for_so_long(self, tmp_path: Path) -> None:
        clock = Clock()
        (tmp_path / "deals.log").write_text("begun\n")
        patience = Patience(tmp_path, 60, clock=clock)
        clock.now = 59
        assert not patience.is_over()
        clock.now = 61
        assert patience.is_over()

    def test_ends_at_last_for_who_writes_for_ever(self, tmp_path: Path) -> None:
        clock, log = Clock(), tmp_path / "deals.log"
        patience = Patience(log, 60, longest_s=120, clock=clock)
        for now, is_over in ((50, False), (100, False), (121, True)):
            clock.now = now
            with log.open("a") as out:
                out.write("trying again\n")
            assert patience.is_over() is is_over
