"""Every error the emulator answers, one row each.

Statuses, codes, messages and ECs come from the OSS error pages and from captured answers; rows below
the line "The emulator's own" have no source and say so by their EC.
"""

from __future__ import annotations

from dataclasses import dataclass

from pytest_oss_clean.oss.constants import Code, SignatureForm, SignatureVersion
from pytest_oss_clean.oss.messages import Headers

NO_EC = "0000-00000000"
"""Stands where the sources give no EC, so that nobody takes it for one of the real service."""

Extras = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """Status, `Code`, `Message` and `EC` of one error."""

    status: int
    code: str
    message: str
    ec: str = NO_EC


class OssError(Exception):
    """Ends a request with an error; `extras` are the elements between HostId and EC."""

    def __init__(self, row: ErrorRow, extras: Extras = (), headers: Headers = ()) -> None:
        """Keep the row and what belongs to this request."""
        super().__init__(row.code)
        self.row = row
        self.extras = extras
        self.headers = headers


_NOT_MATCHING = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your key and signing method."
)
_UNKNOWN_KEY = "The OSS Access Key Id you provided does not exist in our records."
_LOST_TOKEN = f"{_UNKNOWN_KEY} The Security Token may be lost to specify that it is a STS Access Id."
_BAD_DATE = "OSS authentication requires a valid Date."
_BAD_XML = "The XML you provided was not well-formed or did not validate against our published schema."
_BAD_NAME = "The specified object is not valid."
_NO_UPLOAD = (
    "The specified upload does not exist. The upload ID may be invalid, or the upload may have been "
    "aborted or completed."
)
_BAD_AUTHORIZATION = "Authorization header is invalid."
_BAD_URL_V1 = "Query-string authentication requires the Signature, Expires and OSSAccessKeyId parameters"
_BAD_URL_V4 = "Query-string authentication version 4 parameters are invalid."

# Restore life cycle
FILE_STALE = ErrorRow(
    409, Code.ARCHIVE_RESTORE_FILE_STALE, "The archive file or restore info stale", "0016-00000718"
)
NOT_FINISHED = ErrorRow(
    409, Code.ARCHIVE_RESTORE_NOT_FINISHED, "The archive file's restore is not finished.", "0016-00000719"
)
IN_PROGRESS = ErrorRow(
    409, Code.RESTORE_ALREADY_IN_PROGRESS, "The restore operation is in progress.", "0016-00000701"
)
UNSUPPORTED = ErrorRow(
    400, Code.OPERATION_NOT_SUPPORTED, "The operation is not supported for this resource", "0016-00000702"
)
NOT_READABLE = ErrorRow(
    403, Code.INVALID_OBJECT_STATE, "The operation is not valid for the object's state", "0016-00000404"
)
COPY_NOT_READABLE = ErrorRow(
    403, Code.INVALID_OBJECT_STATE, "The operation is not valid for the object's state", "0016-00000330"
)
WRONG_TIER = ErrorRow(400, Code.INVALID_ARGUMENT, "The restore tier is not valid.", "0016-00000703")
WRONG_DAYS = ErrorRow(400, Code.INVALID_ARGUMENT, "The restore days is out of range.", "0016-00000704")
DAYS_NOT_INTEGER = ErrorRow(400, Code.INVALID_ARGUMENT, "The restore days is not valid.", "0016-00000708")
TIER_LOWERED = ErrorRow(
    409, Code.RESTORE_ALREADY_IN_PROGRESS, "The restore operation is in progress.", "0016-00000715"
)
BAD_XML = ErrorRow(400, Code.MALFORMED_XML, _BAD_XML, "0016-00000706")
DAYS_REPEATED = ErrorRow(400, Code.MALFORMED_XML, _BAD_XML, "0016-00000707")
BAD_XML_NODE = ErrorRow(400, Code.MALFORMED_XML, _BAD_XML, "0016-00000713")
UNKNOWN_XML_NODE = ErrorRow(400, Code.MALFORMED_XML, _BAD_XML, "0016-00000714")

