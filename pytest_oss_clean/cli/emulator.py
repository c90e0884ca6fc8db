"""`oss-clean serve`: the emulator as a server of its own."""

from __future__ import annotations

import os
from typing import Any

import click

from pytest_oss_clean.target.config.options import SECOND_BUCKET, VERSIONED_BUCKET


@click.command()
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
@click.option("--log", type=click.File("a"), help="Write one line for each request.")
def serve(log: Any, **options: Any) -> None:
    """Serve the OSS emulator on 127.0.0.1 until Ctrl-C or SIGTERM.

    Credentials come from OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET, or are made up. The output can
    be evaluated by a shell: it exports what SDKs and `oss-clean check` read.
    """
    from pytest_oss_clean.emulator.http.serve import serve as serve_emulator  # noqa: PLC0415
    from pytest_oss_clean.oss.secrets import Secret  # noqa: PLC0415

    secret, token = (os.environ.get(name) for name in ("OSS_ACCESS_KEY_SECRET", "OSS_SESSION_TOKEN"))
    serve_emulator(
        **options,
        key_id=os.environ.get("OSS_ACCESS_KEY_ID") or None,
        secret=Secret(secret) if secret else None,
        token=Secret(token) if token else None,
        log=log,
    )
