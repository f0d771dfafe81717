"""Chromium without a window, over the DevTools protocol: for paper, screenshots and the tests of the pages.

The protocol: https://chromedevtools.github.io/devtools-protocol/
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import websocket

from kbspec.errors import SpecificationError

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
ABSENT = "there is no Chromium here (looked for: " + ", ".join(NAMES) + ")"
_SECONDS = 60.0  # for a page to load, for an answer
_SECONDS_FOR_PAPER = 1200.0
_KEY_CODES = {
    "Tab": 9, "Enter": 13, "Escape": 27, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40,
}  # fmt: skip
_OPTIONS = (
    "--headless=new", "--remote-debugging-port=0", "--no-first-run", "--disable-gpu", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--hide-scrollbars", "--no-sandbox",
    "--force-color-profile=srgb", "--font-render-hinting=none", "--disable-dev-shm-usage",
)  # fmt: skip


def find_chromium() -> str | None:
    """The path of an installed Chromium or Chrome; None where there is none."""
    return next((path for path in map(shutil.which, NAMES) if path is not None), None)


class Page:
    """One tab. Every method raises SpecificationError where the browser reports an error or says nothing."""

    def __init__(self, address: str) -> None:
        self._socket = websocket.create_connection(address, timeout=_SECONDS, suppress_origin=True)
        self._number = 0
        self.call("Page.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command of the protocol and its result."""
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            try:
                message = json.loads(self._socket.recv())
            except websocket.WebSocketException as error:
                raise SpecificationError(f"the browser does not answer {method}: {error}") from None
            if message.get("id") == self._number:
                if "error" in message:
                    raise SpecificationError(f"the browser refuses {method}: {message['error']['message']}")
                return dict(message["result"])

    def open(self, address: str) -> None:
        """Load a page, and wait until its scripts have run."""
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=address)
        self.wait("location.href !== 'about:blank' && document.readyState === 'complete'")

    def run(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page; of a promise what it resolves to."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            said = details.get("exception", {}).get("description", details["text"])
            raise SpecificationError(f"the page reports: {said}")
        return result["result"].get("value")

    def wait(self, condition: str) -> None:
        """Wait until a JavaScript expression is true. Raises SpecificationError after a minute."""
        end = time.monotonic() + _SECONDS
        while not self.run(f"Boolean({condition})"):
            if time.monotonic() > end:
                raise SpecificationError(f"the page never came to this: {condition}")
            time.sleep(0.02)

    def press(self, key: str) -> None:
        """Press and release a key: "/", "Escape", "ArrowDown", "Tab", "Enter"."""
        text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
        for kind in ("keyDown", "keyUp"):
            pressed = {"type": kind, "key": key, "windowsVirtualKeyCode": _KEY_CODES.get(key, 0)}
            if kind == "keyDown" and text:
                pressed["text"] = text
            self.call("Input.dispatchKeyEvent", **pressed)

    def write(self, text: str) -> None:
        """Type a text where the focus is."""
        self.call("Input.insertText", text=text)

    def size(self, width: int, height: int, phone: bool = False) -> None:
        """The window, in CSS pixels; `phone` also gives it a touch screen."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=phone,
        )  # fmt: skip
        self.call("Emulation.setTouchEmulationEnabled", enabled=phone)

    def colours(self, scheme: str) -> None:
        """What the reader's system prefers: "light" or "dark"."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", features=features)

    def screenshot(self) -> bytes:
        """The window as PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])

    def pdf(self) -> bytes:
        """The page on paper, with the size and margins that its style sheet asks for, and an outline."""
        self._socket.settimeout(_SECONDS_FOR_PAPER)
        result = self.call(
            "Page.printToPDF", preferCSSPageSize=True, printBackground=True, generateTaggedPDF=True,
            generateDocumentOutline=True, transferMode="ReturnAsStream",
        )  # fmt: skip
        pieces = []
        while True:
            part = self.call("IO.read", handle=result["stream"])
            encoded = part.get("base64Encoded")
            pieces.append(base64.b64decode(part["data"]) if encoded else part["data"].encode("latin-1"))
            if part["eof"]:
                return b"".join(pieces)

    def close(self) -> None:
        """Close the connection; the browser closes with `browser`."""
        self._socket.close()


@contextmanager
def browser() -> Iterator[Page]:
    """A fresh Chromium with one tab.

    Raises SpecificationError where none is installed, or where it does not start.
    """
    program = find_chromium()
    if program is None:
        raise SpecificationError(ABSENT, advice="install Debian's package chromium")
    with tempfile.TemporaryDirectory(prefix="kbspec-", ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [program, *_OPTIONS, f"--user-data-dir={profile}", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": profile},
        )  # fmt: skip
        try:
            page = Page(_address(Path(profile), process))
            yield page
            page.close()
        finally:
            process.terminate()
            process.wait(timeout=_SECONDS)


def _address(profile: Path, process: subprocess.Popen[bytes]) -> str:
    """The address of the first tab; the browser writes its port into its profile."""
    note = profile / "DevToolsActivePort"
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end and process.poll() is None:
        if note.is_file() and note.read_text().count("\n"):
            port = note.read_text().partition("\n")[0]
            with urlopen(f"http://127.0.0.1:{port}/json/list", timeout=_SECONDS) as answer:
                tabs = [one for one in json.load(answer) if one["type"] == "page"]
            if tabs:
                return str(tabs[0]["webSocketDebuggerUrl"])
        time.sleep(0.05)
    raise SpecificationError("Chromium did not start")
