"""`oss-clean serve`: the emulator in a process of its own, until SIGINT or SIGTERM.

Rule: what is printed can be eval'ed by a shell; it is printed once everything answers.
"""

from __future__ import annotations

import shlex
import signal
import sys
import threading
from datetime import UTC, datetime
from types import FrameType
from typing import TextIO

from pytest_oss_clean.emulator import Emulator, random_credentials
from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.oss.messages import Request, Response, redact_target
from pytest_oss_clean.oss.secrets import Secret
from pytest_oss_clean.oss.signing import Credentials


def serve(  # noqa: PLR0913 - the command's options
    *,
    port: int,
    control_port: int,
    region: str,
    bucket: str,
    key_id: str | None,
    secret: Secret | None,
    token: Secret | None,
    log: TextIO | None,
    second_bucket: str = "",
    versioned_bucket: str = "",
) -> None:
    """Run the emulator and print how to reach it; return after SIGINT or SIGTERM.

    Raises ConfigurationError where two buckets have one name.
    """
    _see_that_they_differ(bucket, second_bucket, versioned_bucket)
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    previous = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        fresh = random_credentials(key_id)
        emulator = Emulator.start(
            port=port,
            control_port=control_port,
            region=region,
            bucket=bucket,
            second_bucket=second_bucket,
            versioned_bucket=versioned_bucket,
            credentials=Credentials(fresh.key_id, secret or fresh.secret, token),
            observer=None if log is None else _Logger(log),
        )
        with emulator:
            sys.stdout.write(describe(emulator))
            sys.stdout.flush()
            stopped.wait()
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def describe(emulator: Emulator) -> str:
    """Return shell lines: the settings as exports, further buckets and the control port as comments.

    The secret is shown here on purpose: it is the emulator's own, and the way to use it.
    """
    credentials = emulator.credentials
    exports = {
        "OSS_ENDPOINT": str(emulator.endpoint),
        "OSS_BUCKET": emulator.bucket,
        "OSS_REGION": emulator.region,
        "OSS_ACCESS_KEY_ID": credentials.key_id,
        "OSS_ACCESS_KEY_SECRET": credentials.secret.reveal(),
        **({"OSS_SESSION_TOKEN": credentials.token.reveal()} if credentials.token else {}),
    }
    lines = [f"export {name}={shlex.quote(value)}" for name, value in exports.items()]
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
