"""Times as OSS reads and writes them: RFC 1123 in headers, ISO in documents and V4 signatures."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from functools import lru_cache

_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_HTTP_DATE = re.compile(
    rf"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d\d) ({'|'.join(_MONTHS)}) (\d{{4}}) (\d\d):(\d\d):(\d\d) GMT",
    re.ASCII,
)
_ISO_BASIC = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z", re.ASCII)


@lru_cache(maxsize=64)
def read_http_date(text: str) -> float | None:
    """Read the one form OSS takes in Date: RFC 1123, GMT, two-digit day."""
    match = _HTTP_DATE.fullmatch(text.strip())
    if not match:
        return None
    day, month, year, *clock = match.groups()
    return _moment(int(year), _MONTHS.index(month) + 1, int(day), *map(int, clock))


@lru_cache(maxsize=64)
def read_iso_basic(text: str) -> float | None:
    """Read `YYYYMMDDTHHMMSSZ`."""
    match = _ISO_BASIC.fullmatch(text.strip())
    return _moment(*map(int, match.groups())) if match else None


def _moment(*parts: int) -> float | None:
    try:
        return datetime(*parts, tzinfo=UTC).timestamp()  # type: ignore[arg-type,misc]
    except ValueError:
        return None


def iso_milliseconds(moment: float) -> str:
    """Return `YYYY-MM-DDTHH:MM:SS.000Z`, as error documents write times."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def day_of(moment: float) -> str:
    """Return `YYYYMMDD`, as the scope of a V4 signature writes days."""
    return _day(math.floor(moment))


@lru_cache(maxsize=64)
def _day(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y%m%d")
