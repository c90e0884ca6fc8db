"""Two folders of recordings compared: which answers of the same requests differ.

What differs from run to run is not compared: dates, ids, checksums of contents that name the run. An id
or a checksum counts by its place in the recording: the same one again must be the same one again.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any

from pytest_oss_clean.oss.constants import DELETE_MARKER, OSS_ERROR, VERSION_ID
from pytest_oss_clean.recording.cassette import Cassette, Interaction, read_cassette, target_of
from pytest_oss_clean.recording.filters import MASKED
from pytest_oss_clean.target.config.cassette_folder import SUFFIX, BrokenCassetteError, read_folder

LONGEST = 120
"""Characters of a value that are shown."""

OF_THE_MOMENT = frozenset({"date", "x-oss-server-time", "last-modified", "connection", "keep-alive"})
NUMBERED = frozenset("x-oss-request-id etag content-md5 x-oss-hash-crc64ecma".split())
"""Headers whose value is another in each run."""

_ELEMENT = re.compile(r"<(RequestId|ETag|VersionId|VersionIdMarker|NextVersionIdMarker|HostId)>([^<]+)<")
_FILLED = re.compile("n{64,}")
"""What makes names as long as they may be, and so is shorter where the run's name is longer."""

_MASKED = re.compile(rf"<({'|'.join(MASKED)})>[^<]*<")
_TIMES = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT"
    r"|\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z|\d{8}T\d{6}Z"
)


