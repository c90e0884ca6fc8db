"""Official pages that expectations rest on, and the words that say the value.

A value that this operation's own page shows needs no entry here: its words stand on the row. Everything
else that counts as documented quotes the page that says it. `tests/data/pages.toml` keeps what each page
shows beside the words, and a test compares both with the value that is expected.
"""

from __future__ import annotations

from dataclasses import dataclass

_REFERENCE = "https://www.alibabacloud.com/help/en/oss/developer-reference/"
_ERRORS = "https://www.alibabacloud.com/help/en/oss/support/"
READ = "2026-11"
"""The month in which pages without a date of their own were read."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the vendor's documentation; `date` is its own, or that of the reading."""

    name: str
    url: str
    date: str = READ


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of a page, exactly as they stand there."""

    page: Page
    words: str

    def __str__(self) -> str:
        return f'{self.page.name} page ({self.page.date}): "{self.words}"'


def _error(code: str, words: str) -> Quote:
    return Quote(Page(f"EC {code}", f"{_ERRORS}{code}"), words)


GET_OBJECT = Page("GetObject", f"{_REFERENCE}getobject")
HEAD_OBJECT = Page("HeadObject", f"{_REFERENCE}headobject", "2025-12-05")
RESTORE_GUIDE = Page(
    "restore user guide (zh)",
    "https://help.aliyun.com/zh/oss/user-guide/"
    "restore-archive-cold-archive-and-deep-cold-archive-oss-objects-for-readability",
)

GET_FROZEN = Quote(GET_OBJECT, "The operation is not valid for the object's state")
GET_RESTORED = Quote(RESTORE_GUIDE, "此时您可以读取Object")
"""The object can be read now: step 3 of the restore, after it is complete."""
HEAD_RESTORING = Quote(HEAD_OBJECT, 'ongoing-request="true"')
HEAD_RESTORED = Quote(HEAD_OBJECT, 'ongoing-request="false", expiry-date="Sun, 16 Apr 2017 08:12:33 GMT"')
HEAD_CLASS = Quote(HEAD_OBJECT, "x-oss-storage-class")

MISMATCH = _error(
    "0002-00000201",
    "The request signature we calculated does not match the signature you provided. "
    "Check your key and signing method.",
)
UNKNOWN_KEY = _error("0002-00000902", "The OSS Access Key Id you provided does not exist in our records.")
ANONYMOUS = _error("0003-00001201", "Anonymous access is forbidden for this operation.")
NO_DATE = _error("0002-00000503", "OSS authentication requires a valid Date.")
MALFORMED = _error("0002-00000202", "The format of the Authorization header in the request is invalid.")
BAD_TOKEN = _error("0002-00000008", "The security token you provided is invalid.")
TOKEN_LOST = _error("0002-00000003", "The Security Token may be lost to specify that it is a STS Access Id.")
URL_INCOMPLETE = _error(
    "0002-00000067",
    "Query-string authentication requires the Signature, Expires and OSSAccessKeyId parameters",
)
STALE = Quote(
    Page("EC 0016-00000718 (zh)", "https://help.aliyun.com/zh/oss/support/0016-00000718"),
    "The archive file or restore info stale",
)
"""Its section on the solution: a clean is only for an object within the duration of its restored state."""
