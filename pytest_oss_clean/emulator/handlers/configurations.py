"""What clients read of a bucket at start-up and nobody can set here: OSS's answers where nothing is set.

Rule: an answer is true of every bucket of this emulator. What is configured by a request is not modelled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from pytest_oss_clean.emulator import xml as documents
from pytest_oss_clean.emulator.errors import NOT_CONFIGURED, ErrorRow, OssError
from pytest_oss_clean.emulator.handlers.base import RESOURCE_GROUP, Handlers
from pytest_oss_clean.emulator.operations import SUBRESOURCES
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

STAT_NAMES: Mapping[StorageClass, str] = {
    StorageClass.STANDARD: "Standard",
    StorageClass.IA: "InfrequentAccess",
    StorageClass.ARCHIVE: "Archive",
    StorageClass.COLD_ARCHIVE: "ColdArchive",
    StorageClass.DEEP_COLD_ARCHIVE: "DeepColdArchive",
}


class ConfigurationHandlers(Handlers):
    """Answers for configurations that no bucket has, and for a bucket's figures."""

    def get_unset_configuration(self, operation: Operation, reply: Reply) -> Response:
        """Answer that nothing is configured."""
        bucket = self.find_bucket(operation)
        answer = UNSET[next(name for name, _ in operation.query if name in SUBRESOURCES)]
        if isinstance(answer, ErrorRow):
            raise OssError(answer, (("BucketName", bucket.name),))
        return reply.xml(documents.document(*answer))

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