class _Numbering:
    """Names values by the order in which they appear."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, str]] = {}

    def of(self, what: str, value: str) -> str:
        known = self._known.setdefault(what.lower(), {})
        return known.setdefault(value.strip('"'), f"{what.lower()} {len(known) + 1}")


class _Normalised:
    """Brings the exchanges of one recording into a form that another run has too."""

    def __init__(self, cassette: Cassette) -> None:
        self._numbers = _Numbering()
        self._sizes: dict[str, str] = {}
        for interaction in cassette.interactions:
            if interaction.request.method == "PUT" and interaction.request.body:
                size = f"that of content {len(self._sizes) + 1}"
                self._sizes.setdefault(str(len(interaction.request.body)), size)
        names = _names_of(cassette)
        # Lengths of names differ between targets: their replacements are made the same.
        self._names = {real: f"({what})" for what, real in names.items() if real and real != "/"}
        self.exchanges = [
            (self._request(interaction), self._answer(interaction)) for interaction in cassette.interactions
        ]

    def _request(self, interaction: Interaction) -> str:
        target = self._text(target_of(interaction.request.uri)).removeprefix("/(bucket)")
        return f"{interaction.request.method} {self._versions(interaction, target)}"

    def _versions(self, interaction: Interaction, target: str) -> str:
        return re.sub(r"(?<=versionId=)[^&]+", lambda found: self._version(interaction, found[0]), target)

    def _version(self, interaction: Interaction, value: str) -> str:
        """Name a version; those that are cleared away are so in the order of their ids, which is chance."""
        return (
            "(version)"
            if interaction.request.method == "DELETE"
            else self._numbers.of("x-oss-version-id", value)
        )

    def _answer(self, interaction: Interaction) -> dict[str, str]:
        status, response = interaction.response["status"], interaction.response
        found = {"status": str(status["code"])}
        for name, values in sorted(response["headers"].items()):
            lower = name.lower()
            if lower == "content-length":
                found |= self._length(response)
            elif lower == DELETE_MARKER and "versionId=" in interaction.request.uri:
                pass  # of versions that are cleared away, in the order of their ids
            elif lower not in OF_THE_MOMENT:
                found[f"header {lower}"] = ", ".join(
                    self._header(interaction, lower, value) for value in values
                )
        body = response["body"]["string"]
        found["body"] = self._body(body.decode("latin-1") if isinstance(body, bytes) else str(body or ""))
        return found

    def _length(self, response: Mapping[str, Any]) -> dict[str, str]:
        """Return how long an object is said to be; a document is as long as the names in it."""
        headers = {name.lower(): values[0] for name, values in response["headers"].items()}
        if "xml" in headers.get("content-type", ""):
            return {}
        return {"header content-length": self._size(headers["content-length"])}

    def _size(self, value: str) -> str:
        """Return a size, of a content that was put by its place: contents name the run."""
        return self._sizes.get(value, value)

    def _header(self, interaction: Interaction, name: str, value: str) -> str:
        if name == VERSION_ID:
            return self._version(interaction, value)
        if name in NUMBERED:
            return self._numbers.of(name, value)
        if name == OSS_ERROR:
            try:
                return self._body(base64.b64decode(value, validate=True).decode("latin-1"))
            except (binascii.Error, ValueError):
                return value
        return self._text(value)

    def _body(self, text: str) -> str:
        text = _MASKED.sub(lambda found: f"<{found[1]}>(masked)<", text)
        text = _ELEMENT.sub(
            lambda found: f"<{found[1]}>{self._numbers.of(_KIND.get(found[1], found[1]), found[2])}<", text
        )
        text = re.sub(r"(?<=<Size>)\d+", lambda found: self._size(found[0]), text)
        return self._text(re.sub(r">\s+<", "><", text.strip()))

    def _text(self, text: str) -> str:
        for real, name in self._names.items():
            text = text.replace(real, name).replace(real.replace("/", "%2F"), name)
        return _FILLED.sub("(letters)", _TIMES.sub("(time)", text))


_KIND = {"VersionIdMarker": "VersionId", "NextVersionIdMarker": "VersionId", "VersionId": "x-oss-version-id"}


def _names_of(cassette: Cassette) -> dict[str, str]:
    """Return the names that stand in a recording, the longest first."""
    names = cassette.provenance.names
    found = {
        "bucket": names.bucket,
        "second bucket": names.second_bucket,
        "versioned bucket": names.versioned_bucket,
        "absent bucket": names.absent_bucket,
        "endpoint": names.endpoint,
        "run": names.prefix.rstrip("/"),
    }
    return dict(sorted(found.items(), key=lambda pair: -len(pair[1])))


def compare(old: str, new: str) -> Iterator[str]:
    """Yield a line for each difference between two folders. Raises ConfigurationError."""
    left, right = (_read(option, name) for option, name in (("OLD", old), ("NEW", new)))
    for slug in sorted(left.keys() - right.keys()):
        yield f"{slug}: only in {old}"
    for slug in sorted(right.keys() - left.keys()):
        yield f"{slug}: only in {new}"
    for slug in sorted(left.keys() & right.keys()):
        one, other = left[slug], right[slug]
        if isinstance(one, str) or isinstance(other, str):
            yield from (f"{slug}: {cassette}" for cassette in (one, other) if isinstance(cassette, str))
        else:
            yield from (f"{one.provenance.contract}: {text}" for text in differences(one, other))


def _read(option: str, name: str) -> Mapping[str, Cassette | str]:
    found: dict[str, Cassette | str] = {}
    for path in sorted(read_folder(option, name).path.glob(f"*{SUFFIX}")):
        try:
            found[path.stem] = read_cassette(path)
        except BrokenCassetteError as error:
            found[path.stem] = str(error)
    return found


def differences(old: Cassette, new: Cassette) -> Iterator[str]:
    """Yield what differs between two recordings of a contract."""
    left, right = _Normalised(old).exchanges, _Normalised(new).exchanges
    matcher = SequenceMatcher(None, [r for r, _ in left], [r for r, _ in right], autojunk=False)
    for tag, i, i_end, j, j_end in matcher.get_opcodes():
        if tag == "equal":
            for (request, was), (_, now) in zip(left[i:i_end], right[j:j_end], strict=True):
                yield from (f"{request}: {text}" for text in _differ(was, now))
        else:
            yield from (f"no longer asked: {request}" for request, _ in left[i:i_end])
            yield from (f"asked anew: {request}" for request, _ in right[j:j_end])


def _differ(was: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for part in dict.fromkeys((*was, *now)):
        old, new = was.get(part), now.get(part)
        if old != new:
            pairs = zip(old or "", new or "", strict=False)
            start = next((i for i, (one, other) in enumerate(pairs) if one != other), 0)
            yield f"{part} was {_shown(old, start)}, is {_shown(new, start)}"


def _shown(value: str | None, start: int) -> str:
    """Return a value, of a long one what surrounds the first difference."""
    if value is None:
        return "absent"
    if len(value) <= LONGEST:
        return repr(value)
    begin = max(0, start - LONGEST // 4)
    cut = value[begin : begin + LONGEST]
    return repr(f"{'...' * (begin > 0)}{cut}{'...' * (begin + LONGEST < len(value))}")
