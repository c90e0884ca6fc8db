"""The configurations of a bucket: those that are kept, and OSS's answers where nothing is set.

Rule: a configuration in KEPT is checked, kept, given back and deleted; nothing else comes of it. What guards
data (access, encryption, retention) is never kept without effect: setting that is not modelled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lxml import etree

from pytest_oss_clean.emulator import xml as documents
from pytest_oss_clean.emulator.errors import NOT_CONFIGURED, ErrorRow, OssError
from pytest_oss_clean.emulator.handlers.base import RESOURCE_GROUP, Handlers
from pytest_oss_clean.emulator.handlers.rules import check_cors, check_lifecycle
from pytest_oss_clean.emulator.operations import OPERATIONS, SUBRESOURCES, Level, Route
from pytest_oss_clean.emulator.replies import Reply
from pytest_oss_clean.emulator.xml import Tree
from pytest_oss_clean.oss.constants import StorageClass
from pytest_oss_clean.oss.messages import Operation, Response

UNSET: Mapping[str, ErrorRow | tuple[str, Tree]] = {
    **NOT_CONFIGURED,
    "accessmonitor": ("AccessMonitorConfiguration", [("Status", "Disabled")]),
    "bucketArchiveDirectRead": ("ArchiveDirectReadConfiguration", [("Enabled", "false")]),
    "httpsConfig": ("HttpsConfiguration", [("TLS", [("Enable", "false")])]),
    "live": (
        "ListLiveChannelResult",
        [("Prefix", ""), ("Marker", ""), ("MaxKeys", "100"), ("IsTruncated", "false"), ("NextMarker", "")],
    ),
    "logging": ("BucketLoggingStatus", []),
    "policyStatus": ("PolicyStatus", [("IsPublic", "false")]),
    "publicAccessBlock": ("PublicAccessBlockConfiguration", [("BlockPublicAccess", "true")]),
    "referer": ("RefererConfiguration", [("AllowEmptyReferer", "true"), ("RefererList", [])]),
    "requestPayment": ("RequestPaymentConfiguration", [("Payer", "BucketOwner")]),
    "resourceGroup": ("BucketResourceGroupConfiguration", [("ResourceGroupId", RESOURCE_GROUP)]),
}
"""Sub-resource, and an error or the root and content of a document (pages of the operations)."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A configuration that is kept: the root of its document, and what checks the rest of it."""

    root: str
    check: Callable[[etree._Element, Operation], None] = lambda _root, _operation: None


KEPT: Mapping[str, Kept] = {
    "cors": Kept("CORSConfiguration", check_cors),
    "lifecycle": Kept("LifecycleConfiguration", check_lifecycle),
    "logging": Kept("BucketLoggingStatus"),
    "transferAcceleration": Kept("TransferAccelerationConfiguration"),
}
"""Sub-resources of what a bucket keeps."""

CONFIGURATION_ROUTES: Mapping[Route, str] = {
    **{(Level.BUCKET, "GET", subresource): "get_configuration" for subresource in UNSET},
    **{
        found: f"{found[1].lower()}_configuration"
        for found in OPERATIONS
        if found[0] is Level.BUCKET and found[1] in ("PUT", "DELETE") and found[2] in KEPT
    },
}

STAT_NAMES: Mapping[StorageClass, str] = {
    StorageClass.STANDARD: "Standard",
    StorageClass.IA: "InfrequentAccess",
    StorageClass.ARCHIVE: "Archive",
    StorageClass.COLD_ARCHIVE: "ColdArchive",
    StorageClass.DEEP_COLD_ARCHIVE: "DeepColdArchive",
}


class ConfigurationHandlers(Handlers):
    def get_configuration(self, operation: Operation, reply: Reply) -> Response:
        """Answer what was kept, or that nothing is configured."""
        bucket, name = self.find_bucket(operation), _subresource(operation)
        if name in bucket.configurations:
            return reply.xml(bucket.configurations[name])
        answer = UNSET[name]
        if isinstance(answer, ErrorRow):
            raise OssError(answer, (("BucketName", bucket.name),))
        return reply.xml(documents.document(*answer))

    def put_configuration(self, operation: Operation, reply: Reply) -> Response:
        """Keep a document, in place of an earlier one."""
        name = _subresource(operation)
        root = documents.parse(operation.body, KEPT[name].root)
        KEPT[name].check(root, operation)
        document = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
        self.store.configure(self.find_bucket(operation), name, document)
        return reply.ok()

    def delete_configuration(self, operation: Operation, reply: Reply) -> Response:
        """Forget what was kept, if anything was."""
        self.store.configure(self.find_bucket(operation), _subresource(operation), b"")
        return reply.ok(204)

    def get_bucket_stat(self, operation: Operation, reply: Reply) -> Response:
        """Answer GetBucketStat, which OSS gives an hour late."""
        bucket = self.find_bucket(operation)
        versions = [v for found in bucket.objects.values() for v in found]
        things = [v for v in versions if not v.is_marker]
        count = Counter(v.storage_class for v in things)
        size: Counter[StorageClass] = Counter()
        for thing in things:
            size[thing.storage_class] += len(thing.body)
        content: list[tuple[str, Tree]] = [
            ("Storage", str(size.total())),
            ("ObjectCount", str(len(things))),
            ("MultipartUploadCount", str(len(bucket.uploads))),
            ("LiveChannelCount", "0"),
            ("LastModifiedTime", str(int(reply.now)) if versions else "0"),
        ]
        for storage_class, name in STAT_NAMES.items():
            content.append((f"{name}Storage", str(size[storage_class])))
            if storage_class is not StorageClass.STANDARD:
                content.append((f"{name}RealStorage", str(size[storage_class])))
            content.append((f"{name}ObjectCount", str(count[storage_class])))
        content.append(("DeleteMarkerCount", str(len(versions) - len(things))))
        return reply.xml(documents.document("BucketStat", content))


def _subresource(operation: Operation) -> str:
    return next(name for name, _ in operation.query if name in SUBRESOURCES)
