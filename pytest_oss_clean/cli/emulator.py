"""`oss-clean serve`: the emulator as a server of its own."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import click

from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.oss.secrets import Secret
from pytest_oss_clean.oss.signing import Credentials
from pytest_oss_clean.target.config.options import SECOND_BUCKET, VERSIONED_BUCKET

_SIZE = re.compile(r"(\d{1,15})([KMG]?)")
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def _read_size(_ctx: click.Context, _param: click.Parameter, text: str) -> int:
    """Read a number of bytes, such as 500000, 64M or 2G."""
    found = _SIZE.fullmatch(text.upper())
    if not found or not int(found[1]):
        raise click.BadParameter(f"{text!r} is no size such as 500000, 64M or 2G")
    return int(found[1]) * _UNITS[found[2]]


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=0, help="Port of the OSS endpoint (default: a free one).")
@click.option("--control-port", default=0, help="Port of the time control (default: a free one).")
@click.option("--region", default="cn-hangzhou", show_default=True, help="Region to sign for.")
@click.option("--bucket", default="oss-clean-emulator", show_default=True, help="Bucket that exists.")
@click.option("--second-bucket", default=SECOND_BUCKET, show_default=True, help="Another bucket, or ''.")
@click.option(
    "--versioned-bucket",
    default=VERSIONED_BUCKET,
    show_default=True,
    help="A bucket with versioning enabled, or ''.",
)
@click.option("--keys-from-environment", is_flag=True, help="Use, and print, OSS_ACCESS_KEY_ID and so on.")
@click.option(
    "--env-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the exports into a file, whole, once requests are answered; it is removed at the end.",
)
@click.option("--max-object-size", callback=_read_size, default="1G", show_default=True, help="Of an object.")
@click.option("--max-storage", callback=_read_size, default="4G", show_default=True, help="Of all objects.")
@click.option("--max-connections", type=click.IntRange(1), default=512, show_default=True, help="At once.")
@click.option(
    "--request-seconds",
    type=click.FloatRange(0, min_open=True),
    default=20.0,
    show_default=True,
    help="Time that a request may take without progress.",
)
@click.option(
    "--restore-seconds",
    type=click.IntRange(0),
    help="Time of each restore (default: that of its class and tier).",
)
@click.option("--log", type=click.File("a"), help="Write one line for each request.")
def serve(*, keys_from_environment: bool, **options: Any) -> None:
    """Serve the OSS emulator until Ctrl-C or SIGTERM, on loopback unless --host says otherwise.

    Credentials are generated. The output can be evaluated by a shell: it exports what SDKs and
    `oss-clean check` read.
    """
    from pytest_oss_clean.emulator.http.serve import serve as serve_emulator  # noqa: PLC0415

    serve_emulator(credentials=_from_environment() if keys_from_environment else None, **options)


def _from_environment() -> Credentials:
    key_id, secret, token = (
        os.environ.get(f"OSS_{name}", "") for name in ("ACCESS_KEY_ID", "ACCESS_KEY_SECRET", "SESSION_TOKEN")
    )
    if not (key_id and secret):
        raise ConfigurationError(
            "--keys-from-environment", "", "set OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET"
        )
    return Credentials(key_id, Secret(secret), Secret(token) if token else None)
