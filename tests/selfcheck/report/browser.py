"""Chromium without a window, spoken to over a pair of pipes; no driver and no port is needed.

Source: the Chrome DevTools Protocol with `--remote-debugging-pipe`: JSON messages, each ended by a zero
byte, read by the browser from descriptor 3 and written by it to descriptor 4.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

OPTIONS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--hide-scrollbars", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--disable-extensions", "--disable-default-apps", "--disable-dev-shm-usage"),
    "--remote-debugging-pipe",
]
#: Puts the two pipes where the browser looks for them.
START = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); "
    "os.execv(sys.argv[3], sys.argv[3:])"
)
PATIENCE = 60.0


def find_chromium() -> str | None:
    """Return the browser of this machine, None if it has none."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@dataclass
class Browser:
    """A running browser: messages go out through `out` and come in through `into`."""

    process: subprocess.Popen
    out: int
    into: int
    number: int = 0
    held: bytes = b""
    events: list[dict[str, Any]] = field(default_factory=list)

    def call(self, method: str, session: str = "", **params: Any) -> dict[str, Any]:
        """Send one command and return its result; what else is heard on the way is kept."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            heard = self.hear()
            if heard.get("id") == self.number:
                assert "error" not in heard, heard["error"]
                return dict(heard["result"])
            self.events.append(heard)

    def hear(self) -> dict[str, Any]:
        """Return the next message."""
        end = time.monotonic() + PATIENCE
        while b"\0" not in self.held:
            ready, _, _ = select.select([self.into], [], [], max(end - time.monotonic(), 0))
            assert ready, f"the browser said nothing for {PATIENCE:.0f} s"
            chunk = os.read(self.into, 1 << 20)
            assert chunk, "the browser ended"
            self.held += chunk
        message, _, self.held = self.held.partition(b"\0")
        return dict(json.loads(message))

    def open(
        self, page: Path, *, width: int = 1280, height: int = 900, dark: bool = False, media: str = "screen"
    ) -> Page:
        """Open `page` from disk, with these many CSS pixels, and wait until it is loaded."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        opened = Page(self, session, target)
        for domain in ("Page", "Runtime", "Log", "Network"):
            opened.call(f"{domain}.enable")
        opened.resize(width, height)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        opened.call("Emulation.setEmulatedMedia", media=media, features=[scheme])
        opened.call("Page.navigate", url=page.resolve().as_uri())
        opened.wait("Page.loadEventFired")
        return opened


@dataclass
class Page:
    """An open page."""

    browser: Browser
    session: str
    target: str

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send one command to this page."""
        return self.browser.call(method, self.session, **params)

    def heard(self, *methods: str) -> list[dict[str, Any]]:
        """Return what the page has reported by these methods so far."""
        return [
            each["params"]
            for each in self.browser.events
            if each.get("sessionId") == self.session and each["method"] in methods
        ]

    def wait(self, method: str) -> None:
        """Wait until the page has reported `method` once."""
        while not self.heard(method):
            self.browser.events.append(self.browser.hear())

    def resize(self, width: int, height: int) -> None:
        """Give the page so many CSS pixels; narrow ones as a phone has them."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=width < 600,
        )  # fmt: skip

    def run(self, script: str) -> Any:
        """Return the value of a JavaScript expression; a promise is awaited."""
        done = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def press(self, key: str) -> None:
        """Press a key and let it go: `Tab`, `Enter`, ` `."""
        code = {"Tab": 9, "Enter": 13, " ": 32, "ArrowRight": 39}[key]
        text = {"Enter": "\r", " ": " "}.get(key, "")
        for kind in ("keyDown", "keyUp"):
            more = {"text": text} if text and kind == "keyDown" else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **more)

    def settle(self) -> None:
        """Wait until what was changed is drawn."""
        self.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))")

    def shoot(self, path: Path, *, whole: bool = False) -> None:
        """Take a picture of the window, or of the whole page."""
        self.settle()
        taken = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(taken["data"]))

    def errors(self) -> list[str]:
        """Return what the console was told as an error or a warning, and scripts that failed."""
        said = [
            each["type"] + ": " + str(each["args"])
            for each in self.heard("Runtime.consoleAPICalled")
            if each["type"] in ("error", "warning", "assert")
        ]
        said += [str(each["exceptionDetails"]) for each in self.heard("Runtime.exceptionThrown")]
        return said + [
            each["entry"]["text"]
            for each in self.heard("Log.entryAdded")
            if each["entry"]["level"] in ("error", "warning")
        ]

    def requests(self) -> list[str]:
        """Return the addresses that the page asked for."""
        return [each["request"]["url"] for each in self.heard("Network.requestWillBeSent")]

    def close(self) -> None:
        """Close the page."""
        self.browser.call("Target.closeTarget", targetId=self.target)


@contextlib.contextmanager
def browser(program: str, folder: Path) -> Iterator[Browser]:
    """Start `program` with a profile of its own in `folder`, and end it afterwards."""
    there, out = os.pipe()
    into, back = os.pipe()
    # Above 4, so that neither end is overwritten when both are put in their places.
    high = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (there, back)]
    process = subprocess.Popen(
        [sys.executable, "-c", START, *map(str, high), program, *OPTIONS, f"--user-data-dir={folder}"],
        pass_fds=high,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    for end in (there, back, *high):
        os.close(end)
    running = Browser(process, out, into)
    try:
        yield running
    finally:
        with contextlib.suppress(AssertionError, OSError):
            running.call("Browser.close")
        os.close(out)
        os.close(into)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