# Buckets and objects
NO_SUCH_BUCKET = ErrorRow(404, Code.NO_SUCH_BUCKET, "The specified bucket does not exist.", "0015-00000101")
NO_SUCH_KEY = ErrorRow(404, Code.NO_SUCH_KEY, "The specified key does not exist.", "0026-00000001")
NO_SUCH_VERSION = ErrorRow(404, "NoSuchVersion", "The specified version does not exist.")
NO_SYMLINK_TARGET = ErrorRow(404, "SymlinkTargetNotExist", "The symlink target object does not exist")
BAD_SYMLINK_TARGET = ErrorRow(
    400, "InvalidTargetType", "The symbolic's target file type is invalid", "0026-00000011"
)
NOT_SYMLINK = ErrorRow(400, "NotSymlink", "The object is not a symlink.")
CONDITION_FAILED = ErrorRow(
    412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold."
)
BAD_RANGE = ErrorRow(416, "InvalidRange", "The requested range cannot be satisfied")
MISSING_ARGUMENT = ErrorRow(400, "MissingArgument", "Missing Some Required Arguments.", "0016-00000502")
BAD_TAG = ErrorRow(400, "InvalidTag", "The tags you provided are not valid.")
BAD_DOCUMENT = ErrorRow(400, Code.MALFORMED_XML, _BAD_XML)
BAD_BUCKET_NAME = ErrorRow(
    400, Code.INVALID_BUCKET_NAME, "The specified bucket is not valid.", "0015-00000001"
)
BUCKET_NOT_EMPTY = ErrorRow(
    409, Code.BUCKET_NOT_EMPTY, "The bucket you tried to delete is not empty.", "0015-00000301"
)
BUCKET_EXISTS = ErrorRow(
    409, Code.BUCKET_ALREADY_EXISTS, "The requested bucket name is not available.", "0015-00000104"
)
NO_SUCH_BUCKET_CLASS = ErrorRow(
    400, Code.INVALID_ARGUMENT, "No such bucket storage class exists.", "0013-00000101"
)
NAME_EMPTY = ErrorRow(400, Code.INVALID_OBJECT_NAME, "The Object name can not be empty", "0016-00000001")
NAME_LONG = ErrorRow(
    400, Code.INVALID_OBJECT_NAME, "The Length of Object name must be less than 1024.", "0016-00000003"
)
NAME_NOT_UTF8 = ErrorRow(
    400, Code.INVALID_ARGUMENT, "The characters encoding must be utf-8.", "0016-00000004"
)
NAME_LEADING_SLASH = ErrorRow(400, Code.INVALID_OBJECT_NAME, _BAD_NAME, "0016-00000005")
FILE_EXISTS = ErrorRow(
    409, "FileAlreadyExists", "The object you specified already exists and can not be overwritten."
)
BAD_DIGEST = ErrorRow(400, "InvalidDigest", "The Content-MD5 you specified was invalid.")
BAD_ARGUMENT = ErrorRow(400, Code.INVALID_ARGUMENT, "The argument is not valid.")
NOT_ALLOWED = ErrorRow(
    405, Code.METHOD_NOT_ALLOWED, "The specified method is not allowed against this resource."
)
NOT_IMPLEMENTED = ErrorRow(501, Code.NOT_IMPLEMENTED, "This emulator does not have that.")
BAD_URI = ErrorRow(400, "InvalidURI", "Couldn't parse the specified URI.")

