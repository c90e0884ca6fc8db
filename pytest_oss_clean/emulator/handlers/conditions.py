"""If-Match and its relatives, on reads and on the source of a copy.

Rule: a condition that is not met ends the request before the restore state is looked at.
"""

from __future__ import annotations

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.dates import read_http_date
from pytest_oss_clean.emulator.errors import ErrorRow, OssError
from pytest_oss_clean.emulator.store import StoredObject
from pytest_oss_clean.oss.messages import Operation

_CONDITIONS = ("if-match", "if-none-match", "if-modified-since", "if-unmodified-since")
COPY_SOURCE = "x-oss-copy-source-"
_NAMES = {prefix: [prefix + name for name in _CONDITIONS] for prefix in ("", COPY_SOURCE)}


class UnchangedError(OssError):
    """Ends a read with 304: the client has it already."""

    def __init__(self) -> None:
        super().__init__(ErrorRow(304, "NotModified", "Not Modified"))


def check_conditions(operation: Operation, thing: StoredObject, prefix: str = "") -> None:
    """Raise PreconditionFailed or UnchangedError; dates that cannot be read are no conditions."""
    if operation.fields.keys().isdisjoint(_NAMES[prefix]):
        return
    match, none_match, modified, unmodified = map(operation.header, _NAMES[prefix])
    changed_at = int(thing.modified_at)
    if match is not None and not _matches(match, thing):
        raise OssError(errors.CONDITION_FAILED, (("Condition", "If-Match"),))
    since = read_http_date(unmodified or "")
    if match is None and since is not None and changed_at > since:
        raise OssError(errors.CONDITION_FAILED, (("Condition", "If-Unmodified-Since"),))
    if none_match is not None and _matches(none_match, thing):
        raise UnchangedError
    since = read_http_date(modified or "")
    if none_match is None and since is not None and changed_at <= since:
        raise UnchangedError


def _matches(text: str, thing: StoredObject) -> bool:
    wanted = thing.etag.strip('"')
    return any(tag.strip().strip('"') in ("*", wanted) for tag in text.split(","))
