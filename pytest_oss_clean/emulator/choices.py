"""Where the sources are silent or disagree: what the emulator does, and why.

Rule: every contested behaviour has a row here, so that nobody mistakes it for the real service's.
A row whose `chosen` is a value is read by the code; a sentence describes what the code does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from pytest_oss_clean.oss.constants import Code, StorageClass, Tier

T = TypeVar("T")


class Outcome(StrEnum):
    """The result of a request to the life cycle; the service answers each in one way."""

    ACCEPTED = "accepted"
    UPGRADED = "upgraded"
    EXTENDED = "extended"
    IN_PROGRESS = "in progress"
    LOWERED = "lowered"
    CLEANED = "cleaned"
    STALE = "stale"
    NOT_FINISHED = "not finished"
    UNSUPPORTED = "unsupported"
    PASSED = "passed"
    """Time went by; nobody asked, nobody is answered."""


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """One contested point: the question, our answer, the other readings, the sources."""

    question: str
    chosen: T
    others: str
    source: str


CLEAN_BY_CLASS: Choice[Mapping[StorageClass, Outcome]] = Choice(
    "CleanRestoredObject on an object that is not ColdArchive or DeepColdArchive",
    {
        StorageClass.STANDARD: Outcome.UNSUPPORTED,
        StorageClass.IA: Outcome.UNSUPPORTED,
        StorageClass.ARCHIVE: Outcome.UNSUPPORTED,
    },
    f"409 {Code.ARCHIVE_RESTORE_FILE_STALE}; Archive treated like ColdArchive",
    "no source gives an answer; the page names cold classes only, a Go V2 guide says Archive is not "
    "supported, the unrestore page says it is. 400 OperationNotSupported is RestoreObject's answer.",
)
HIGHER_TIER_WHILE_RESTORING: Choice[Outcome] = Choice(
    "RestoreObject while restoring, with a higher tier",
    Outcome.UPGRADED,
    "409 RestoreAlreadyInProgress, as the EN API page has it for every repeat",
    "newer user guide, zh RestoreObject page and the page of EC 0016-00000715 (28 Apr 2024): a running "
    "restore can be raised. No source has the status: 202, as of a restore that is begun. It ends no "
    "later than it would have; without Days the validity stays.",
)
LOWER_TIER_WHILE_RESTORING: Choice[Outcome] = Choice(
    "RestoreObject while restoring, with a lower tier",
    Outcome.LOWERED,
    "400 InvalidArgument; another Code",
    "zh RestoreObject page: only a higher tier is taken, otherwise 409; the page of EC 0016-00000715 has no "
    "Code: that of every other 409 while restoring, with this EC.",
)
RAW_PLUS: Choice[str] = Choice(
    "A raw `+` in the path of a request or of x-oss-copy-source",
    " ",
    "a plus",
    "ruby writes blanks so, and its test test_space passes; ali-oss issue 193, cloudreve issue 220, java-sdk "
    "issue 377. SDKs that send names with a plus write %2B.",
)
DEFAULT_TIER: Choice[Tier] = Choice(
    "Tier absent on a cold class", Tier.STANDARD, "none", "RestoreObject page; C# V2 test reads the header"
)
DEFAULT_DAYS: Choice[int] = Choice(
    "Days absent, also inside a RestoreRequest",
    1,
    "MalformedXML where the body is present",
    "2020 page: default 1; the newer table calls Days required, yet tests without a body get 202",
)
OTHER_CHOICES: tuple[Choice[str], ...] = (
    Choice(
        "Extension of a restored object",
        "Days are added to the expiry; the total counts from now and is capped by the class",
        "restart from now",
        "newer zh page against the 2020 page",
    ),
    Choice(
        "Expiry",
        "completion plus Days times 24 hours, not rounded",
        "midnight",
        "samples of the HeadObject page",
    ),
    Choice(
        "Days out of range or no integer",
        "400 InvalidArgument, EC 0016-00000704 and 0016-00000708",
        "MalformedXML",
        "EC pages without a Code",
    ),
    Choice("Bulk on DeepColdArchive", "400 InvalidArgument", "none", "RestoreObject page lists two tiers"),
    Choice(
        "x-oss-object-restore-priority",
        "on 202 and 200 of cold classes, never on Archive or on 409",
        "only when restored",
        "py1, C# V2 and py2 tests see it on 202; the page says restored only",
    ),
    Choice(
        "Body of a CleanRestoredObject",
        "read and ignored",
        "refused",
        "no source; SDKs send an empty one",
    ),
    Choice(
        "cleanRestoredObject with a value",
        "the name alone selects the operation",
        "400",
        "no source; SDKs model an empty value",
    ),
    Choice(
        "cleanRestoredObject together with another sub-resource",
        "400 InvalidArgument",
        "the first, or either, wins",
        "no source",
    ),
    Choice(
        "versionId that no version has",
        "404 NoSuchVersion, also where no object has the name; empty, unprintable or over 1024 characters: "
        "400 InvalidArgument",
        "404 NoSuchKey; 400 for every id of another form",
        "NoSuchVersion: go1 test; a malformed id has no source",
    ),
    Choice("versionId of a PUT", "400 NotImplemented, nothing is written", "ignored", "no source"),
    Choice(
        "restore and clean of a delete marker",
        "404 NoSuchKey with x-oss-delete-marker; by its id 405 MethodNotAllowed",
        "400 with EC 0017-00000002",
        "GetObject page, by analogy",
    ),
    Choice(
        "restore and clean of a symlink",
        "act on the link, which is of class Standard or IA: 400 OperationNotSupported",
        "act on the target",
        "no source",
    ),
    Choice(
        "x-oss-version-id on CleanRestoredObject",
        "absent",
        "present, as on RestoreObject",
        "the page shows common headers only; RestoreObject: go1, cpp1 and cs1 tests",
    ),
    Choice(
        "x-oss-version-id in a suspended bucket",
        '"null"',
        "absent",
        "no source of ours; it is the id of the version written",
    ),
    Choice(
        "Class of a copy without x-oss-storage-class",
        "that of the bucket it goes to",
        "that of the source",
        "as of PutObject; no source of ours for the default",
    ),
    Choice(
        "Metadata of an object copied onto itself",
        "that of the request, whatever x-oss-metadata-directive says; not where a versionId names the source",
        "as the directive says",
        "CopyObject page: only metadata is changed then; the exception brings old versions back whole",
    ),
    Choice(
        "Content-MD5 absent on DeleteMultipleObjects",
        "accepted",
        "400",
        "no source for what is answered without it",
    ),
    Choice(
        "An object name that is not UTF-8",
        "400 InvalidArgument, EC 0016-00000004",
        "400 InvalidObjectName",
        "php1 OssClientObjectTest:788 against the page of the EC",
    ),
    Choice(
        "Several ranges in one Range",
        "the first is answered",
        "416 InvalidRange",
        "zh page of range requests against the page of status 416",
    ),
    Choice(
        "An unknown parameter",
        "ignored; 501 NotImplemented on PUT and DELETE, and on a POST that has an operation without it",
        "ignored always",
        "no source; what it was to change would be lost in silence",
    ),
    Choice(
        "Signature of an operation that is not modelled",
        "compared in V4, not in V1, whose list of signed sub-resources differs among clients",
        "403 SignatureDoesNotMatch",
        "no service has this question",
    ),
    Choice(
        "BlockPublicAccess of GetBucketInfo",
        "true, as of a new bucket; public ACLs work nevertheless",
        "false; AccessDenied for a public ACL",
        "py2 test_client.py:304 against ali-oss bucket.test.js:202",
    ),
    Choice(
        "Messages of NoSuchBucketPolicy and NoSuchTransferAccelerationConfiguration",
        "of the emulator's own",
        "none",
        "codes: oss2's exceptions and tests; no page shows the messages",
    ),
    Choice(
        "Unsigned requests",
        "GET and HEAD of an object that an ACL makes public, and PUT in a bucket that is public-read-write",
        "public-read-write lets anybody delete and do all else, too",
        "narrower than OSS on purpose",
    ),
    Choice(
        "Access key id with characters other than letters, digits, '.', '_' and '-'",
        "403 InvalidAccessKeyId",
        "400 InvalidArgument",
        "EC pages without a Code list 0002-00000064, 073 and 206 beside both",
    ),
    Choice(
        "Path-style on oss-<region>.aliyuncs.com",
        "accepted; refused with SecondLevelDomainForbidden where the service is made with strict_hosts",
        "refused always",
        "OSS refuses it; here that name is but a label on loopback",
    ),
    Choice(
        "Order of checks",
        "bucket, signature, method and sub-resource, name, version id, object, conditions, body syntax, "
        "class, body values, state",
        "the key before the bucket: py1 test",
        "20 tests of py2, 2 of go2 (bucket before the key, but not for PutBucket), py2 test (authentication "
        "before the object), ali-oss test (body before state); the rest inferred",
    ),
    Choice(
        "POST of an object without sub-resource, or a known sub-resource with a wrong method",
        "405 MethodNotAllowed",
        "MissingArgument, InvalidArgument",
        "error page; the case itself has no source",
    ),
    Choice(
        "cleanRestoredObject or restore on a bucket, without an object name",
        "400 InvalidObjectName, EC 0016-00000001",
        "MethodNotAllowed",
        "EC page: the object name can not be empty; the case itself has no source",
    ),
    Choice(
        "PutBucket on a bucket that exists",
        "200 unless the storage class differs, then 409 BucketAlreadyExists",
        "409 always",
        "no source of ours; all buckets here have one owner",
    ),
    Choice(
        "Content-Length beside Transfer-Encoding: chunked",
        "the body is chunked, and the connection ends behind the answer",
        "400",
        "ali-oss object.test.js puts a stream so; RFC 9112 section 6.1 allows either",
    ),
    Choice(
        "Content-Length of a GET or HEAD whose body does not come",
        "answered after 50 ms; the connection ends behind the answer",
        "waits for the body",
        "oss2 test_sign.py:339",
    ),
    Choice(
        "CopyObject from an appendable object",
        "a normal object; 400 OperationNotSupported where the bucket it goes to has versioning",
        "refused always",
        "AppendObject pages: cannot be performed; CopyObject page of Node.js: not with versioning",
    ),
    Choice(
        "AppendObject on a frozen object of class Archive",
        "appended; its restore state stays",
        "403 InvalidObjectState",
        "no source; ColdArchive and DeepColdArchive are refused (EC 0016-00000503)",
    ),
    Choice(
        "CompleteMultipartUpload without parts",
        "an empty object, where none was uploaded; else 400 MalformedXML",
        "400 always",
        "go2 client_integration_test.go:9925, an uploader of an empty stream",
    ),
    Choice(
        "x-oss-copy-source-range that cannot be satisfied",
        "the whole object is copied",
        "416 InvalidRange",
        "as of a Range of GetObject",
    ),
    Choice(
        "ETag of an object made of parts, of a copied part, of an appendable object",
        "MD5 of the parts' MD5 with the number of parts; MD5 over those of the source; MD5 over those of the "
        "appends",
        "any other: the pages say that it is no MD5 of the content",
        "CompleteMultipartUpload and AppendObject pages",
    ),
    Choice(
        "Texts that XML 1.0 cannot carry",
        "character references in lists without encoding-type; in errors that element is percent-encoded",
        "percent-encoded, dropped or invalid XML everywhere",
        "lists: ali-oss object.test.js:2306; errors: no source",
    ),
    Choice(
        "V1 with STS in a `security-token` header",
        "accepted, though unsigned, where x-oss-security-token is absent",
        "refused: the documentation names x-oss-security-token only",
        "py2, java2 and kt2 send it; the service's view is unknown",
    ),
)