# Multipart upload and AppendObject (EC pages; go2 client_integration_test.go:2236, 2343, 2509, 2577)
NO_SUCH_UPLOAD = ErrorRow(404, "NoSuchUpload", _NO_UPLOAD, "0042-00000002")
NO_SUCH_UPLOAD_OF_PART = ErrorRow(404, "NoSuchUpload", _NO_UPLOAD, "0042-00000104")
NO_SUCH_UPLOAD_OF_COPY = ErrorRow(404, "NoSuchUpload", _NO_UPLOAD, "0042-00000311")
BAD_PART_NUMBER = ErrorRow(
    400,
    Code.INVALID_ARGUMENT,
    "Part number must be an integer between 1 and 10000, inclusive.",
    "0017-00000220",
)
NO_PART_NUMBER = ErrorRow(400, Code.INVALID_ARGUMENT, "Unexpected query string parameter", "0017-00000219")
PART_ORDER = ErrorRow(
    400,
    "InvalidPartOrder",
    "The list of parts was not in ascending order. Parts list must specified in order by part number.",
    "0042-00000209",
)
BAD_PART = ErrorRow(
    400,
    "InvalidPart",
    "One or more of the specified parts could not be found or the specified entity tag might not have "
    "matched the part's entity tag.",
)
NOT_SEQUENTIAL = ErrorRow(
    400, "PartNotSequential", "For sequential multipart upload, you must upload part in order."
)
PART_SMALL = ErrorRow(
    400,
    "EntityTooSmall",
    "Your proposed upload is smaller than the minimum allowed object size.",
    "0042-00000213",
)
PARTS_TWICE = ErrorRow(
    400,
    Code.INVALID_ARGUMENT,
    "Should not speficy both complete all header and http body.",
    "0042-00000216",
)
NO_POSITION = ErrorRow(400, "MissingArgument", "Missing Some Required Arguments.", "0016-00000501")
WRONG_POSITION = ErrorRow(
    409, "PositionNotEqualToLength", "Position is not equal to file length", "0026-00000016"
)
NOT_APPENDABLE = ErrorRow(409, "ObjectNotAppendable", "The object is not appendable", "0026-00000017")
COLD_APPENDABLE = ErrorRow(
    400,
    Code.INVALID_ARGUMENT,
    "An appendable object cannot be of this storage class.",
    "0016-00000503",
)
OVERLAP = ErrorRow(400, Code.INVALID_ARGUMENT, "Overlap for same action type Expiration", "0014-00000082")
DAYS_AND_DATES = ErrorRow(
    400, "InvalidRequest", "Days and CreatedBeforeDate must not stand in one rule together."
)
NOT_CONFIGURED = {
    "cors": ErrorRow(
        404, "NoSuchCORSConfiguration", "The CORS Configuration does not exist.", "0034-00000001"
    ),
    "encryption": ErrorRow(
        404,
        "NoSuchServerSideEncryptionRule",
        "The server side encryption configuration was not found",
        "0005-00000004",
    ),
    "lifecycle": ErrorRow(404, "NoSuchLifecycle", "No Row found in Lifecycle Table."),
    "policy": ErrorRow(404, "NoSuchBucketPolicy", "The bucket policy does not exist."),
    "transferAcceleration": ErrorRow(
        404,
        "NoSuchTransferAccelerationConfiguration",
        "The transfer acceleration configuration does not exist.",
    ),
    "website": ErrorRow(
        404, "NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration"
    ),
}
"""Sub-resources of a bucket that has no such configuration: page "HTTP status code 404", GetBucketLifecycle
page; oss2's exceptions and tests for policy and transfer acceleration."""

