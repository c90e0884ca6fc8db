"""Asking a target what it can, with small objects of the run's own: proposed claims, no verdict.

Each claim has a row in PROBES. What was seen stands beside each claim, whether it is proposed or not.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import unquote

from pytest_oss_clean.errors import NotTestedError
from pytest_oss_clean.oss import operations
from pytest_oss_clean.oss.constants import (
    STORAGE_CLASS,
    VERSION_ID,
    Addressing,
    ObjectType,
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
from pytest_oss_clean.target.target import OssClient, Target

CONTENT = b"written by oss-clean probe, and removed by it"
TAG = ("probe", "of-oss-clean")
OK = 200
REFUSED = (400, 401, 403)
LEAST = (("a cold class", {"ColdArchive", "DeepColdArchive"}), ("a signature", {"V4", "V1"}))
"""What a run cannot do without."""


NOTHING_TO_JUDGE = {"baseline": None, "deviations": None, "gate-changes": False}
"""What a target file may say of a run, and a probe does not need."""


@dataclass(slots=True)
class ProbeSession:
    """A target that takes small objects, and what was found out about it so far: classes, signatures."""

    target: Target
    taken: dict[StorageClass, str] = field(default_factory=dict)
    signatures: set[SignatureVersion] = field(default_factory=set)

    def client(self, bucket: Bucket = Bucket.MAIN) -> OssClient:
        return self.target.client("probe", bucket)

    def name(self, suffix: str) -> str:
        return f"{self.target.prefix}probe-{suffix}"

    def head(self, signing: Signing | None = None) -> Response:
        """HEAD of the first object, signed in some other way."""
        client = self.client()
        operation = operations.plain("HEAD", client.bucket, self.name("first"))
        return client.send(operation, label="head", signing=signing)


class Observation(NamedTuple):
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
        session = ProbeSession(first_contact(target, time.monotonic() + wait_ready))
    except NotTestedError:
        remove_all(target)
        raise
    claims: list[str] = []
    try:
        for claim in CLAIMS:
            observed = PROBES[claim](session)
            _must_still_answer(session)
            claims += [claim] if observed.holds else []
            yield _comment(f"{claim}: {observed.text}")
        yield _comment(f"clean: {_clean(session)}")
    finally:
        remove_all(session.target)
    yield from _snippet(claims, session.target)


def first_contact(target: Target, deadline: float) -> Target:
    """Return the target as it takes a first object: signed and addressed in one way or another.

    Raises NotTestedError where there is no such way, in the end after `deadline`.
    """
    ways = [
        replace(target, addressing=addressing, signature=signature)
        for addressing in dict.fromkeys((target.addressing, Addressing.PATH))
        for signature in dict.fromkeys((target.signature, *reversed(SignatureVersion)))
    ]
    while True:
        observed = {}
        for way in ways:
            session = ProbeSession(replace(way))
            response = session.client().put(session.name("first"), CONTENT)
            if response.succeeded:
                return session.target
            observed[f"signed with {way.signature}, {way.addressing}-style"] = response
        if time.monotonic() >= deadline or not all(
            response.transport_error for response in observed.values()
        ):
            break
        target.pace.sleep(0.2)
    causes = "; ".join(f"{way}: {describe(response)}" for way, response in observed.items())
    raise NotTestedError(f"{target.endpoint} takes no small object ({causes})")


def remove_all(target: Target) -> None:
    for bucket, name in list(target.ledger.left):
        target.client("probe").remove(name, bucket)


def _must_still_answer(session: ProbeSession) -> None:
    """Go on after a request that got no answer, where an ordinary one gets one."""
    target = session.target
    if target.breaker.silences:
        head = session.head()
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
    """Return one line that is a comment whatever the target observed."""
    return "# " + "".join(char if char.isprintable() else "?" for char in text)


def _described(what: str, response: Response) -> str:
    return f"{what} answered {describe(response)}"


def _texts(response: Response, tag: str) -> list[str]:
    """Return the texts of all elements of a name in an answer's body."""
    root: Any = parse_xml(response.body)
    if isinstance(root, str):
        return []
    return [(element.text or "").strip() for element in root.iter(f"{{*}}{tag}")]


def _takes(storage_class: StorageClass, session: ProbeSession) -> Observation:
    name = session.name(str(storage_class))
    put = session.client().put(name, CONTENT, storage_class)
    if not put.succeeded:
        return Observation(False, _described(f"PUT of class {storage_class}", put))
    head = session.client().head(name)
    shown = head.header(STORAGE_CLASS)
    if head.status != OK or shown != storage_class:
        seen = f"HEAD shows class {shown}" if head.status == OK else _described("HEAD", head)
        return Observation(False, f"{_described(f'PUT of class {storage_class}', put)}, but {seen}")
    session.taken[storage_class] = name
    return Observation(True, f"HEAD shows class {shown}")


