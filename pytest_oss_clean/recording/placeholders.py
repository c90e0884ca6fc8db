"""Names that replace the real ones in a recording.

Each is as long as the name it replaces, so that lengths, and object names of the
greatest length, stay true. They are words that belong to nobody.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from pytest_oss_clean.spec.request import Bucket
from pytest_oss_clean.target.config.cassette_folder import Names
from pytest_oss_clean.target.target import Target

PUBLIC = ".aliyuncs.com"
"""The service's own names: they are no secret, but what stands before them is."""

_ENDING = ".invalid"
_BUCKETS = {
    Bucket.MAIN: "recorded-bucket",
    Bucket.SECOND: "second-recorded-bucket",
    Bucket.VERSIONED: "versioned-recorded-bucket",
    Bucket.ABSENT: "absent-recorded-bucket",
}


def of_length(word: str, length: int) -> str:
    """Return a word of a bucket's letters that has this length, and differs from others by its beginning."""
    return (word + "x" * length)[:length].rstrip("-").ljust(length, "x")


def names_for(target: Target) -> Names:
    buckets = {which: of_length(word, len(target.buckets[which])) for which, word in _BUCKETS.items()}
    if len({name for name in buckets.values() if name}) < len([name for name in buckets.values() if name]):
        # Names so short that the words are the same.
        buckets = {
            which: name[:-1] + str(n) if name else "" for n, (which, name) in enumerate(buckets.items())
        }
    host = target.endpoint.host
    return Names(
        endpoint=("e" * (len(host) - len(_ENDING)) + _ENDING)
        if len(host) > len(_ENDING)
        else "e" * len(host),
        bucket=buckets[Bucket.MAIN],
        second_bucket=buckets[Bucket.SECOND],
        versioned_bucket=buckets[Bucket.VERSIONED],
        absent_bucket=buckets[Bucket.ABSENT],
        prefix=of_length("oss-clean-recorded", len(target.prefix) - 1) + "/",
    )


@dataclass(frozen=True)
class Placeholders:
    """The real names of a target and their replacements; of a replay both are the same."""

    names: Names
    authority: str
    buckets: Mapping[str, str]
    anywhere: Mapping[str, str]
    """Names that nothing else can be taken for: they are replaced wherever they stand."""

    @classmethod
    def of(cls, target: Target, names: Names) -> Placeholders:
        interactions = {
            target.buckets[Bucket.MAIN]: names.bucket,
            target.buckets[Bucket.SECOND]: names.second_bucket,
            target.buckets[Bucket.VERSIONED]: names.versioned_bucket,
            target.buckets[Bucket.ABSENT]: names.absent_bucket,
        }
        buckets = {real: name for real, name in interactions.items() if real}
        absent = target.buckets[Bucket.ABSENT]
        anywhere = {target.prefix.rstrip("/"): names.prefix.rstrip("/"), absent: names.absent_bucket}
        anywhere |= {quote(real, safe=""): quote(name, safe="") for real, name in anywhere.items() if real}
        return cls(names, target.endpoint.authority, buckets, {r: n for r, n in anywhere.items() if r})

    def text(self, text: str) -> str:
        """Return a text without the run's own prefix and generated names."""
        for real, name in self.anywhere.items():
            text = text.replace(real, name)
        return text

    def raw(self, raw: bytes) -> bytes:
        return self.text(raw.decode("latin-1")).encode("latin-1")

    def target(self, target: str) -> str:
        """Return a request target with the stand-in of its bucket, where that stands in the path."""
        return self.text(self._path(target))

    def copy_source(self, value: str) -> str:
        """Return a copy source: `/bucket/name`."""
        return self.text(self._path(value))

    def _path(self, path: str) -> str:
        first = re.match(r"/([^/?]*)", path)
        name = self.buckets.get(first[1]) if first else None
        return path if first is None or name is None else f"/{name}{path[first.end() :]}"

    def host(self, host: str) -> str:
        """Return a Host, with or without a bucket in front, without its port."""
        if host != self.authority and not host.endswith(f".{self.authority}"):
            return self.text(host)
        bucket = host[: -len(self.authority)].rstrip(".")
        name = self.buckets.get(bucket, bucket)
        return f"{name}.{self.names.endpoint}" if name else self.names.endpoint

    def place(self, text: str) -> str:
        """Return a text that may name bucket and endpoint, both as long as they were."""
        for real, name in self.buckets.items():
            text = re.sub(rf"(?<![a-z0-9-]){re.escape(real)}(?![a-z0-9-])", name, text)
        host, port = re.fullmatch(r"(.*?)((?::\d+)?)", self.authority).groups()  # type: ignore[union-attr]
        if not host.endswith(PUBLIC):
            text = text.replace(self.authority, self.names.endpoint + re.sub(r"\d", "0", port))
            text = text.replace(host, self.names.endpoint)
        return self.text(text)