# Authentication
SECOND_LEVEL_DOMAIN = ErrorRow(
    403,
    "SecondLevelDomainForbidden",
    "The bucket you are attempting to access must be addressed using OSS third level domain.",
)
ANONYMOUS = ErrorRow(
    403, Code.ACCESS_DENIED, "Anonymous access is forbidden for this operation.", "0003-00001201"
)
NOT_PUBLIC = ErrorRow(
    403,
    Code.ACCESS_DENIED,
    "You have no right to access this object because of bucket acl.",
    "0003-00000001",
)
UNKNOWN_KEY = ErrorRow(403, Code.INVALID_ACCESS_KEY_ID, _UNKNOWN_KEY, "0002-00000902")
BOGUS_TOKEN = ErrorRow(403, Code.INVALID_ACCESS_KEY_ID, _UNKNOWN_KEY, "0002-00000002")
DISABLED_KEY = ErrorRow(
    403, Code.INVALID_ACCESS_KEY_ID, "The OSS Access Key Id you provided is disabled.", "0002-00000904"
)
BAD_KEY_ID = {
    (SignatureVersion.V1, SignatureForm.HEADER): ErrorRow(
        403, Code.INVALID_ACCESS_KEY_ID, _UNKNOWN_KEY, "0002-00000064"
    ),
    (SignatureVersion.V1, SignatureForm.URL): ErrorRow(
        403, Code.INVALID_ACCESS_KEY_ID, _UNKNOWN_KEY, "0002-00000073"
    ),
    (SignatureVersion.V4, SignatureForm.HEADER): ErrorRow(
        403, Code.INVALID_ACCESS_KEY_ID, _UNKNOWN_KEY, "0002-00000206"
    ),
    (SignatureVersion.V4, SignatureForm.URL): ErrorRow(
        403, Code.INVALID_ACCESS_KEY_ID, _UNKNOWN_KEY, "0002-00000206"
    ),
}
EXPIRED_TOKEN = ErrorRow(
    403, "SecurityTokenExpired", "The security token you provided has expired.", "0002-00000007"
)
OTHER_TOKEN = ErrorRow(
    403,
    "AccessKeyIdAndSecurityTokenNotMatch",
    "The OSS access key id and security token you provided does not match.",
)
LOST_TOKEN = ErrorRow(403, Code.INVALID_ACCESS_KEY_ID, _LOST_TOKEN, "0002-00000003")
BAD_TOKEN = ErrorRow(
    403, Code.INVALID_SECURITY_TOKEN, "The security token you provided is invalid.", "0002-00000008"
)
NOT_MATCHING_V1 = ErrorRow(403, Code.SIGNATURE_DOES_NOT_MATCH, _NOT_MATCHING, "0002-00000040")
NOT_MATCHING_V4 = ErrorRow(403, Code.SIGNATURE_DOES_NOT_MATCH, _NOT_MATCHING, "0002-00000201")
SKEWED = ErrorRow(
    403,
    Code.REQUEST_TIME_TOO_SKEWED,
    "The difference between the request time and the current time is too large.",
    "0002-00000504",
)
NO_DATE = ErrorRow(403, Code.ACCESS_DENIED, _BAD_DATE, "0002-00000503")
BAD_DATE = ErrorRow(403, Code.ACCESS_DENIED, _BAD_DATE, "0002-00000502")
BAD_SCOPE_DATE = ErrorRow(400, Code.INVALID_ARGUMENT, _BAD_AUTHORIZATION, "0002-00000212")
BAD_URL_SCOPE_DATE = ErrorRow(400, Code.INVALID_ARGUMENT, _BAD_URL_V4, "0002-00000223")
OTHER_SCOPE_DATE = ErrorRow(400, Code.INVALID_ARGUMENT, "Invalid signing date in Authorization header.")
WRONG_REGION = ErrorRow(
    400, Code.INVALID_ARGUMENT, "Invalid signing region in Authorization header.", "0002-00000226"
)
WRONG_URL_REGION = ErrorRow(
    400, Code.INVALID_ARGUMENT, "The signing region in credential is invalid.", "0002-00000228"
)
WRONG_PRODUCT = ErrorRow(
    400, Code.INVALID_ARGUMENT, "Invalid signing product in Authorization header.", "0002-00000227"
)
BAD_PAYLOAD_HASH = ErrorRow(400, Code.INVALID_ARGUMENT, _BAD_AUTHORIZATION, "0002-00000214")
EXPIRED_V1 = ErrorRow(403, Code.ACCESS_DENIED, "Request has expired.", "0002-00000069")
EXPIRED_V4 = ErrorRow(403, Code.ACCESS_DENIED, "Request has expired.", "0002-00000236")
BAD_EXPIRES_V1 = ErrorRow(403, Code.ACCESS_DENIED, _BAD_URL_V1, "0002-00000070")
BAD_EXPIRES_V4 = ErrorRow(400, Code.INVALID_ARGUMENT, _BAD_URL_V4, "0002-00000232")

