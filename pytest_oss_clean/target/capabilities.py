"""Asking a target what it can, with small objects of the run's own: proposed claims, no verdict.

Each claim has a row in PROBES. What was seen stands beside each claim, whether it is proposed or not.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import unquote

from pytest_oss_clean.errors import NotTestedError
from pytest_oss_clean.oss.constants import (
    STORAGE_CLASS,
    VERSION_ID,
    Addressing,
    SignatureForm,
    SignatureVersion,
    StorageClass,
    Tier,
)
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.oss.responses import describe, parse_xml, read_restore
from pytest_oss_clean.spec.request import Bucket, Key, Signing
from pytest_oss_clean.target.config.claims import CLAIMS
from pytest_oss_clean.target.config.options import EMULATOR
from pytest_oss_clean.target.handshake import CONTENT, Asker, remove_all, spoken_to
from pytest_oss_clean.target.target import Target

TAG = ("probe", "of-oss-clean")
OK = 200
LEAST = (("a cold class", {"ColdArchive", "DeepColdArchive"}), ("a signature", {"V4", "V1"}))
"""What a run cannot do without."""


NOTHING_TO_JUDGE = {"baseline": None, "deviations": None, "gate-changes": False}
"""What a target file may say of a run, and a probe does not need."""


class Said(NamedTuple):
    """What a target shows of one claim: that it holds, does not hold, or (None) was not asked."""

    holds: bool | None
    text: str


def for_probing(values: dict[str, Any]) -> dict[str, Any]:
    """Return option values that settle what is only to be found out: claims, and a clock that is not used."""
    if values["target"] == EMULATOR:
        return values | NOTHING_TO_JUDGE | {"claims": None}
    claims = ["ColdArchive", *SignatureVersion]
    if "path-style" in str(values.get("claims")) or values.get("addressing") == Addressing.PATH:
        claims.append("path-style")
    found_out = {"claims": ",".join(claims), "advance-url": None, "restore-seconds": 1.0}
    return values | NOTHING_TO_JUDGE | found_out


def probe(target: Target, *, wait_ready: float = 0.0) -> Iterator[str]:
    """Yield the lines of a TOML snippet; everything written is removed at the end.

    Raises NotTestedError where the target takes no object at all, or answers no more.
    """
    try:
        asker = Asker(spoken_to(target, time.monotonic() + wait_ready))
    except NotTestedError:
        remove_all(target)
        raise
    claims: list[str] = []
    try:
        for claim in CLAIMS:
            said = PROBES[claim](asker)
            _see_that_it_is_there(asker)
            claims += [claim] if said.holds else []
            yield _comment(f"{claim}: {said.text}")
    finally:
        remove_all(asker.target)
    yield from _snippet(claims, asker.target)


def _see_that_it_is_there(asker: Asker) -> None:
    """Go on after a request that got no answer, where an ordinary one gets one."""
    target = asker.target
    if target.breaker.silences:
        head = asker.head()
        if not head.status:
            raise NotTestedError(f"{target.endpoint} answers no more: {head.transport_error}")
        target.try_again()
    if target.given_up:
        raise NotTestedError(target.given_up)


def _snippet(claims: list[str], target: Target) -> Iterator[str]:
    for what, some in LEAST:
        if not some & set(claims):
            yield _comment(f"not enough for a run, which needs {what}: {' or '.join(sorted(some))}")
    yield f"claims = {json.dumps(claims)}"
    if target.signature is not SignatureVersion.V4:
        yield f"signature = {json.dumps(str(target.signature))}"


def _comment(text: str) -> str:
    """Return one line that is a comment whatever the target said."""
    return "# " + "".join(char if char.isprintable() else "?" for char in text)


def _answered(what: str, response: Response) -> str:
    return f"{what} answered {describe(response)}"


def _texts(response: Response, tag: str) -> list[str]:
    """Return the texts of all elements of a name in an answer's body."""
    root: Any = parse_xml(response.body)
    if isinstance(root, str):
        return []
    return [(element.text or "").strip() for element in root.iter(f"{{*}}{tag}")]


