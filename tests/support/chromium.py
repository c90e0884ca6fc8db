"""Headless Chromium by its DevTools protocol over a pipe: JSON, each message ended by NUL.

`python tests/support/chromium.py PAGE.html PICTURE.png` makes the picture of README.md.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shutil
import signal
import sys
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars")
QUIET = ("--disable-background-networking", "--no-first-run", "--remote-debugging-pipe")


def path():
    """Return where Chromium is, None where it is not."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def browser():
    """Start Chromium; yield a Tab."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        (read, to), (back, write) = os.pipe(), os.pipe()
        theirs = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (read, write)]
        command = [path(), *FLAGS, *QUIET, f"--user-data-dir={profile}", "about:blank"]
        nowhere = [(os.POSIX_SPAWN_OPEN, n, os.devnull, os.O_RDWR, 0) for n in (0, 1, 2)]
        pipes = [(os.POSIX_SPAWN_DUP2, end, number) for end, number in zip(theirs, (3, 4), strict=True)]
        process = os.posix_spawn(
            command[0], command, dict(os.environ), file_actions=[*nowhere, *pipes], setpgroup=0
        )
        for end in (read, write, *theirs):
            os.close(end)
        try:
            with os.fdopen(to, "wb", buffering=0) as requests, os.fdopen(back, "rb") as responses:
                yield Tab(requests, responses)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process, signal.SIGKILL)
            os.waitpid(process, 0)


class Tab:
    """A page; `events` holds what Chromium reported of it: messages of the console, exceptions, requests."""

    def __init__(self, requests, responses):
        self._requests, self._responses = requests, responses
        self._number, self._session, self.events = 0, None, []
        (target,) = [each for each in self("Target.getTargets")["targetInfos"] if each["type"] == "page"]
        attached = self("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self(f"{domain}.enable")

    def __call__(self, method, **params):
        """Send a command; return its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        message |= {"sessionId": self._session} if self._session else {}
        self._requests.write(json.dumps(message).encode() + b"\0")
        while (reply := self._next()).get("id") != self._number:
            pass
        if "error" in reply:
            raise RuntimeError(f"{method}: {reply['error']}")
        return reply["result"]

    def _next(self):
        text = bytearray()
        while (byte := self._responses.read(1)) != b"\0":
            if not byte:
                raise EOFError("Chromium has ended")
            text += byte
        message = json.loads(text)
        if "method" in message:
            self.events.append((message["method"], message["params"]))
        return message

    def open(self, file, *, width=1280, height=900, dark=False, media=""):
        """Load a file in a window of a size, and wait until it is there."""
        self(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self("Emulation.setEmulatedMedia", media=media, features=scheme)
        self.events.clear()
        self("Page.navigate", url=Path(file).absolute().as_uri())
        while not any(method == "Page.loadEventFired" for method, _ in self.events):
            self._next()

    def run(self, script):
        """Return the value of an expression of JavaScript."""
        done = self("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in done:
            raise RuntimeError(done["exceptionDetails"])
        return done["result"].get("value")

    def picture(self, file, *, whole=False):
        """Write what the window shows, or the whole page, as a PNG file."""
        data = self("Page.captureScreenshot", captureBeyondViewport=whole)["data"]
        Path(file).write_bytes(base64.b64decode(data))


if __name__ == "__main__":
    with browser() as tab:
        tab.open(sys.argv[1], width=1100, height=1000)
        tab.picture(sys.argv[2])
