"""Which bytes a Range asks for.

Rule: a range counts only where both its ends lie within the object; otherwise the header is ignored. With
`x-oss-range-behavior: standard` it is read as RFC 9110 says (page "segmenting HTTP range requests").
"""

from __future__ import annotations

import re

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.errors import OssError
from pytest_oss_clean.oss.messages import Operation

BEHAVIOR = "x-oss-range-behavior"
_RANGES = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*(?:,[\s\d,-]*)?", re.ASCII)


def read_range(operation: Operation, size: int, header: str = "range") -> tuple[int, int] | None:
    """Return the start and the end behind it, None for the whole object; of several ranges the first counts.

    Raises OssError InvalidRange where the standard behaviour is asked for and no byte is in the range.
    """
    asked = operation.header(header) or ""
    match = _RANGES.fullmatch(asked)
    if not match or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if first and last and int(first) > int(last):
        return None
    start = int(first) if first else size - int(last)
    end = int(last) + 1 if first and last else size
    if 0 <= start < end <= size:
        return start, end
    if (operation.header(BEHAVIOR) or "").lower() != "standard":
        return None
    start, end = max(0, start), min(size, end)
    if start >= end:
        extras = (("ActualObjectSize", str(size)), ("RangeRequested", asked))
        raise OssError(errors.BAD_RANGE, extras, (("Content-Range", f"bytes */{size}"),))
    return start, end