def _verifies(version: SignatureVersion, session: ProbeSession) -> Observation:
    head = session.head(Signing(version))
    if head.status == OK:
        session.signatures.add(version)
    return _unless_forged(
        session, f"HEAD signed with {version}", head, Signing(version, key=Key.WRONG_SECRET)
    )


def _presigned(session: ProbeSession) -> Observation:
    version = session.target.signature
    head = session.head(Signing(version, form=SignatureForm.URL))
    forged = Signing(version, form=SignatureForm.URL, key=Key.WRONG_SECRET)
    return _unless_forged(session, "HEAD signed in its URL", head, forged)


def _unless_forged(session: ProbeSession, what: str, head: Response, forged: Signing) -> Observation:
    """Propose a signature's claim only where the same request with a wrong secret is refused."""
    text = _described(what, head)
    if head.status != OK:
        return Observation(False, text)
    if "hostile-auth" not in session.target.claims:
        return Observation(True, f"{text}; a wrong secret was not tried: --oss-no-hostile-auth")
    wrong = session.head(forged)
    refused = wrong.status in REFUSED
    return Observation(
        refused, text + ("" if refused else f", but {_described('one with a wrong secret', wrong)}")
    )


def _sts(session: ProbeSession) -> Observation:
    if session.target.sts is None:
        return Observation(None, "not asked: OSS_SESSION_TOKEN is not set")
    head = session.head(Signing(session.target.signature, key=Key.STS))
    return Observation(head.status == OK, _described("HEAD signed with temporary credentials", head))


def _region(session: ProbeSession) -> Observation:
    if "hostile-auth" not in session.target.claims:
        return Observation(None, "not asked: --oss-no-hostile-auth")
    if SignatureVersion.V4 not in session.signatures:
        return Observation(None, "not asked: V4 signs the region, and is not accepted")
    other = "cn-shanghai" if session.target.region == "cn-beijing" else "cn-beijing"
    head = session.head(Signing(SignatureVersion.V4, region=other))
    return Observation(400 <= head.status < 500, _described(f"HEAD signed for {other}", head))  # noqa: PLR2004


def _path_style(session: ProbeSession) -> Observation:
    in_path = ProbeSession(replace(session.target, addressing=Addressing.PATH))
    head = in_path.head()
    return Observation(head.status == OK, _described("HEAD with the bucket in the path", head))


def _instant_restore(session: ProbeSession) -> Observation:
    if not session.taken.keys() & TIERS.keys():
        return Observation(None, "not asked: no class that is restored is taken")
    storage_class, name = next((c, n) for c, n in session.taken.items() if c in TIERS)
    client, what = session.client(), f"POST ?restore of a {storage_class} object"
    restore = client.restore(name, tier=TIERS[storage_class])
    if not restore.succeeded:
        return Observation(False, _described(what, restore))
    state = read_restore(client.head(name))
    shown = {
        True: 'shows ongoing-request="true"',
        False: 'shows ongoing-request="false"',
        None: "says nothing",
    }
    ongoing = state.ongoing if state else None
    return Observation(ongoing is False, f"{_described(what, restore)}, and HEAD at once {shown[ongoing]}")


def _clean(session: ProbeSession) -> str:
    """Say how the judged operation is answered: no claim, but a server without it needs no run."""
    if not session.taken:
        return "not asked: no class is taken"
    storage_class, name = next(iter(session.taken.items()))
    return _described(f"POST ?cleanRestoredObject of a {storage_class} object", session.client().clean(name))


def _list(session: ProbeSession) -> Observation:
    response = session.client().list(session.target.prefix)
    names = [unquote(text) for text in _texts(response, "Key")]
    if response.status != OK or session.name("first") in names:
        return Observation(response.status == OK, _described("GET of the bucket with ?prefix", response))
    return Observation(
        False, f"{_described('GET of the bucket with ?prefix', response)}, without an object that is there"
    )


def _copy(session: ProbeSession) -> Observation:
    name, what = session.name("copy"), "PUT with x-oss-copy-source"
    copied = session.client().copy(session.name("first"), name, StorageClass.STANDARD)
    if not copied.succeeded:
        return Observation(False, _described(what, copied))
    same = session.client().get(name).body == CONTENT
    return Observation(same, _described(what, copied) + ("" if same else ", but GET shows another content"))


