"""What a target may claim, one row each; probed in `target/capabilities.py`, needed by contracts."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Claim:
    """A capability that a target's owner may claim; `needs` is what the run must be given for it."""

    name: str
    words: str
    needs: str = ""
    default: bool = False
    """Whether a URL claims it where no claims are given."""


_ROWS = (
    Claim("ColdArchive", "takes and restores ColdArchive objects", default=True),
    Claim("DeepColdArchive", "takes and restores DeepColdArchive objects", default=True),
    Claim("V4", "verifies V4 signatures", default=True),
    Claim("V1", "verifies V1 signatures (withdrawn by OSS since 2025)"),
    Claim("Archive", "takes and restores Archive objects"),
    Claim("IA", "takes IA objects"),
    Claim("presigned", "accepts signatures in the URL"),
    Claim("STS", "accepts temporary credentials, which have a security token", "OSS_SESSION_TOKEN"),
    Claim("region", "refuses V4 signatures for another region"),
    Claim("path-style", "takes the bucket from the path (OSS refuses it on public endpoints)"),
    Claim("instant-restore", "completes a restore at once, so that no object can be seen restoring"),
    Claim("list", "lists the objects below a prefix"),
    Claim("copy", "copies objects"),
    Claim("tags", "keeps tags of objects"),
    Claim("acl", "keeps access control lists of objects"),
    Claim("object-types", "makes objects by appending, and symlinks"),
    Claim("object-meta", "answers GetObjectMeta"),
    Claim("multipart", "takes uploads in parts"),
    Claim("versions", "keeps versions of objects in a bucket with versioning", "--oss-versioned-bucket"),
    Claim("second-bucket", "serves another bucket beside the first", "--oss-second-bucket"),
)
CLAIMS = MappingProxyType({claim.name: claim for claim in _ROWS})
"""In the order in which they are probed: one may rest on those before it."""

DERIVED = MappingProxyType(
    {
        "movable-clock": "follows from --oss-advance-url, the hook pytest_oss_clean_advance or the emulator",
        "hostile-auth": "holds unless --oss-no-hostile-auth is given",
    }
)
"""Capabilities that stand among the claims of a run although nobody claims them, and how they come about."""

DEFAULT_CLAIMS = frozenset(claim.name for claim in CLAIMS.values() if claim.default)
EMULATOR_CLAIMS = (frozenset(CLAIMS) - {"instant-restore"}) | frozenset(DERIVED)


def as_table() -> str:
    rows = ["| claim | the target | needs |", "| --- | --- | --- |"]
    rows += [f"| `{c.name}` | {c.words} | {f'`{c.needs}`' if c.needs else ''} |" for c in CLAIMS.values()]
    return "\n".join(rows)
