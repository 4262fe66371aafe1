"""A real Chromium for tests, driven by its own protocol over two pipes: no library, no port."""

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--hide-scrollbars", "--remote-debugging-pipe",
)  # fmt: skip
# Chromium reads commands from 3 and writes answers to 4
HAND_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.dup2(int(sys.argv[2]), 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
FREE_ABOVE = 10
PATIENCE_S = 60.0
LOOK_AGAIN_S = 0.05


def found() -> str | None:
    """Return the browser of this machine, if there is one."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Page:
    """One tab: what it asked the network for, what it complained about, what it shows."""

    def __init__(self, folder: Path, *, languages: str = "en-US") -> None:
        program = found()
        assert program is not None, "no Chromium on this machine"
        ours, theirs = os.pipe(), os.pipe()
        fds = [fcntl.fcntl(fd, fcntl.F_DUPFD, FREE_ABOVE) for fd in (ours[0], theirs[1])]
        options = [*QUIET, f"--user-data-dir={folder}", f"--accept-lang={languages}"]
        self._process = subprocess.Popen(
            [sys.executable, "-c", HAND_OVER, *map(str, fds), program, *options, "about:blank"],
            pass_fds=fds,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for fd in (*fds, ours[0], theirs[1]):
            os.close(fd)
        self._out, self._in = ours[1], theirs[0]
        self._rest, self._count, self._session = b"", 0, ""
        self._within: dict[str, int] = {}
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self._attach()

    def _attach(self) -> None:
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(each["targetId"] for each in targets if each["type"] == "page")
        attached = self.call("Target.attachToTarget", targetId=page, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait(10)
        os.close(self._out)
        os.close(self._in)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and return what it answers; news that come meanwhile are kept."""
        self._count += 1
        command = {"id": self._count, "method": method, "params": parameters}
        if self._session:
            command["sessionId"] = self._session
        os.write(self._out, json.dumps(command).encode() + b"\0")
        while True:
            message = self._read()
            if message.get("id") == self._count:
                assert "error" not in message, (method, message["error"])
                answer: dict[str, Any] = message["result"]
                return answer
            self._note(message.get("method", ""), message.get("params", {}))

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._in], [], [], PATIENCE_S)
            assert ready, "the browser says nothing any more"
            piece = os.read(self._in, 1 << 20)
            assert piece, "the browser has ended"
            self._rest += piece
        one, self._rest = self._rest.split(b"\0", 1)
        message: dict[str, Any] = json.loads(one)
        return message

    def _note(self, method: str, told: dict[str, Any]) -> None:
        if method == "Network.requestWillBeSent":
            self.asked.append(told["request"]["url"])
        elif method == "Log.entryAdded" and told["entry"]["level"] in ("error", "warning"):
            self.complaints.append(f"{told['entry']['text']} {told['entry'].get('url', '')}")
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(told["exceptionDetails"])[:500])
        elif method == "Runtime.consoleAPICalled" and told["type"] in ("error", "warning"):
            self.complaints.append(json.dumps(told["args"])[:500])

    def open(self, url: str) -> None:
        self.call("Page.navigate", url=url)

    def sized(self, width: int, height: int, *, dark: bool = False, phone: bool = False) -> None:
        """Make the window so large, and the system's colours light or dark."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def inside(self, part: str) -> None:
        """Go on in the frame whose address has this in it, once it is there; "" leads back."""
        self._within = {}
        deadline = time.monotonic() + PATIENCE_S
        while part and not self._within:
            frames = self.call("Page.getFrameTree")["frameTree"].get("childFrames", [])
            for one in frames:
                if part in one["frame"]["url"]:
                    world = self.call("Page.createIsolatedWorld", frameId=one["frame"]["id"])
                    self._within = {"contextId": world["executionContextId"]}
            assert time.monotonic() < deadline, f"no frame of {part}"
            time.sleep(LOOK_AGAIN_S)

    def tell(self, script: str) -> Any:
        """Return the value of an expression in the page."""
        asked = {"expression": script, "awaitPromise": True, "returnByValue": True, **self._within}
        answer = self.call("Runtime.evaluate", **asked)
        assert "exceptionDetails" not in answer, (script, answer["exceptionDetails"])
        return answer["result"].get("value")

    def until(self, script: str, *, within_s: float = PATIENCE_S) -> Any:
        """Look again and again until an expression is true, and return what it is."""
        deadline = time.monotonic() + within_s
        while not (seen := self.tell(script)):
            shown = self.tell("document.body?.innerText ?? ''")[:2000]
            assert time.monotonic() < deadline, f"{script} did not come; the page says: {shown}"
            time.sleep(LOOK_AGAIN_S)
        return seen

    def press(self, selector: str) -> None:
        """Press a button or a link with the mouse."""
        self.tell(f"document.querySelector({json.dumps(selector)}).click()")

    def enter(self, selector: str, value: str) -> None:
        """Fill a field in, or choose of a list."""
        field = f"document.querySelector({json.dumps(selector)})"
        self.tell(
            f"{field}.value = {json.dumps(value)};"
            f"{field}.dispatchEvent(new Event('change', {{bubbles: true}}))"
        )

    def key(self, name: str) -> None:
        """Press a key."""
        codes = {"Tab": 9, "Enter": 13, "Escape": 27}
        for kind in ("keyDown", "keyUp"):
            one = {"type": kind, "key": name, "code": name, "windowsVirtualKeyCode": codes[name]}
            self.call(
                "Input.dispatchKeyEvent", **one, **({"text": "\r"} if name == "Enter" else {})
            )

    def shot(self, path: Path, *, whole: bool = False) -> None:
        """Keep what it looks like."""
        taken = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(taken["data"]))
