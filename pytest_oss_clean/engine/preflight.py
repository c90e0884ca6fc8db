"""The first requests of a run: whether this target can be tested at all."""

from __future__ import annotations

import time

from pytest_oss_clean.engine.provisioning import content_of, demand
from pytest_oss_clean.errors import NotTestedError
from pytest_oss_clean.oss.constants import Code
from pytest_oss_clean.oss.operations import PERMISSIONS
from pytest_oss_clean.oss.responses import describe, read_error, server_words
from pytest_oss_clean.target.target import Target
from pytest_oss_clean.target.transcript import NEVER_ARRIVED

HINTS: dict[str, str] = {
    Code.NO_SUCH_BUCKET: "--oss-bucket {target.bucket} is not there, or not looked for where it stands: "
    "--oss-addressing is {target.addressing}",
    Code.SIGNATURE_DOES_NOT_MATCH: "the secret, the region {target.region}, --oss-signature "
    "{target.signature} or --oss-addressing {target.addressing} does not fit",
}
"""What may be wrong where the first PUT is refused with a Code."""


def preflight(target: Target, *, wait_ready: float = 0.0) -> None:
    """Find out with one small object whether the target can be tested at all.

    Raises NotTestedError with the one cause.
    """
    client = target.client("preflight")
    name = client.name("preflight")
    client.remove(name)  # of a run of the same pool that was killed
    deadline = time.monotonic() + wait_ready
    absent = client.head(name)
    while absent.transport_error and time.monotonic() < deadline:
        time.sleep(0.2)
        target.try_again()
        absent = client.head(name)
    if absent.transport_error and absent.transport_error.kind in NEVER_ARRIVED:
        raise NotTestedError(f"{target.endpoint} cannot be reached: {absent.transport_error}")
    target.pace.refuse_throttled(absent)
    demand(absent.status >= 400, "HEAD of an object that does not exist", "404", absent, PERMISSIONS["head"])  # noqa: PLR2004
    response = client.put(name, content_of(name))
    hint = HINTS.get(read_error(response).code)
    if hint:
        words = server_words(response)
        said = f"; the server says {words}" if words else ""
        what = f"PUT of a small object: {describe(response)}{said}"
        raise NotTestedError(f"{what}; {hint.format(target=target)}")
    try:
        demand(response.succeeded, "PUT of a small object", "200", response, PERMISSIONS["put"])
        head = client.head(name)
        demand(head.status == 200, "HEAD of the new object", "200", head, PERMISSIONS["head"])  # noqa: PLR2004
        size = head.header("content-length")
        if size != str(len(content_of(name))):
            raise NotTestedError(
                f"HEAD of the new object: Content-Length is {size}, not {len(content_of(name))}"
            )
    finally:
        client.remove(name)
    deleted = client.last.response
    gone = client.head(name)
    if gone.status < 400 and not deleted.succeeded:  # noqa: PLR2004
        demand(
            condition=False,
            step="DELETE of the small object",
            wanted="204",
            response=deleted,
            permission=PERMISSIONS["delete"],
        )
    demand(gone.status >= 400, "HEAD of the deleted object", "404", gone)  # noqa: PLR2004
