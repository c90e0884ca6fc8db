"""`oss-clean serve`: the emulator in a process of its own, until SIGINT or SIGTERM.

Rule: what is printed can be eval'ed by a shell; it is printed once everything answers.
"""

from __future__ import annotations

import gc
import shlex
import signal
import sys
import tempfile
import threading
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any, TextIO

from pytest_oss_clean.emulator import Emulator
from pytest_oss_clean.emulator.http.server import is_open
from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.oss.messages import Request, Response, redact_target
from pytest_oss_clean.oss.signing import Credentials

WARNING = (
    "oss-clean: warning: other machines can reach this emulator. It is made for tests: whoever knows the "
    "keys may do everything, and the control port asks for no key.\n"
)


def serve(
    *,
    credentials: Credentials | None = None,
    log: TextIO | None = None,
    env_file: Path | None = None,
    **options: Any,
) -> None:
    """Run the emulator and print how to reach it; return after SIGINT or SIGTERM.

    `options` are those of `Emulator.start`. `env_file` holds the same lines: it is there, whole, while the
    emulator answers, and at no other time. Raises ConfigurationError where two buckets have one name.
    """
    _see_that_they_differ(options["bucket"], options["second_bucket"], options["versioned_bucket"])
    if env_file is not None:
        env_file.unlink(missing_ok=True)  # nobody shall source that of an earlier run
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    previous = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        observer = None if log is None else _Logger(log)
        with Emulator.start(credentials=credentials, observer=observer, **options) as emulator:
            if is_open(options.get("host", "127.0.0.1")):
                sys.stderr.write(WARNING)
            gc.freeze()  # what is loaded stays; no collection looks at it again
            lines = describe(emulator)
            sys.stdout.write(lines)
            sys.stdout.flush()
            if env_file is not None:
                _write_whole(env_file, lines)
            stopped.wait()
    finally:
        if env_file is not None:
            env_file.unlink(missing_ok=True)
        for number, handler in previous.items():
            signal.signal(number, handler)


def _write_whole(file: Path, text: str) -> None:
    """Write a file that only its owner can read; whoever sees it sees all of it."""
    with tempfile.NamedTemporaryFile("w", dir=file.parent, prefix=f".{file.name}.", delete=False) as part:
        part.write(text)
    Path(part.name).replace(file)


def describe(emulator: Emulator) -> str:
    """Return shell lines: the settings as exports, further buckets and the control port as comments.

    The secret is shown here on purpose: it is the emulator's own, and the way to use it.
    """
    lines = [f"export {name}={shlex.quote(value)}" for name, value in emulator.environment.items()]
    further = {"second": emulator.second_bucket, "versioned": emulator.versioned_bucket}
    buckets = [f"--oss-{which}-bucket {name}" for which, name in further.items() if name]
    lines += [f"# {' '.join(buckets)}"] if buckets else []
    lines += [
        f"# --oss-advance-url '{emulator.control_url}/advance?seconds={{seconds}}'",
        f"# control: {emulator.control_url}/",
        "# ready",
    ]
    return "\n".join(lines) + "\n"


def _see_that_they_differ(bucket: str, second_bucket: str, versioned_bucket: str) -> None:
    named = {"--bucket": bucket}
    for option, name in (("--second-bucket", second_bucket), ("--versioned-bucket", versioned_bucket)):
        same = next((other for other, taken in named.items() if name and taken == name), "")
        if same:
            raise ConfigurationError(option, name, f"name another one than {same}")
        named[option] = name


class _Logger:
    """Writes one line per request: time, method, redacted target, status."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def __call__(self, request: Request, response: Response) -> None:
        target = redact_target(request.target).encode("ascii", "backslashreplace").decode()
        when = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._file.write(f"{when} {request.method or '-'} {target or '-'} {response.status}\n")
        self._file.flush()