def _tags(session: ProbeSession) -> Observation:
    client = session.client()
    put = partial(client.put_tags, key=TAG[0], value=TAG[1])
    return _property(session, "?tagging", put, client.get_tags, TAG[1])


def _acl(session: ProbeSession) -> Observation:
    client = session.client()
    return _property(session, "?acl", partial(client.put_acl, value="private"), client.get_acl, "private")


def _multipart(session: ProbeSession) -> Observation:
    client, name = session.client(), session.name("parts")
    completed = client.upload_in_parts(name, (CONTENT,))
    if not completed.succeeded:
        return Observation(False, _described("an upload in parts", completed))
    got = client.get(name)
    return Observation(got.body == CONTENT, _described("GET of what was uploaded in parts", got))


def _property(
    session: ProbeSession,
    what: str,
    put: Callable[[str], Response],
    get: Callable[[str], Response],
    value: str,
) -> Observation:
    """Put a property beside an object of its own; a server that knows none writes it over the content."""
    name, client = session.name(what.strip("?")), session.client()
    client.put(name, CONTENT)
    written = put(name)
    if not written.succeeded:
        return Observation(False, _described(f"PUT {what}", written))
    if client.get(name).body != CONTENT:
        return Observation(False, f"{_described(f'PUT {what}', written)}, but wrote over the object")
    shown = get(name)
    holds = shown.status == OK and value in {*_texts(shown, "Value"), *_texts(shown, "Grant")}
    return Observation(
        holds, _described(f"GET {what}", shown) + ("" if holds else f", without the {value!r} just put")
    )


def _object_types(session: ProbeSession) -> Observation:
    """Make an object in each way; a server that knows none takes it for a put of something else."""
    client = session.client()
    ways: Mapping[ObjectType, Callable[[str], Response]] = {
        ObjectType.APPENDABLE: lambda name: client.append(name, CONTENT),
        ObjectType.SYMLINK: lambda name: client.put_symlink(name, session.name("first")),
    }
    for kind, make in ways.items():
        name = session.name(kind.lower())
        response = make(name)
        if not response.succeeded:
            return Observation(False, _described(f"making a {kind} object", response))
        shown = client.head(name).header("x-oss-object-type")
        if shown != kind:
            return Observation(False, f"HEAD of a {kind} object shows {shown or 'no'} x-oss-object-type")
    return Observation(True, "HEAD of an appended object and of a symlink shows x-oss-object-type")


def _object_meta(session: ProbeSession) -> Observation:
    meta = session.client().object_meta(session.name("first"))
    return Observation(meta.status == OK, _described("HEAD ?objectMeta", meta))


def _versions(session: ProbeSession) -> Observation:
    if not session.target.versioned_bucket:
        return Observation(None, "not asked: name a bucket with --oss-versioned-bucket")
    client, name = session.client(Bucket.VERSIONED), session.name("versions")
    puts = [client.put(name, content) for content in (CONTENT, CONTENT[::-1])]
    failed = next((put for put in puts if not put.succeeded), None)
    if failed:
        return Observation(False, _described("PUT into the versioned bucket", failed))
    ids = {put.header(VERSION_ID) for put in puts}
    different = len(ids) == len(puts) and None not in ids
    return Observation(different, f"two PUTs answered {'different' if different else 'no two'} {VERSION_ID}s")


def _second_bucket(session: ProbeSession) -> Observation:
    if not session.target.second_bucket:
        return Observation(None, "not asked: name a bucket with --oss-second-bucket")
    client, name = session.client(Bucket.SECOND), session.name("second")
    put = client.put(name, CONTENT)
    if not put.succeeded:
        return Observation(False, _described("PUT into the second bucket", put))
    delete = client.delete(name)
    return Observation(delete.succeeded, _described("PUT and DELETE in the second bucket", delete))


TIERS = {
    StorageClass.COLD_ARCHIVE: Tier.EXPEDITED,
    StorageClass.DEEP_COLD_ARCHIVE: Tier.EXPEDITED,
    StorageClass.ARCHIVE: None,
}
"""The tier to ask for in a restore of each class that has one."""

PROBES: Mapping[str, Callable[[ProbeSession], Observation]] = {
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
    "object-types": _object_types,
    "object-meta": _object_meta,
    "multipart": _multipart,
    "versions": _versions,
    "second-bucket": _second_bucket,
}
"""The probe of each claim of CLAIMS."""
