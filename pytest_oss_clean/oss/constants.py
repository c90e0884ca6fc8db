"""The words of the OSS API that every part of the suite shares: names, never rules."""

from __future__ import annotations

from enum import StrEnum

CLEAN = "cleanRestoredObject"
RESTORE = "restore"

REQUEST_ID = "x-oss-request-id"
STORAGE_CLASS = "x-oss-storage-class"
RESTORE_STATE = "x-oss-restore"
SECURITY_TOKEN = "x-oss-security-token"  # noqa: S105 - the header's name
OSS_DATE = "x-oss-date"
OSS_ERROR = "x-oss-err"
OSS_EC = "x-oss-ec"
VERSION_ID = "x-oss-version-id"
DELETE_MARKER = "x-oss-delete-marker"


class StorageClass(StrEnum):
    """Storage classes, spelt as in `x-oss-storage-class`."""

    STANDARD = "Standard"
    IA = "IA"
    ARCHIVE = "Archive"
    COLD_ARCHIVE = "ColdArchive"
    DEEP_COLD_ARCHIVE = "DeepColdArchive"


class ObjectType(StrEnum):
    """How an object was made, as x-oss-object-type says it."""

    NORMAL = "Normal"
    MULTIPART = "Multipart"
    APPENDABLE = "Appendable"
    SYMLINK = "Symlink"


class Tier(StrEnum):
    """Restore priorities, spelt as in `JobParameters/Tier`."""

    EXPEDITED = "Expedited"
    STANDARD = "Standard"
    BULK = "Bulk"


class SignatureVersion(StrEnum):
    V1 = "V1"
    V4 = "V4"


class SignatureForm(StrEnum):
    """Where a signature travels: in headers, or in the URL of a presigned request."""

    HEADER = "header"
    URL = "url"


class Addressing(StrEnum):
    """Where the bucket is named: in the path, or in the Host."""

    PATH = "path"
    VIRTUAL = "virtual"


class Code(StrEnum):
    """Error codes, spelt as in an error document's `Code`."""

    ACCESS_DENIED = "AccessDenied"
    ARCHIVE_RESTORE_FILE_STALE = "ArchiveRestoreFileStale"
    ARCHIVE_RESTORE_NOT_FINISHED = "ArchiveRestoreNotFinished"
    BUCKET_ALREADY_EXISTS = "BucketAlreadyExists"
    BUCKET_NOT_EMPTY = "BucketNotEmpty"
    INVALID_ACCESS_KEY_ID = "InvalidAccessKeyId"
    INVALID_ARGUMENT = "InvalidArgument"
    INVALID_BUCKET_NAME = "InvalidBucketName"
    INVALID_OBJECT_NAME = "InvalidObjectName"
    INVALID_OBJECT_STATE = "InvalidObjectState"
    INVALID_SECURITY_TOKEN = "InvalidSecurityToken"  # noqa: S105 - an error code
    MALFORMED_XML = "MalformedXML"
    METHOD_NOT_ALLOWED = "MethodNotAllowed"
    NO_SUCH_BUCKET = "NoSuchBucket"
    NO_SUCH_KEY = "NoSuchKey"
    NOT_IMPLEMENTED = "NotImplemented"
    OPERATION_NOT_SUPPORTED = "OperationNotSupported"
    REQUEST_TIME_TOO_SKEWED = "RequestTimeTooSkewed"
    RESTORE_ALREADY_IN_PROGRESS = "RestoreAlreadyInProgress"
    SIGNATURE_DOES_NOT_MATCH = "SignatureDoesNotMatch"


THROTTLED = (
    "429",
    "503 ActiveRequestLimitExceeded",
    "503 CpuLimitExceeded",
    "503 DownloadTrafficRateLimitExceeded",
    "503 MetaOperationQpsLimitExceeded",
    "503 ServiceUnavailable",
    "503 TotalQpsLimitExceeded",
    "503 UploadTrafficRateLimitExceeded",
)
"""Responses of a busy server, as the pages "503 error" and "429 error" list them."""