def _takes(storage_class: StorageClass, asker: Asker) -> Said:
    name = asker.name(str(storage_class))
    put = asker.client().put(name, CONTENT, storage_class)
    if not put.succeeded:
        return Said(False, _answered(f"PUT of class {storage_class}", put))
    head = asker.client().head(name)
    shown = head.header(STORAGE_CLASS)
    if head.status != OK or shown != storage_class:
        seen = f"HEAD shows class {shown}" if head.status == OK else _answered("HEAD", head)
        return Said(False, f"{_answered(f'PUT of class {storage_class}', put)}, but {seen}")
    asker.taken[storage_class] = name
    return Said(True, f"HEAD shows class {shown}")


def _verifies(version: SignatureVersion, asker: Asker) -> Said:
    head = asker.head(Signing(version))
    if head.status == OK:
        asker.signatures.add(version)
    return Said(head.status == OK, _answered(f"HEAD signed with {version}", head))


def _presigned(asker: Asker) -> Said:
    head = asker.head(Signing(asker.target.signature, form=SignatureForm.URL))
    return Said(head.status == OK, _answered("HEAD signed in its URL", head))


def _sts(asker: Asker) -> Said:
    if asker.target.sts is None:
        return Said(None, "not asked: OSS_SESSION_TOKEN is not set")
    head = asker.head(Signing(asker.target.signature, key=Key.STS))
    return Said(head.status == OK, _answered("HEAD signed with temporary credentials", head))


def _region(asker: Asker) -> Said:
    if "hostile-auth" not in asker.target.claims:
        return Said(None, "not asked: --oss-no-hostile-auth")
    if SignatureVersion.V4 not in asker.signatures:
        return Said(None, "not asked: V4 signs the region, and is not accepted")
    other = "cn-shanghai" if asker.target.region == "cn-beijing" else "cn-beijing"
    head = asker.head(Signing(SignatureVersion.V4, region=other))
    return Said(400 <= head.status < 500, _answered(f"HEAD signed for {other}", head))  # noqa: PLR2004


def _path_style(asker: Asker) -> Said:
    in_path = Asker(replace(asker.target, addressing=Addressing.PATH))
    head = in_path.head()
    return Said(head.status == OK, _answered("HEAD with the bucket in the path", head))


def _instant_restore(asker: Asker) -> Said:
    if not asker.taken.keys() & TIERS.keys():
        return Said(None, "not asked: no class that is restored is taken")
    storage_class, name = next((c, n) for c, n in asker.taken.items() if c in TIERS)
    client, what = asker.client(), f"POST ?restore of a {storage_class} object"
    restore = client.restore(name, tier=TIERS[storage_class])
    if not restore.succeeded:
        return Said(False, _answered(what, restore))
    state = read_restore(client.head(name))
    shown = {
        True: 'shows ongoing-request="true"',
        False: 'shows ongoing-request="false"',
        None: "says nothing",
    }
    ongoing = state.ongoing if state else None
    return Said(ongoing is False, f"{_answered(what, restore)}, and HEAD at once {shown[ongoing]}")


def _list(asker: Asker) -> Said:
    response = asker.client().list(asker.target.prefix)
    names = [unquote(text) for text in _texts(response, "Key")]
    if response.status != OK or asker.name("first") in names:
        return Said(response.status == OK, _answered("GET of the bucket with ?prefix", response))
    return Said(
        False, f"{_answered('GET of the bucket with ?prefix', response)}, without an object that is there"
    )


def _copy(asker: Asker) -> Said:
    name, what = asker.name("copy"), "PUT with x-oss-copy-source"
    copied = asker.client().copy(asker.name("first"), name)
    if not copied.succeeded:
        return Said(False, _answered(what, copied))
    same = asker.client().get(name).body == CONTENT
    return Said(same, _answered(what, copied) + ("" if same else ", but GET shows another content"))