# Signatures that cannot be read, by the part at fault (verification.SignatureFormatError.what).
UNREADABLE_HEADER = {
    part: ErrorRow(400, Code.INVALID_ARGUMENT, _BAD_AUTHORIZATION, f"0002-00000{ec}")
    for part, ec in {
        "algorithm": "061",
        "version": "066",
        "colon": "062",
        "key id": "063",
        "signature": "065",
        "Credential": "205",
        "AdditionalHeaders": "209",
        "empty item": "210",
        "absent item": "211",
        "terminator": "213",
    }.items()
}
UNREADABLE_HEADER["signature in header and URL"] = ErrorRow(400, Code.INVALID_ARGUMENT, _BAD_AUTHORIZATION)
UNREADABLE_V4_HEADER = ErrorRow(400, Code.INVALID_ARGUMENT, _BAD_AUTHORIZATION, "0002-00000202")
UNREADABLE_V4_URL = ErrorRow(400, Code.INVALID_ARGUMENT, _BAD_URL_V4)
UNREADABLE_URL = {
    "OSSAccessKeyId": ErrorRow(403, Code.ACCESS_DENIED, _BAD_URL_V1, "0002-00000067"),
    "Signature": ErrorRow(403, Code.ACCESS_DENIED, _BAD_URL_V1, "0002-00000067"),
    "Expires": ErrorRow(403, Code.ACCESS_DENIED, _BAD_URL_V1, "0002-00000067"),
    "empty Expires": ErrorRow(403, Code.ACCESS_DENIED, _BAD_URL_V1, "0002-00000068"),
    "x-oss-signature": ErrorRow(400, Code.INVALID_ARGUMENT, _BAD_URL_V4, "0002-00000219"),
    "x-oss-expires": ErrorRow(400, Code.INVALID_ARGUMENT, _BAD_URL_V4, "0002-00000215"),
    "Credential": ErrorRow(400, Code.INVALID_ARGUMENT, _BAD_URL_V4, "0002-00000205"),
    "terminator": ErrorRow(400, Code.INVALID_ARGUMENT, _BAD_URL_V4, "0002-00000213"),
}

# The emulator's own: HTTP it refuses to read, and its limits.
BAD_HTTP = ErrorRow(400, "InvalidRequest", "The request is not valid HTTP/1.1.")
TARGET_LONG = ErrorRow(414, "RequestURITooLong", "The request target is too long.")
HEADERS_LARGE = ErrorRow(431, "RequestHeaderTooLarge", "The request header fields are too large.")
BODY_LARGE = ErrorRow(
    400,
    "EntityTooLarge",
    "The object exceeds the size limit of this emulator, which the option --max-object-size raises.",
)
TOO_SLOW = ErrorRow(
    400,
    "RequestTimeout",
    "The request made no progress within the time limit of this emulator, which the option "
    "--request-seconds raises.",
)
TOO_MANY = ErrorRow(
    503,
    "ServiceUnavailable",
    "This emulator has too many connections; the option --max-connections raises the limit.",
)
STORAGE_FULL = ErrorRow(
    403,
    "QuotaExceeded",
    "This emulator's limit of storage is reached; the option --max-storage raises it.",
)
NO_SPOOL = ErrorRow(500, "InternalError", "The emulator cannot write its temporary file.")
INTERNAL = ErrorRow(500, "InternalError", "The emulator failed; this is a defect of the emulator.")
