"""Chromium without a window, driven from tests by its DevTools protocol."""

import base64
import hashlib
import json
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

PROGRAM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
_LATEST_S = 30.0


class _WebSocket:
    """As much of RFC 6455 as a browser on this machine needs."""

    def __init__(self, port, path):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=_LATEST_S)
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        self._file = self._socket.makefile("rb")
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += self._file.readline()
        magic = (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()
        assert base64.b64encode(hashlib.sha1(magic).digest()) in answer

    def send(self, text):
        data, mask = text.encode(), os.urandom(4)
        size = len(data)
        if size < 126:
            head = struct.pack("!BB", 0x81, 0x80 | size)
        elif size < 1 << 16:
            head = struct.pack("!BBH", 0x81, 0x80 | 126, size)
        else:
            head = struct.pack("!BBQ", 0x81, 0x80 | 127, size)
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(data))
        self._socket.sendall(head + mask + masked)

    def receive(self):
        """Return the next message, put together from its parts."""
        data = b""
        while True:
            first, second = self._file.read(2)
            size = second & 0x7F
            if size == 126:
                (size,) = struct.unpack("!H", self._file.read(2))
            elif size == 127:
                (size,) = struct.unpack("!Q", self._file.read(8))
            data += self._file.read(size)
            if first & 0x80:
                return data.decode()

    def close(self):
        self._file.close()
        self._socket.close()


class Page:
    """A page of the browser.

    Attributes
    ----------
    events : list of dict
        All that the browser has told about it: requests, errors, what the console says.
    """

    def __init__(self, port, path):
        self._socket = _WebSocket(port, path)
        self._number = 0
        self.events = []
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method, **arguments):
        """Ask for something, and return the answer."""
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": arguments}))
        while True:
            message = json.loads(self._socket.receive())
            if message.get("id") == self._number:
                assert "error" not in message, (method, message["error"])
                return message["result"]
            self.events.append(message)

    def run(self, script):
        """Evaluate JavaScript, and return what it is."""
        answer = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def open(self, path, width=1000, height=900, **features):
        """Load a file, on a screen of that size; features of media are given by name."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        named = [{"name": n.replace("_", "-"), "value": v} for n, v in features.items()]
        self.call("Emulation.setEmulatedMedia", features=named)
        self.call("Page.navigate", url=Path(path).as_uri())
        self.wait("document.readyState === 'complete' && location.protocol === 'file:'")

    def wait(self, condition):
        """Wait until a condition, in JavaScript, holds."""
        deadline = time.monotonic() + _LATEST_S
        while not self.run(f"!!({condition})"):
            assert time.monotonic() < deadline, condition
            time.sleep(0.05)

    def press(self, key, code=None, text=""):
        """Press a key and let it go."""
        for kind in ("keyDown", "keyUp"):
            more = {"text": text} if text and kind == "keyDown" else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=code or key, **more)

    def requests(self):
        """Return the addresses that were asked for, without those that lie in the page itself."""
        asked = [
            e["params"]["request"]["url"]
            for e in self.events
            if e["method"] == "Network.requestWillBeSent"
        ]
        return [address for address in asked if not address.startswith("data:")]

    def complaints(self):
        """Return errors of scripts, and what the console warns of."""
        found = [
            e["params"]["exceptionDetails"]
            for e in self.events
            if e["method"] == "Runtime.exceptionThrown"
        ]
        return found + [
            e["params"]["entry"] for e in self.events if e["method"] == "Log.entryAdded"
        ]

    def screenshot(self, path, *, whole=True):
        """Save a picture of the page."""
        answer = self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        Path(path).write_bytes(base64.b64decode(answer["data"]))

    def close(self):
        self._socket.close()


@contextmanager
def browser():
    """Start a browser with one page, and end it."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        arguments = (
            "--headless --no-sandbox --disable-gpu --hide-scrollbars --no-first-run "
            "--disable-background-networking --remote-debugging-port=0"
        )
        process = subprocess.Popen(
            [PROGRAM, *arguments.split(), f"--user-data-dir={folder}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            known = Path(folder) / "DevToolsActivePort"
            deadline = time.monotonic() + _LATEST_S
            while not (known.exists() and known.read_text().count("\n")):
                assert process.poll() is None, "Chromium has ended"
                assert time.monotonic() < deadline, "Chromium does not answer"
                time.sleep(0.05)
            port = int(known.read_text().split()[0])
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=10) as answer:
                pages = [each for each in json.load(answer) if each["type"] == "page"]
            page = Page(port, "/" + pages[0]["webSocketDebuggerUrl"].split("/", 3)[3])
            try:
                yield page
            finally:
                page.close()
        finally:
            os.killpg(process.pid, 15)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, 9)
                process.wait()