def _tags(asker: Asker) -> Said:
    client = asker.client()
    put = partial(client.put_tags, key=TAG[0], value=TAG[1])
    return _property(asker, "?tagging", put, client.get_tags, TAG[1])


def _acl(asker: Asker) -> Said:
    client = asker.client()
    return _property(asker, "?acl", partial(client.put_acl, value="private"), client.get_acl, "private")


def _property(
    asker: Asker, what: str, put: Callable[[str], Response], get: Callable[[str], Response], value: str
) -> Said:
    """Put a property beside an object of its own; a server that knows none writes it over the content."""
    name, client = asker.name(what.strip("?")), asker.client()
    client.put(name, CONTENT)
    written = put(name)
    if not written.succeeded:
        return Said(False, _answered(f"PUT {what}", written))
    if client.get(name).body != CONTENT:
        return Said(False, f"{_answered(f'PUT {what}', written)}, but wrote over the object")
    shown = get(name)
    holds = shown.status == OK and value in {*_texts(shown, "Value"), *_texts(shown, "Grant")}
    return Said(
        holds, _answered(f"GET {what}", shown) + ("" if holds else f", without the {value!r} just put")
    )


def _object_meta(asker: Asker) -> Said:
    meta = asker.client().object_meta(asker.name("first"))
    return Said(meta.status == OK, _answered("HEAD ?objectMeta", meta))


def _versions(asker: Asker) -> Said:
    if not asker.target.versioned_bucket:
        return Said(None, "not asked: name a bucket with --oss-versioned-bucket")
    client, name = asker.client(Bucket.VERSIONED), asker.name("versions")
    puts = [client.put(name, content) for content in (CONTENT, CONTENT[::-1])]
    failed = next((put for put in puts if not put.succeeded), None)
    if failed:
        return Said(False, _answered("PUT into the versioned bucket", failed))
    ids = {put.header(VERSION_ID) for put in puts}
    different = len(ids) == len(puts) and None not in ids
    return Said(different, f"two PUTs answered {'different' if different else 'no two'} {VERSION_ID}s")


def _second_bucket(asker: Asker) -> Said:
    if not asker.target.second_bucket:
        return Said(None, "not asked: name a bucket with --oss-second-bucket")
    client, name = asker.client(Bucket.SECOND), asker.name("second")
    put = client.put(name, CONTENT)
    if not put.succeeded:
        return Said(False, _answered("PUT into the second bucket", put))
    delete = client.delete(name)
    return Said(delete.succeeded, _answered("PUT and DELETE in the second bucket", delete))


TIERS = {
    StorageClass.COLD_ARCHIVE: Tier.EXPEDITED,
    StorageClass.DEEP_COLD_ARCHIVE: Tier.EXPEDITED,
    StorageClass.ARCHIVE: None,
}
"""The tier to ask for in a restore of each class that has one."""

PROBES: Mapping[str, Callable[[Asker], Said]] = {
    "ColdArchive": partial(_takes, StorageClass.COLD_ARCHIVE),
    "DeepColdArchive": partial(_takes, StorageClass.DEEP_COLD_ARCHIVE),
    "Archive": partial(_takes, StorageClass.ARCHIVE),
    "IA": partial(_takes, StorageClass.IA),
    "V4": partial(_verifies, SignatureVersion.V4),
    "V1": partial(_verifies, SignatureVersion.V1),
    "presigned": _presigned,
    "STS": _sts,
    "region": _region,
    "path-style": _path_style,
    "instant-restore": _instant_restore,
    "list": _list,
    "copy": _copy,
    "tags": _tags,
    "acl": _acl,
    "object-meta": _object_meta,
    "versions": _versions,
    "second-bucket": _second_bucket,
}
"""The probe of each claim of CLAIMS."""
