"""What the target's owner says it can: the request that a claim is about is the judged one.

A target that claims what it cannot do fails here, while the rows that build on the claim are not tested.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pytest_oss_clean.oss.constants import (
    STORAGE_CLASS,
    VERSION_ID,
    Code,
    ObjectType,
    SignatureForm,
    StorageClass,
)
from pytest_oss_clean.oss.operations import INITIATE_UPLOAD, METADATA
from pytest_oss_clean.spec.contract import Contract, Effect, Expectation, Moment, ProbeKind, Sibling
from pytest_oss_clean.spec.evidence import CLAIMED
from pytest_oss_clean.spec.expectations import header_same, refused, refused_somehow, shows
from pytest_oss_clean.spec.history import Given, Provision, Upload
from pytest_oss_clean.spec.matchers import (
    EntryCount,
    Fresh,
    Header,
    Is,
    Matcher,
    Path,
    Present,
    Same,
    StatusIs,
)
from pytest_oss_clean.spec.request import LINK, NAME, SOURCE, Bucket, Key, RequestTemplate, Signing, Version

OWNER: dict[str, Any] = {"source": "the claim of the target's owner"}

TAGGING = b"<Tagging><TagSet><Tag><Key>purpose</Key><Value>claim</Value></Tag></TagSet></Tagging>"
STANDARD = (StorageClass.STANDARD,)
READABLE = (STORAGE_CLASS, StorageClass.STANDARD)
"""What is to be read is named so: the class of a bucket may be a cold one."""
NEW = (*METADATA, READABLE)


def ok(*matchers: Matcher) -> tuple[Expectation, ...]:
    """Expect success, and whatever else the answer shows."""
    return (Expectation(id="answer", matchers=(StatusIs(200), *matchers), evidence=CLAIMED),)


def kept(name: str, probe: ProbeKind, *matchers: Matcher, status: int = 200, **more: Any) -> Effect:
    """Expect a later request to show that the claim was kept."""
    effect = shows(
        name,
        probe,
        StatusIs(status),
        *matchers,
        otherwise="the claimed request was answered, but nothing came of it",
        evidence=CLAIMED,
        **more,
    )
    return replace(effect, id=name)


STALE = (refused(409, Code.ARCHIVE_RESTORE_FILE_STALE, CLAIMED),)
"""A clean of a frozen object, answered as the page has it: whoever signed was let in."""

PROPERTIES = (
    Contract(
        "claim-tags",
        given=Given.NEVER_RESTORED,
        reading="A target that keeps tags of objects takes one and shows it.",
        request=RequestTemplate("PUT", (("tagging", None),), (("Content-Type", "application/xml"),), TAGGING),
        expect=ok(),
        then=(
            kept("tag-key", ProbeKind.TAGS, Is(Path("TagSet/Tag/Key"), "purpose")),
            kept("tag-value", ProbeKind.TAGS, Is(Path("TagSet/Tag/Value"), "claim")),
        ),
        **OWNER,
    ),
    Contract(
        "claim-object-types",
        given=Given.NEVER_RESTORED,
        provision=Provision(upload=Upload.LINKED),
        reading="A target that makes objects in other ways says which by the type of each.",
        request=RequestTemplate("HEAD", (), name=NAME + LINK),
        expect=ok(Is(Header("x-oss-object-type"), ObjectType.SYMLINK)),
        since="0.2",
        **OWNER,
    ),
    Contract(
        "claim-acl",
        given=Given.NEVER_RESTORED,
        reading="A target that keeps access control lists of objects takes one and shows it.",
        request=RequestTemplate("PUT", (("acl", None),), (("x-oss-object-acl", "private"),)),
        expect=ok(),
        then=(kept("grant", ProbeKind.ACL, Is(Path("AccessControlList/Grant"), "private")),),
        **OWNER,
    ),
    Contract(
        "claim-object-meta",
        given=Given.NEVER_RESTORED,
        reading="A target that answers GetObjectMeta shows length and ETag as HeadObject does.",
        request=RequestTemplate("HEAD", (("objectMeta", None),)),
        expect=ok(Same(Header("ETag")), Same(Header("Content-Length"))),
        needs=frozenset({"object-meta"}),
        **OWNER,
    ),
)

OTHER_OBJECTS = (
    Contract(
        "claim-copy",
        given=Given.NEVER_RESTORED,
        reading="A target that copies objects makes another object out of a readable one, with its metadata.",
        classes=STANDARD,
        siblings=(Sibling("copy", "/copy", given=Given.NEVER_PUT),),
        request=RequestTemplate("PUT", (), (("x-oss-copy-source", SOURCE), READABLE), name=f"{NAME}/copy"),
        expect=ok(),
        then=(kept("copied", ProbeKind.GET, Is(Header(METADATA[1][0]), METADATA[1][1]), of="copy"),),
        needs=frozenset({"copy"}),
        **OWNER,
    ),
    Contract(
        "claim-multipart",
        given=Given.NEVER_PUT,
        reading="A target that takes uploads in parts begins one, and makes no object before it is complete.",
        classes=STANDARD,
        operation=INITIATE_UPLOAD,
        request=RequestTemplate(headers=METADATA),
        expect=ok(Present(Path("UploadId"))),
        then=(kept("incomplete", ProbeKind.HEAD, status=404),),
        needs=frozenset({"multipart"}),
        since="0.2",
        **OWNER,
    ),
    Contract(
        "claim-list",
        given=Given.NEVER_RESTORED,
        reading="A target that lists objects lists those whose names begin with the prefix, and no other.",
        tail="/a",
        siblings=(Sibling("other", "/b"),),
        request=RequestTemplate("GET", (("prefix", NAME),), name=""),
        expect=ok(EntryCount(1)),
        then=(kept("list-v2", ProbeKind.LIST_V2, EntryCount(1)),),
        needs=frozenset({"list"}),
        **OWNER,
    ),
    Contract(
        "claim-second-bucket",
        given=Given.NEVER_RESTORED,
        reading="An object in the second bucket is another one than that of its name in the first.",
        request=RequestTemplate("PUT", (), NEW, b"in the second bucket", bucket=Bucket.SECOND),
        expect=ok(),
        then=(header_same("ETag", CLAIMED, otherwise="both buckets hold one object"),),
        **OWNER,
    ),
    Contract(
        "claim-versions",
        given=Given.NEVER_RESTORED,
        bucket=Bucket.VERSIONED,
        reading="A second put has a version id of its own, and the first version stays under its own.",
        request=RequestTemplate("PUT", (), NEW, b"the newer version"),
        expect=ok(Fresh(Header(VERSION_ID))),
        then=(
            kept(
                "older",
                ProbeKind.HEAD,
                Is(Header(STORAGE_CLASS), StorageClass.COLD_ARCHIVE),
                version=Version.OLDER,
            ),
        ),
        **OWNER,
    ),
)

CLASSES = (
    Contract(
        "claim-archive",
        given=Given.NEVER_PUT,
        reading="A target that restores Archive objects shows the class, and lets it be read in the end.",
        classes=(StorageClass.ARCHIVE,),
        request=RequestTemplate("PUT", (), (*METADATA, (STORAGE_CLASS, StorageClass.ARCHIVE)), b"archived"),
        expect=ok(),
        then=(
            kept("class", ProbeKind.HEAD, Is(Header(STORAGE_CLASS), StorageClass.ARCHIVE)),
            kept("restorable", ProbeKind.RESTORE, status=202),
            kept("readable", ProbeKind.GET, moment=Moment.RESTORE_TIME),
        ),
        **OWNER,
    ),
    Contract(
        "claim-ia",
        given=Given.NEVER_PUT,
        reading="A target that takes IA objects shows the class.",
        classes=(StorageClass.IA,),
        request=RequestTemplate(
            "PUT", (), (*METADATA, (STORAGE_CLASS, StorageClass.IA)), b"accessed infrequently"
        ),
        expect=ok(),
        then=(kept("class", ProbeKind.HEAD, Is(Header(STORAGE_CLASS), StorageClass.IA)),),
        **OWNER,
    ),
)

SIGNATURES = (
    Contract(
        "claim-presigned",
        given=Given.NEVER_RESTORED,
        reading="A signature in the URL lets the request in.",
        request=RequestTemplate(signing=Signing(form=SignatureForm.URL)),
        expect=STALE,
        **OWNER,
    ),
    Contract(
        "claim-sts",
        given=Given.NEVER_RESTORED,
        reading="Temporary credentials with their token let the request in.",
        request=RequestTemplate(signing=Signing(key=Key.STS)),
        expect=STALE,
        **OWNER,
    ),
    Contract(
        "claim-region",
        given=Given.NEVER_RESTORED,
        reading="A signature for another region is refused.",
        request=RequestTemplate("HEAD", (), signing=Signing(region="cn-nowhere")),
        expect=(refused_somehow(CLAIMED),),
        **OWNER,
    ),
)

CONTRACTS: tuple[Contract, ...] = (*PROPERTIES, *OTHER_OBJECTS, *CLASSES, *SIGNATURES)
